/**
 * Answers a question on top of the repository memory: a copy of the memory, then the conversation, exact source put back
 * before its last question. A conversation that goes on keeps its sequence up to the turn that had source put back, and
 * reads only what follows; when the memory has grown since, it starts from a new copy.
 */
import type { Answer, AskParams, ContextPart } from '../protocol';
import { commonLength } from './commonLength';
import { contextParts, memoryStretches, promptStretches } from './contextParts';
import type { LoadedModel } from './engine/loadedModel';
import type { Work } from './engine/sequence';
import { BonsaiError } from './errors';
import { chatPrompt } from './prompt/chatPrompt';
import { concatTokens } from './prompt/modelTokens';
import { TextStream } from './prompt/textStream';
import { promptWithRecall } from './recall/recall';
import { withoutText } from './recall/spans';
import type { Memory } from './memory/createMemory';

const defaultMaxTokens = 512;
/** Tokens that must still fit after the question, or the answer could not even begin. */
const smallestAnswer = 16;
const sampling = { temperature: 0.2, topP: 0.9, minP: 0.05, seed: 1 };
/** The demo model knows its copies best when it may not guess. */
const demoSampling = { temperature: 0 };

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
  private answering = false;

  constructor(
    private readonly loaded: LoadedModel,
    private readonly memory: Memory,
  ) {}

  /** @throws BonsaiError `busy`, `context-full` or `engine-failed`; stopping is no error but in the answer */
  async ask(params: AskParams, onDelta: (text: string) => unknown, signal?: AbortSignal): Promise<Answer> {
    if (this.answering) throw new BonsaiError('busy', 'An answer is being written. Stop it, or wait for it.');
    this.answering = true;
    try {
      // Before the session opens: while a chat is at it, what changed would not be read.
      const behind = await this.memory.settle(signal);
      const session = this.loaded.scheduler.openSession('chat');
      try {
        return { ...(await this.answer(params, onDelta, { session, signal })), behind };
      } finally {
        session.close();
      }
    } finally {
      this.answering = false;
    }
  }

  private async answer(params: AskParams, onDelta: (text: string) => unknown, work: Work): Promise<Omit<Answer, 'behind'>> {
    const began = performance.now();
    const { model, tokens, sequences } = this.loaded;
    const { prompt, recalled, plainTokens } = promptWithRecall(this.loaded, this.memory, params);
    const { seed = sampling.seed } = params;
    const sampler = this.loaded.sampler(this.loaded.info.demo ? demoSampling : { ...sampling, seed });
    const stream = new TextStream(model, prompt.stopTexts);
    const generated: number[] = [];
    const answer: Omit<Answer, 'behind'> = {
      text: '',
      reusedTokens: 0,
      readTokens: 0,
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
    try {
      const { rest, reused } = await this.prepare(prompt.tokens, work);
      answer.reusedTokens = reused;
      answer.readTokens = rest.length;
      for await (const token of sequences.chat.generate(rest, sampler, work)) {
        if (tokens.stops(token) || prompt.stopTokens.has(token)) {
          answer.stop = 'end';
          break;
        }
        generated.push(token);
        emit(stream.push(token));
        if (stream.stopped) answer.stop = 'end';
        if (stream.stopped || generated.length >= (params.maxTokens ?? defaultMaxTokens)) break;
      }
    } catch (error) {
      if (!work.signal?.aborted) throw error;
      answer.stop = 'cancelled';
    } finally {
      this.remember(generated);
      sampler.dispose();
    }
    emit(stream.end());
    const context = this.context(params, prompt.tokens.length, plainTokens);
    return { ...answer, ...(context ? { context } : {}), generatedTokens: generated.length, seconds: (performance.now() - began) / 1000 };
  }

  /** Brings the chat sequence to a state in which only `rest` is left to read. */
  private prepare(promptTokens: Uint32Array, work: Work): Promise<{ rest: Uint32Array; reused: number }> {
    const { chat, memory } = this.loaded.sequences;
    return work.session.unit(async () => {
      const known = this.conversation;
      this.conversation = undefined;
      const version = this.memory.repository.version;
      const memoryTokens = memory.position;
      // Without a repository in front, the conversation is the very start of the sequence.
      const wanted = memoryTokens === 0 ? concatTokens(this.loaded.tokens.bos, promptTokens) : promptTokens;
      // The last token is always read again: its logits are what the answer begins with.
      const there = known?.memoryVersion === version && known.generation === chat.generation;
      const same = there ? Math.min(commonLength(known.tokens, wanted), wanted.length - 1) : 0;
      const keep = memoryTokens + same;
      if (same > 0 && keep >= chat.exactTailStart) chat.trimTo(keep);
      else await chat.forkFrom(memory);
      const rest = wanted.subarray(chat.position - memoryTokens);
      if (rest.length + smallestAnswer > chat.room)
        throw new BonsaiError(
          'context-full',
          `The conversation needs ${rest.length} more tokens and ${chat.room} are free. Clear the chat, or use a larger budget.`,
        );
      this.conversation = { memoryVersion: version, generation: chat.generation, memoryTokens, tokens: wanted };
      return { rest, reused: chat.position };
    }, work.signal);
  }

  /** What the chat sequence holds. To be called while the session of the answer is open: afterwards it may be lent. */
  private context(params: AskParams, whole: number, plain: number): ContextPart[] | undefined {
    // Stopped before anything was read: the sequence holds something older.
    if (!this.conversation) return undefined;
    const { model, chatWrapper, cache, sequences } = this.loaded;
    const { id, position } = sequences.chat;
    const { memoryTokens } = this.conversation;
    const count = (ask: AskParams) => chatPrompt(model, chatWrapper, ask).tokens.length;
    const stretches = [...memoryStretches(this.memory.repository.files, memoryTokens), ...promptStretches(params, count, whole, plain)];
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
