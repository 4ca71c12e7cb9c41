/**
 * Ghost text: fills in the middle of a file on top of a copy of the repository memory. Only the newest request counts;
 * an older one that still runs is stopped, for its cursor has moved on. What one request has read, the next one has.
 */
import type { CompleteParams, Completion } from '../protocol';
import { grammarsFolder } from './bundleRoot';
import type { LoadedModel } from './engine/loadedModel';
import { abortReason } from './engine/scheduler';
import type { Work } from './engine/sequence';
import { BonsaiError, Cancelled } from './errors';
import { ContextKeeper } from './ghost/cursorContext';
import { GhostSequence } from './ghost/ghostSequence';
import { SyntaxEnd } from './ghost/syntaxEnd';
import type { Memory } from './memory/createMemory';
import { filterInfill } from './prompt/filters';
import type { InfillFormat } from './prompt/infill/format';
import { infillPrompt } from './prompt/infill/infillPrompt';
import { infillLimits } from './prompt/infill/windows';
import { TextStream } from './prompt/textStream';

const defaultMaxTokens = 64;
const sampling = { temperature: 0 };

export class Completer {
  private running: { stop: AbortController; done: Promise<unknown> } | undefined;
  private readonly sequence: GhostSequence;
  private readonly context: ContextKeeper;
  private readonly syntax = new SyntaxEnd(grammarsFolder);

  constructor(
    private readonly loaded: LoadedModel,
    memory: Memory,
  ) {
    const version = () => memory.repository.version;
    this.sequence = new GhostSequence(loaded, version);
    this.context = new ContextKeeper(loaded, memory, version);
  }

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

  private async run(params: CompleteParams, infill: InfillFormat, signal: AbortSignal): Promise<Completion> {
    const began = performance.now();
    if (signal.aborted) throw abortReason(signal);
    const { model, tokens, info, scheduler, sequences } = this.loaded;
    const session = scheduler.openSession('ghost');
    const sampler = this.loaded.sampler(sampling);
    const work: Work = { session, signal };
    const generated: number[] = [];
    try {
      if (!params.singleLine) this.syntax.prepare(params.path);
      const limits = infillLimits(info.trainedWindow);
      const prompt = infillPrompt(model, tokens, infill, params, limits, (from) => this.context.at(params, from, limits));
      const { rest, reused, read } = await this.sequence.prepare(prompt, work);
      const most = params.maxTokens ?? defaultMaxTokens;
      const stream = new TextStream(model, params.singleLine ? ['\n'] : []);
      let text = '';
      for await (const token of sequences.ghost.generate(rest, sampler, work)) {
        if (tokens.stops(token)) break;
        generated.push(token);
        const shown = stream.push(token);
        text += shown;
        if (stream.stopped || generated.length >= most) break;
        if (shown.includes('\n') && (await this.syntax.of(params, text))?.complete) break;
      }
      text += stream.end();
      const end = await this.syntax.of(params, text);
      const { text: shown, replaces } = filterInfill(text.slice(0, end?.length), { ...params, parsed: end !== undefined });
      return {
        text: shown,
        replaces,
        reusedTokens: reused,
        readTokens: read,
        generatedTokens: generated.length,
        milliseconds: performance.now() - began,
      };
    } finally {
      this.sequence.remember(generated);
      session.close();
      sampler.dispose();
    }
  }
}
