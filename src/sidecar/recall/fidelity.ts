/**
 * How well the memory recalls: constants of the repository are asked for as in a chat, from the compressed memory alone,
 * with rows of the archive, and with exact source added to the prompt as text. Runs behind everything else, on the chat's sequence; when the chat
 * takes that back, the constant is asked for again.
 */
import type { Fidelity, RecallScore } from '../../protocol';
import { BonsaiError } from '../errors';
import type { AddonSampler } from '../engine/addon';
import type { LoadedModel } from '../engine/loadedModel';
import type { SchedulerSession } from '../engine/scheduler';
import type { Work } from '../engine/sequence';
import type { SourceRows } from '../memory/sourceRows';
import { chatPrompt } from '../prompt/chatPrompt';
import { concatTokens, isToken, tokenizeText } from '../prompt/modelTokens';
import { contains } from './lineRanges';
import { drawNeedles, withoutQuotes, type Needle, type SourceFile } from './needles';
import { promptWithRows, putPlaces, type PlacedPrompt } from './promptRows';
import { promptWithRecall, type RecallSource } from './recall';

export interface FidelitySource extends RecallSource {
  /** What has been read, in reading order. */
  sourceFiles(): Promise<readonly SourceFile[]>;
  readonly rows: SourceRows;
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
  /** Absent: the archive lacks rows of what was recalled. */
  rows?: Answered & { tokens: number };
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
    nats: answers.reduce((sum, { nats }) => sum + nats, 0) / Math.max(1, answers.length),
  });
  const rows = asked.flatMap(({ rows: answered }) => (answered ? [answered] : []));
  return {
    needles: asked.length,
    memory: score(asked.map(({ memory }) => memory)),
    rows: { needles: rows.length, ...score(rows) },
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
    const { answered: memory } = await this.answered({ ...chatPrompt(model, chatTemplate, ask), places: [] }, needle.value, source);
    const { prompt, recalled } = promptWithRecall(this.loaded, source, ask);
    const found = recalled.some((span) => contains(span, needle.path, needle.line));
    const tokens = recalled.reduce((sum, span) => sum + span.tokens, 0);
    const rows = await this.withRows(await promptWithRows(this.loaded, source.rows, { ...ask, textTokens: 0 }, recalled, prompt), {
      ...{ needle, source, spans: recalled.length },
    });
    const { answered: text } = await this.answered({ ...prompt, places: [] }, needle.value, source);
    return { ...needle, memory, ...(rows ? { rows } : {}), recalled: { ...text, spans: recalled.length, tokens, found } };
  }

  /** Nothing unless rows stood, and were there, for every span: what is read as text is another column. */
  private async withRows(
    prompt: PlacedPrompt,
    { needle, source, spans }: { needle: Needle; source: FidelitySource; spans: number },
  ): Promise<AskedNeedle['rows']> {
    if (spans === 0 || prompt.places.length < spans) return undefined;
    const { put, answered } = await this.answered(prompt, needle.value, source);
    const tokens = prompt.places.reduce((sum, { start, end }) => sum + end - start, 0);
    return put === tokens ? { ...answered, tokens } : undefined;
  }

  /** The demo model has learned to answer exactly this; others would put the value into a sentence. */
  private question({ name }: Needle): string {
    return this.loaded.info.demo ? valueQuestion(name) : `${valueQuestion(name)} Answer with the value alone.`;
  }

  private async answered(prompt: PlacedPrompt, value: string, source: FidelitySource): Promise<{ answered: Answered; put: number }> {
    for (;;) {
      try {
        return await this.attempt(prompt, value, source);
      } catch (error) {
        if (!(error instanceof Taken)) throw error;
      }
    }
  }

  private async attempt(prompt: PlacedPrompt, value: string, source: FidelitySource): Promise<{ answered: Answered; put: number }> {
    const { model, tokens, sequences } = this.loaded;
    const { chat } = sequences;
    const question = prompt.tokens;
    const last = question.subarray(-1);
    const answer = tokenizeText(model, value);
    const forked = await this.forkWithRows(prompt, source);
    const end = forked.start + question.length - 1;
    await chat.evaluate(question.subarray(forked.at, -1), forked.work);
    const scores = await chat.logProbabilities(concatTokens(last, answer), this.sampler, forked.work);
    // The question is not read twice where the engine can take the answer back.
    const backAtEnd = await forked.work.session.unit(() => {
      if (end < chat.exactTailStart) return false;
      chat.trimTo(end);
      return true;
    }, this.signal);
    const { work, at } = backAtEnd ? { work: forked.work, at: question.length - 1 } : await this.forkWithRows(prompt, source);
    const written: number[] = [];
    let ended = false;
    for await (const token of chat.generate(question.subarray(at), this.sampler, work)) {
      ended = tokens.stops(token) || prompt.stopTokens.has(token);
      if (ended || written.length >= answer.length + spareTokens) break;
      written.push(token);
    }
    const text = model.detokenize(written.filter(isToken)).trim();
    const nats = -scores.reduce((sum, score) => sum + score, 0) / answer.length;
    return { answered: { nats, text, exact: ended && withoutQuotes(text) === withoutQuotes(value) }, put: forked.put };
  }

  /** A copy of the memory with the prompt read up to its last rows, as the chat does it. @returns `at`: tokens of the prompt that are there */
  private async forkWithRows(
    { tokens, places }: PlacedPrompt,
    { rows }: FidelitySource,
  ): Promise<{ work: Work; start: number; at: number; put: number }> {
    const { chat } = this.loaded.sequences;
    const forked = await this.fork();
    await forked.work.session.unit(() => chat.hintPrompt(tokens.length), this.signal);
    let put = 0;
    const at = await putPlaces(tokens, places, { rows, sequence: chat }, forked.work, (_, count) => (put += count));
    return { ...forked, at, put };
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
