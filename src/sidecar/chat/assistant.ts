/**
 * Answers a question on top of the repository memory: a copy of the memory, then the conversation, exact source added
 * before its last question. A conversation that goes on keeps its sequence up to the turn that had source added, and
 * reads only what follows; when the memory has grown since, it starts from a new copy.
 */
import type { Answer, AskParams, ContextPart } from '../../protocol';
import { commonLength } from '../prompt/commonLength';
import { contextParts, memoryStretches, promptStretches } from './contextParts';
import type { LoadedModel } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { BonsaiError } from '../errors';
import { chatPrompt, earlierTurns } from '../prompt/chatPrompt';
import { mustFit } from '../prompt/longest';
import { chatSampling, demoSampling, loopSampling } from '../prompt/chatSampling';
import { concatTokens, tokenizeText } from '../prompt/modelTokens';
import type { SourcePlace } from '../prompt/sourcePlaces';
import { bareCall } from '../prompt/toolFormat';
import { TextStream } from '../prompt/textStream';
import { TokenLoop } from '../prompt/tokenLoop';
import { promptWithRows, putPlaces, type PlacedPrompt } from '../recall/promptRows';
import { promptWithRecall } from '../recall/recall';
import type { LineRows } from '../memory/sourceRows';
import { withoutText } from '../recall/spans';
import type { Memory } from '../memory/createMemory';
import { CallWriter } from './callWriter';
import { Turns } from './turns';

export const defaultMaxTokens = 512;
/** Tokens that must still fit after the question, or the answer could not even begin. */
const smallestAnswer = 16;

/** What the chat sequence holds: a copy of the memory at a version, then the tokens of the conversation. */
interface Conversation {
  memoryVersion: string;
  /** Of the chat sequence, which is lent to measurements between answers. */
  generation: number;
  memoryTokens: number;
  tokens: Uint32Array;
}

export class Assistant {
  private conversation: Conversation | undefined;
  private readonly turns = new Turns();
  private lastRecalled = new Map<string, number>();

  constructor(
    private readonly loaded: LoadedModel,
    private readonly memory: Memory,
  ) {}

  /** Tokens by file that were recalled from the archive for the last answer. */
  get recalled(): ReadonlyMap<string, number> {
    return this.lastRecalled;
  }

  /**
   * One answer at a time: a question waits for those before it.
   * @param onWait told how many those are, and 0 when its turn has come; not when it need not wait
   * @throws BonsaiError `context-full` or `engine-failed`; the signal's reason when stopped while waiting. To be stopped
   * while the answer is written is no error but in the answer
   */
  ask(
    params: AskParams,
    onDelta: (text: string) => unknown,
    signal?: AbortSignal,
    onWait: (ahead: number) => unknown = () => undefined,
  ): Promise<Answer> {
    return this.turns.take(() => this.askNow(params, onDelta, signal), onWait, signal);
  }

  private async askNow(params: AskParams, onDelta: (text: string) => unknown, signal: AbortSignal | undefined): Promise<Answer> {
    // Before the session opens: while a chat is at it, what changed would not be read.
    const behind = await this.memory.settle(signal);
    const session = this.loaded.scheduler.openSession('chat');
    try {
      return { ...(await this.answer(params, onDelta, { session, signal })), behind };
    } finally {
      session.close();
    }
  }

  private async answer(params: AskParams, onDelta: (text: string) => unknown, work: Work): Promise<Omit<Answer, 'behind'>> {
    const began = performance.now();
    const { model, tokens, sequences } = this.loaded;
    await mustFit(this.loaded, params, work.signal);
    const { recalled, plainTokens, ...plain } = promptWithRecall(this.loaded, this.memory, params);
    const prompt = await promptWithRows(this.loaded, this.memory.rows, params, recalled, plain.prompt);
    const { seed = chatSampling.seed, looped = false, begun = '' } = params;
    const usual = this.loaded.info.demo ? demoSampling : chatSampling;
    const sampler = this.loaded.sampler({ ...(looped ? loopSampling(tokenizeText(model, begun)) : usual), seed });
    const { tools: offered = [], maxTokens = defaultMaxTokens } = params;
    const format = offered.length > 0 ? this.loaded.chatTemplate.tools : undefined;
    const stream = new TextStream(model, [...prompt.stopTexts, ...(format ? [format.marker] : [])]);
    // A marker that is a control token has no text.
    const [marker, ...more] = format ? model.tokenize(format.marker, true) : [];
    const generated: number[] = [];
    const loop = new TokenLoop();
    let kept: number | undefined;
    const answer: Omit<Answer, 'behind'> = {
      text: '',
      reusedTokens: 0,
      readTokens: 0,
      archivedTokens: 0,
      archiveMilliseconds: 0,
      generatedTokens: 0,
      seconds: 0,
      stop: 'maxTokens',
      recalled: recalled.map(withoutText),
    };
    const emit = (delta: string) => {
      if (delta === '') return;
      answer.text += delta;
      onDelta(delta);
    };
    const { chat } = sequences;
    const names = offered.map(({ name }) => name);
    let begins = 0;
    let toRead = { from: 0, tokens: 0 };
    try {
      const { rest, places, reused } = await this.prepare(params, prompt, work);
      answer.reusedTokens = reused;
      toRead = { from: sequences.chat.position, tokens: rest.length };
      this.lastRecalled = new Map();
      const into = { rows: this.memory.rows, sequence: sequences.chat };
      const done = await putPlaces(rest, places, into, work, ({ path }, put, milliseconds) => {
        answer.archiveMilliseconds += milliseconds;
        answer.archivedTokens += put;
        this.lastRecalled.set(path, (this.lastRecalled.get(path) ?? 0) + put);
      });
      for await (const token of sequences.chat.generate(rest.subarray(done), sampler, work)) {
        if (tokens.stops(token) || prompt.stopTokens.has(token)) {
          answer.stop = 'end';
          break;
        }
        // The first token is not read yet.
        if (generated.length === 0) begins = chat.position;
        generated.push(token);
        emit(stream.push(token));
        const bare = format && bareCall(answer.text, names);
        if (format && bare !== undefined && chat.exactTailStart <= begins) {
          // Written over in the form of the template, as if it had been that from the first token on.
          await work.session.unit(() => chat.trimTo(begins), work.signal);
          const { call, tokens: written } = await new CallWriter(this.loaded, format, offered).writeNamed(bare, maxTokens, work);
          generated.splice(0, generated.length, ...written);
          answer.text = '';
          if (call) Object.assign(answer, { stop: 'toolCall', call });
          break;
        }
        if (format && ((token === marker && more.length === 0) || stream.stoppedBy === format.marker)) {
          const { call, tokens: written } = await new CallWriter(this.loaded, format, offered).write(
            token,
            maxTokens - generated.length,
            work,
          );
          generated.push(...written);
          if (call) Object.assign(answer, { stop: 'toolCall', call });
          break;
        }
        if (stream.stopped) answer.stop = 'end';
        kept = loop.push(token);
        if (kept !== undefined) answer.stop = 'repeating';
        if (stream.stopped || kept !== undefined || generated.length >= maxTokens) break;
      }
    } catch (error) {
      if (!work.signal?.aborted) throw error;
      answer.stop = 'cancelled';
    } finally {
      // What the sequence has, also of a reading that was stopped; the tokens of the answer follow what was asked.
      const there = Math.min(toRead.tokens, Math.max(0, sequences.chat.position - toRead.from));
      answer.readTokens = Math.max(0, there - answer.archivedTokens);
      this.remember(generated);
      sampler.dispose();
    }
    emit(stream.end());
    if (kept !== undefined) answer.text = this.textOf(generated.slice(0, kept));
    const context = this.context(params, prompt.tokens.length, plainTokens);
    return { ...answer, ...(context ? { context } : {}), generatedTokens: generated.length, seconds: (performance.now() - began) / 1000 };
  }

