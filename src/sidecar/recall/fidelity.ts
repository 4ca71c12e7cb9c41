/**
 * How well the memory recalls: constants of the repository are asked for as in a chat, from the compressed memory alone
 * and with exact source added to the prompt as for any question. Runs behind everything else, on the chat's sequence; when the chat
 * takes that back, the constant is asked for again.
 */
import type { Fidelity, RecallScore } from '../../protocol';
import { BonsaiError } from '../errors';
import type { AddonSampler } from '../engine/addon';
import type { LoadedModel } from '../engine/loadedModel';
import type { SchedulerSession } from '../engine/scheduler';
import type { Work } from '../engine/sequence';
import { chatPrompt, type ChatPrompt } from '../prompt/chatPrompt';
import { concatTokens, isToken, tokenizeText } from '../prompt/modelTokens';
import { contains } from './lineRanges';
import { drawNeedles, withoutQuotes, type Needle, type SourceFile } from './needles';
import { promptWithRecall, type RecallSource } from './recall';

export interface FidelitySource extends RecallSource {
  /** What has been read, in reading order. */
  sourceFiles(): Promise<readonly SourceFile[]>;
}

export interface FidelityOptions {
  /** Constants to ask for, at most. */
  needles?: number | undefined;
  seed?: number | undefined;
  onProgress?: ((done: number, total: number) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

export interface AskedNeedle extends Needle {
  memory: Answered;
  recalled: Answered & { spans: number; tokens: number; found: boolean };
}

export interface Answered {
  exact: boolean;
  /** Nats per token of the right answer. */
  nats: number;
  /** What the model wrote, most likely token by token. */
  text: string;
}

export interface FidelityReport {
  fidelity: Fidelity;
  asked: AskedNeedle[];
}

const defaultNeedles = 40;
/** Tokens an answer may be longer than the right one; quotes, a full stop. */
const spareTokens = 4;

/** @throws BonsaiError `no-memory` when nothing was read or no constant can be asked for; the signal's reason when stopped */
export async function measureFidelity(
  loaded: LoadedModel,
  source: FidelitySource,
  { needles: count = defaultNeedles, seed, onProgress, signal }: FidelityOptions = {},
): Promise<FidelityReport> {
  if (loaded.sequences.memory.position === 0)
    throw new BonsaiError('no-memory', 'No repository has been read, so there is nothing to recall. Read one first.');
  const needles = drawNeedles(await source.sourceFiles(), count, seed);
  if (needles.length === 0)
    throw new BonsaiError(
      'no-memory',
      'No constant with a value of its own was found in what has been read, so recall cannot be measured.',
    );
  const sampler = loaded.sampler({ temperature: 0 });
  const session = loaded.scheduler.openSession('reading');
  try {
    const examiner = new Examiner(loaded, sampler, session, signal);
    const asked: AskedNeedle[] = [];
    for (const needle of needles) {
      onProgress?.(asked.length, needles.length);
      asked.push(await examiner.ask(needle, source));
    }
    onProgress?.(asked.length, needles.length);
    return { fidelity: summary(asked), asked };
  } finally {
    session.close();
    sampler.dispose();
  }
}

function summary(asked: readonly AskedNeedle[]): Fidelity {
  const score = (answers: readonly Answered[]): RecallScore => ({
    exact: answers.filter(({ exact }) => exact).length,
    nats: answers.reduce((sum, { nats }) => sum + nats, 0) / answers.length,
  });
  return {
    needles: asked.length,
    memory: score(asked.map(({ memory }) => memory)),
    recalled: score(asked.map(({ recalled }) => recalled)),
    found: asked.filter(({ recalled }) => recalled.found).length / asked.length,
    measuredAt: Date.now(),
  };
}

/** The chat sequence was begun anew by somebody else in the middle of an answer. */
class Taken extends Error {}

class Examiner {
  constructor(
    private readonly loaded: LoadedModel,
    private readonly sampler: AddonSampler,
    private readonly session: SchedulerSession,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async ask(needle: Needle, source: FidelitySource): Promise<AskedNeedle> {
    const { model, chatTemplate } = this.loaded;
    const ask = { question: this.question(needle) };
    const memory = await this.answered(chatPrompt(model, chatTemplate, ask), needle.value);
    const { prompt, recalled } = promptWithRecall(this.loaded, source, ask);
    const found = recalled.some((span) => contains(span, needle.path, needle.line));
    const tokens = recalled.reduce((sum, span) => sum + span.tokens, 0);
    return { ...needle, memory, recalled: { ...(await this.answered(prompt, needle.value)), spans: recalled.length, tokens, found } };
  }

  /** The demo model has learned to answer exactly this; others would put the value into a sentence. */
  private question({ name }: Needle): string {
    return this.loaded.info.demo ? valueQuestion(name) : `${valueQuestion(name)} Answer with the value alone.`;
  }

  private async answered(prompt: ChatPrompt, value: string): Promise<Answered> {
    for (;;) {
      try {
        return await this.attempt(prompt, value);
      } catch (error) {
        if (!(error instanceof Taken)) throw error;
      }
    }
  }

  private async attempt(prompt: ChatPrompt, value: string): Promise<Answered> {
    const { model, tokens, sequences } = this.loaded;
    const { chat } = sequences;
    const question = prompt.tokens;
    const last = question.subarray(-1);
    const answer = tokenizeText(model, value);
    const forked = await this.fork();
    const end = forked.start + question.length - 1;
    // As the chat does it.
    await forked.work.session.unit(() => chat.hintPrompt(question.length), this.signal);
    await chat.evaluate(question.subarray(0, -1), forked.work);
    const scores = await chat.logProbabilities(concatTokens(last, answer), this.sampler, forked.work);
    // The question is not read twice where the engine can take the answer back.
    const backAtEnd = await forked.work.session.unit(() => {
      if (end < chat.exactTailStart) return false;
      chat.trimTo(end);
      return true;
    }, this.signal);
    const { work } = backAtEnd ? forked : await this.fork();
    const written: number[] = [];
    let ended = false;
    for await (const token of chat.generate(backAtEnd ? last : question, this.sampler, work)) {
      ended = tokens.stops(token) || prompt.stopTokens.has(token);
      if (ended || written.length >= answer.length + spareTokens) break;
      written.push(token);
    }
    const text = model.detokenize(written.filter(isToken)).trim();
    const nats = -scores.reduce((sum, score) => sum + score, 0) / answer.length;
    return { nats, text, exact: ended && withoutQuotes(text) === withoutQuotes(value) };
  }

  /** A copy of the memory in the chat's sequence, and work on it that fails as soon as that is another's. */
  private async fork(): Promise<{ work: Work; start: number }> {
    const { chat, memory } = this.loaded.sequences;
    const { generation, start } = await this.session.unit(async () => {
      await chat.forkFrom(memory);
      return { generation: chat.generation, start: chat.position };
    }, this.signal);
    const session: SchedulerSession = {
      unit: (work, signal) =>
        this.session.unit(() => {
          if (chat.generation !== generation) throw new Taken();
          return work();
        }, signal),
      close: () => undefined,
    };
    return { start, work: { session, signal: this.signal } };
  }
}

export function valueQuestion(name: string): string {
  return `What is the value of ${name}?`;
}
