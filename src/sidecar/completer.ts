/**
 * Ghost text: fills in the middle of a file on top of a copy of the repository memory. Only the newest request counts;
 * an older one that still runs is stopped, for its cursor has moved on.
 */
import type { CompleteParams, Completion } from '../protocol';
import type { LoadedModel } from './engine/loadedModel';
import { abortReason } from './engine/scheduler';
import type { Work } from './engine/sequence';
import { BonsaiError, Cancelled } from './errors';
import { filterInfill } from './prompt/filters';
import { infillLimits, infillPrompt } from './prompt/infillPrompt';
import { concatTokens, type ModelTokens } from './prompt/modelTokens';
import { TextStream } from './prompt/textStream';

const defaultMaxTokens = 64;
const sampling = { temperature: 0 };

export class Completer {
  private running: { stop: AbortController; done: Promise<unknown> } | undefined;

  constructor(private readonly loaded: LoadedModel) {}

  /** @throws BonsaiError `no-fim`, `context-full` or `engine-failed`; the signal's reason when stopped or overtaken */
  async complete(params: CompleteParams, signal?: AbortSignal): Promise<Completion> {
    const { infill } = this.loaded.tokens;
    if (!infill)
      throw new BonsaiError(
        'no-fim',
        `${this.loaded.info.name} has no fill-in-the-middle tokens, so there is no ghost text. Choose a code model that has them.`,
      );
    const before = this.running;
    const stop = new AbortController();
    const combined = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const result = (async () => {
      before?.stop.abort(new Cancelled('overtaken by a newer request'));
      await before?.done;
      return this.run(params, infill, combined);
    })();
    const running = { stop, done: result.catch(() => undefined) };
    this.running = running;
    try {
      return await result;
    } finally {
      if (this.running === running) this.running = undefined;
    }
  }

  private async run(params: CompleteParams, infill: NonNullable<ModelTokens['infill']>, signal: AbortSignal): Promise<Completion> {
    const began = performance.now();
    if (signal.aborted) throw abortReason(signal);
    const { model, tokens, info, scheduler, sequences } = this.loaded;
    const session = scheduler.openSession('ghost');
    const sampler = this.loaded.sampler(sampling);
    const work: Work = { session, signal };
    try {
      const around = infillPrompt(model, tokens, infill, params, infillLimits(info.trainedWindow));
      await session.unit(() => sequences.ghost.forkFrom(sequences.memory), signal);
      const reusedTokens = sequences.ghost.position;
      const prompt = reusedTokens === 0 ? concatTokens(tokens.bos, around) : around;
      const most = params.maxTokens ?? defaultMaxTokens;
      if (prompt.length >= sequences.ghost.room)
        throw new BonsaiError(
          'context-full',
          `Ghost text needs ${prompt.length} tokens and ${sequences.ghost.room} are free. Use the policy tree, or a larger budget.`,
        );
      const stream = new TextStream(model, params.singleLine ? ['\n'] : []);
      let text = '';
      let generatedTokens = 0;
      for await (const token of sequences.ghost.generate(prompt, sampler, work)) {
        if (tokens.stops(token)) break;
        generatedTokens++;
        text += stream.push(token);
        if (stream.stopped || generatedTokens >= most) break;
      }
      const { text: shown, replaces } = filterInfill(text + stream.end(), params);
      return { text: shown, replaces, reusedTokens, readTokens: prompt.length, generatedTokens, milliseconds: performance.now() - began };
    } finally {
      session.close();
      sampler.dispose();
    }
  }
}