  private textOf(generated: readonly number[]): string {
    const stream = new TextStream(this.loaded.model);
    return generated.map((token) => stream.push(token)).join('') + stream.end();
  }

  /** Brings the chat sequence to a state in which only `rest` is left to read; the places are then among that. */
  private prepare(
    params: AskParams,
    { tokens: promptTokens, places }: PlacedPrompt,
    work: Work,
  ): Promise<{ rest: Uint32Array; places: SourcePlace<LineRows>[]; reused: number }> {
    const { model, chatTemplate, sequences } = this.loaded;
    const { chat, memory } = sequences;
    const earlier = earlierTurns(model, chatTemplate, params, promptTokens);
    return work.session.unit(async () => {
      const known = this.conversation;
      this.conversation = undefined;
      const version = this.memory.repository.version;
      const memoryTokens = memory.position;
      // Without a repository in front, the conversation is the very start of the sequence.
      const wanted = memoryTokens === 0 ? concatTokens(this.loaded.tokens.bos, promptTokens) : promptTokens;
      // The last token is always read again: its logits are what the answer begins with.
      const goesOn = known?.memoryVersion === version && known.generation === chat.generation;
      const same = goesOn ? Math.min(commonLength(known.tokens, wanted), wanted.length - 1) : 0;
      const keep = memoryTokens + same;
      if (same > 0 && keep >= chat.exactTailStart) chat.trimTo(keep);
      else await chat.forkFrom(memory);
      const there = chat.position - memoryTokens;
      const rest = wanted.subarray(there);
      if (rest.length + smallestAnswer > chat.room)
        throw new BonsaiError(
          'context-full',
          `The conversation needs ${rest.length} more tokens and ${chat.room} are free. Clear the chat, or use a larger budget.`,
        );
      this.conversation = { memoryVersion: version, generation: chat.generation, memoryTokens, tokens: wanted };
      const by = there - (wanted.length - promptTokens.length);
      chat.hintPrompt(rest.length, { from: earlier.from - by, to: earlier.to - by });
      return { rest, places: places.map(({ start, end, of }) => ({ start: start - by, end: end - by, of })), reused: chat.position };
    }, work.signal);
  }

  /** What the chat sequence holds. To be called while the session of the answer is open: afterwards it may be lent. */
  private context(params: AskParams, whole: number, plain: number): ContextPart[] | undefined {
    // Stopped before anything was read: the sequence holds something older.
    if (!this.conversation) return undefined;
    const { model, chatTemplate, cache, sequences } = this.loaded;
    const { id, position } = sequences.chat;
    const { memoryTokens } = this.conversation;
    const count = (ask: AskParams) => chatPrompt(model, chatTemplate, ask).tokens.length;
    const countPlain = (ask: AskParams) => chatPrompt(model, chatTemplate.plain, ask).tokens.length;
    const stretches = [
      ...memoryStretches(this.memory.repository.files, memoryTokens),
      ...promptStretches(params, { count, countPlain }, whole, plain),
    ];
    return contextParts(stretches, { position, layers: cache.stats(id).layers, held: (starts) => cache.held(id, starts) });
  }

  /** Keeps of prompt and answer what the sequence really holds: a stopped answer, or its last token, was not read. */
  private remember(generated: number[]): void {
    if (!this.conversation) return;
    const { memoryTokens, tokens } = this.conversation;
    const all = concatTokens(tokens, Uint32Array.from(generated));
    this.conversation.tokens = all.slice(0, Math.max(0, this.loaded.sequences.chat.position - memoryTokens));
  }
}
