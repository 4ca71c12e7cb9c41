/**
 * Ghost text: fills in the middle of a file on top of a copy of the repository memory. Only the newest request counts;
 * an older one that still runs is stopped, for its cursor has moved on. What one request has read, the next one has.
 */
import type { CompleteParams, Completion } from '../../protocol';
import { lineEndOf, withLineEnd } from '../../repo/text/lineEnds';
import { grammarsFolder } from '../bundleRoot';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import type { Work } from '../engine/sequence';
import { Cancelled } from '../errors';
import { ContextKeeper } from './cursorContext';
import { GhostSequence } from './ghostSequence';
import { infillWay, type InfillWay } from './infillWay';
import { SyntaxEnd } from './syntaxEnd';
import type { Memory } from '../memory/createMemory';
import { filterInfill } from '../prompt/filters';
import { asRead } from '../prompt/infill/asRead';
import { TextStream } from '../prompt/textStream';

export const defaultMaxTokens = 64;
const sampling = { temperature: 0 };

export class Completer {
  private running: { stop: AbortController; done: Promise<unknown> } | undefined;
  private readonly sequence: GhostSequence;
  private readonly context: ContextKeeper;
  private readonly syntax = new SyntaxEnd(grammarsFolder);

  constructor(
    private readonly loaded: LoadedModel,
    private readonly memory: Memory,
  ) {
    this.sequence = new GhostSequence(loaded, memory.repository, memory.rows);
    this.context = new ContextKeeper(loaded, memory, () => memory.repository.replacements);
  }

  /** @throws BonsaiError `no-fim`, `context-full` or `engine-failed`; the signal's reason when stopped or overtaken */
  async complete(params: CompleteParams, signal?: AbortSignal): Promise<Completion> {
    const before = this.running;
    const stop = new AbortController();
    const combined = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const result = (async () => {
      before?.stop.abort(new Cancelled('overtaken by a newer request'));
      await before?.done;
      const completion = await this.run(asRead(params), combined);
      return { ...completion, text: withLineEnd(completion.text, lineEndOf(params.prefix + params.suffix)) };
    })();
    const running = { stop, done: result.catch(() => undefined) };
    this.running = running;
    try {
      return await result;
    } finally {
      if (this.running === running) this.running = undefined;
    }
  }

  private async run(params: CompleteParams, signal: AbortSignal): Promise<Completion> {
    const began = performance.now();
    if (signal.aborted) throw abortReason(signal);
    await this.memory.opened(signal);
    const way = infillWay(this.loaded, params, this.context);
    if (!params.singleLine) this.syntax.prepare(params.path);
    const session = this.loaded.scheduler.openSession('ghost');
    try {
      const paths = [params.path, ...this.context.paths];
      const prompt = { ...way.prompt, paths, textTokens: params.textTokens };
      const { rest, reused, read, archived } = await this.sequence.prepare(prompt, { session, signal });
      const { text, generated } = await this.write(params, way, rest, { session, signal });
      const infill = way.infillIn(text);
      const end = await this.syntax.of(params, infill);
      const shown = filterInfill(infill.slice(0, end?.length), { ...params, parsed: end !== undefined });
      const milliseconds = performance.now() - began;
      return { ...shown, reusedTokens: reused, readTokens: read, archivedTokens: archived, generatedTokens: generated, milliseconds };
    } finally {
      session.close();
    }
  }

  /** @param prompt what is still to be read of it */
  private async write(
    params: CompleteParams,
    way: InfillWay,
    prompt: Uint32Array,
    work: Work,
  ): Promise<{ text: string; generated: number }> {
    const most = params.maxTokens ?? defaultMaxTokens;
    const sampler = this.loaded.sampler(sampling);
    const stream = new TextStream(this.loaded.model, way.stopTexts);
    const generated: number[] = [];
    let text = '';
    try {
      for await (const token of this.loaded.sequences.ghost.generate(prompt, sampler, work)) {
        if (way.stops(token)) break;
        generated.push(token);
        const shown = stream.push(token);
        text += shown;
        if (stream.stopped || generated.length >= most || way.ended(text)) break;
        if (shown.includes('\n') && (await this.syntax.of(params, way.infillIn(text)))?.complete) break;
      }
      return { text: text + stream.end(), generated: generated.length };
    } finally {
      this.sequence.remember(generated);
      sampler.dispose();
    }
  }
}
