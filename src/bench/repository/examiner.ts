/** Asks one item of a loaded model, in one arm: what it answered, what that cost, and how surprising the right answer was. */
import type { LoadedModel } from '../../sidecar/engine/loadedModel';
import type { AddonSampler } from '../../sidecar/engine/addon';
import type { Sequence, Work } from '../../sidecar/engine/sequence';
import { chatPrompt, earlierTurns } from '../../sidecar/prompt/chatPrompt';
import { concatTokens, isToken, tokenizeText } from '../../sidecar/prompt/modelTokens';
import { fileHead, fileTokens } from '../../sidecar/prompt/repositoryPrompt';
import type { SourceLines } from '../../sidecar/prompt/sourceBlock';
import { recallForCursor } from '../../sidecar/recall/cursor';
import { withoutQuotes } from '../../sidecar/recall/needles';
import { splitAt } from '../../sidecar/prompt/sourcePlaces';
import { spansForQuestion } from '../../sidecar/recall/recall';
import type { RecallIndex } from '../../sidecar/recall/types';
import { nearness } from '../completion/similarity';
import { armShape, type Arm } from './arms';
import { closing, written, type ChoiceItem, type ExactItem, type Item, type LineItem } from './items';
import type { Score } from './result';
import type { RowStore } from './rowStore';

/** Tokens an answer may be longer than the right one. */
const spareTokens = 4;

interface Prompt {
  tokens: Uint32Array;
  /** Where rows belong among the tokens, in order; absent: all of them before the first. */
  places?: readonly number[];
  /** Tokens [from, to) that are earlier turns of the chat. */
  earlier?: { from: number; to: number };
  /** What was added of the source, in the prompt or as rows. */
  found: readonly SourceLines[];
}

/** An arm, and the rows it takes from. */
export interface Asked {
  arm: Arm;
  rows?: RowStore | undefined;
}

type ChatTurn = NonNullable<Parameters<typeof chatPrompt>[2]['history']>[number];

export class Examiner {
  constructor(
    private readonly loaded: LoadedModel,
    private readonly index: RecallIndex,
    /** Tokens of source that retrieval may add. */
    private readonly recall: number,
    private readonly sampler: AddonSampler,
    private readonly work: Work,
  ) {}

  async ask(item: Item, asked: Asked): Promise<Score> {
    const began = performance.now();
    const score = await this.scored(item, asked);
    return { ...score, milliseconds: Math.round(performance.now() - began) };
  }

  private async scored(item: Item, asked: Asked): Promise<Score> {
    if (item.kind === 'line') return this.line(item, asked);
    if (item.kind !== 'turns') return this.question(item, asked, []);
    const turns: Score[] = [];
    const history: ChatTurn[] = [];
    for (const turn of item.turns) {
      turns.push(await this.question(turn, asked, history));
      // The right answers stand in the history, so that one mistake is counted once.
      const right = turn.kind === 'exact' ? turn.answer : (turn.choices[turn.right] ?? '');
      history.push({ role: 'user', text: turn.question }, { role: 'assistant', text: `${turn.lead}${written(right)}.` });
    }
    const last = turns.at(-1);
    return {
      id: item.id,
      right: last?.right ?? 0,
      nats: last?.nats ?? 0,
      readTokens: turns.reduce((sum, { readTokens }) => sum + readTokens, 0),
      milliseconds: 0,
      found: turns.filter(({ found }) => found).length > turns.length / 2,
      turns: turns.map(({ right }) => right),
    };
  }

  private async question(item: ExactItem | ChoiceItem, asked: Asked, history: readonly ChatTurn[]): Promise<Score> {
    const found = this.sourceFor(item, asked, history);
    const prompt = this.prompt(item, asked, history, found);
    return item.kind === 'exact' ? this.exact(item, asked, prompt) : this.choice(item, asked, prompt);
  }

  private prompt(
    { question, lead }: ExactItem | ChoiceItem,
    { arm, rows }: Asked,
    history: readonly ChatTurn[],
    found: readonly SourceLines[],
  ): Prompt {
    const { model, chatTemplate } = this.loaded;
    const rest = tokenizeText(model, lead);
    const begins = (tokens: Uint32Array) => earlierTurns(model, chatTemplate, { history: [...history] }, tokens);
    const turn = (recalled: readonly SourceLines[]) =>
      chatPrompt(model, chatTemplate, { question, history: [...history], recalled }).tokens;
    if (armShape(arm).as === 'text' || rows?.place !== 'inside') {
      const tokens = turn(armShape(arm).as === 'text' ? found : []);
      return { tokens: concatTokens(tokens, rest), earlier: begins(tokens), found };
    }
    const mark = (index: number) => `[[lines:${index}]]`;
    const marked = turn(found.map((lines, index) => ({ ...lines, text: mark(index) })));
    const parts = splitAt(model, marked, [...found.keys()].map(mark));
    let at = 0;
    const places = parts.slice(0, -1).map(({ length }) => (at += length));
    const tokens = concatTokens(...parts, rest);
    return { tokens, earlier: begins(tokens), places, found };
  }

  private sourceFor(item: ExactItem | ChoiceItem, asked: Asked, history: readonly ChatTurn[]): readonly SourceLines[] {
    const { source } = armShape(asked.arm);
    if (source === 'exact') return item.where;
    if (source === 'none') return [];
    const ask = { question: item.question, history: [...history] };
    return spansForQuestion(this.index, ask, this.recall, (text) => tokenizeText(this.loaded.model, text).length);
  }

  private async exact(item: ExactItem, asked: Asked, prompt: Prompt): Promise<Score> {
    const { model, tokens, sequences } = this.loaded;
    const answer = tokenizeText(model, written(item.answer));
    const read = await this.read(asked, prompt);
    const nats = await this.nats(read, answer);
    const text: number[] = [];
    await this.work.session.unit(() => sequences.ghost.forkFrom(sequences.chat), this.work.signal);
    for await (const token of sequences.ghost.generate(read.last, this.sampler, this.work)) {
      if (tokens.stops(token) || text.length >= answer.length + spareTokens) break;
      text.push(token);
      if (this.text(text).includes(closing)) break;
    }
    const [said = ''] = this.text(text).split(closing);
    const right = withoutQuotes(said.trim()) === item.answer ? 1 : 0;
    return { id: item.id, right, nats, ...counts(read), milliseconds: 0, found: finds(item, prompt) };
  }

  private async choice(item: ChoiceItem, asked: Asked, prompt: Prompt): Promise<Score> {
    const read = await this.read(asked, prompt);
    const nats: number[] = [];
    for (const choice of item.choices) nats.push(await this.nats(read, tokenizeText(this.loaded.model, written(choice))));
    const right = nats.indexOf(Math.min(...nats)) === item.right ? 1 : 0;
    return {
      id: item.id,
      right,
      nats: nats[item.right] ?? 0,
      ...counts(read),
      milliseconds: 0,
      found: finds(item, prompt),
    };
  }

  private async line(item: LineItem, asked: Asked): Promise<Score> {
    const { model, tokens, sequences } = this.loaded;
    const before = item.prefix.split('\n');
    const { source, as } = armShape(asked.arm);
    const found =
      source === 'none'
        ? []
        : source === 'exact'
          ? item.where
          : recallForCursor(
              this.index,
              { path: item.path, line: before.length, before: item.prefix, after: '' },
              { budget: this.recall, count: (text) => tokenizeText(model, text).length },
            );
    const context = as === 'text' ? found.map((lines) => fileTokens(model, tokens, lines.path, `${lines.text}\n`)) : [];
    const prompt = { tokens: concatTokens(...context, fileHead(model, tokens, item.path), tokenizeText(model, item.prefix)), found };
    const read = await this.read(asked, prompt);
    const truth = tokenizeText(model, `${item.truth}\n`);
    const nats = await this.nats(read, truth);
    const text: number[] = [];
    await this.work.session.unit(() => sequences.ghost.forkFrom(sequences.chat), this.work.signal);
    for await (const token of sequences.ghost.generate(read.last, this.sampler, this.work)) {
      if (tokens.stops(token) || text.length >= truth.length + spareTokens) break;
      text.push(token);
      if (/\S.*\n/.test(this.text(text))) break;
    }
    const { exact, similarity } = nearness(this.text(text).trimStart().split('\n')[0] ?? '', item.truth);
    return {
      id: item.id,
      right: exact ? 1 : 0,
      nats,
      similarity,
      ...counts(read),
      milliseconds: 0,
      found: finds(item, prompt),
    };
  }

  private text(tokens: readonly number[]): string {
    return this.loaded.model.detokenize(tokens.filter(isToken));
  }

  /** Puts rows behind what the arm has and reads all but the last token of the prompt, into the chat sequence. */
  private async read({ arm, rows }: Asked, prompt: Prompt): Promise<Read> {
    const { chat, memory } = this.loaded.sequences;
    const nothing = armShape(arm).base === 'nothing';
    const whole = nothing ? concatTokens(this.loaded.tokens.bos, prompt.tokens) : prompt.tokens;
    await this.work.session.unit(async () => {
      if (nothing) chat.clear();
      else await chat.forkFrom(memory);
    }, this.work.signal);
    // As chat and ghost text do it.
    const by = whole.length - prompt.tokens.length;
    const { from, to } = prompt.earlier ?? { from: 0, to: 0 };
    const hint = (at: number, tokens: number) => chat.hintPrompt(tokens, { from: from + by - at, to: to + by - at });
    if (armShape(arm).as === 'text' || !rows) {
      hint(0, whole.length);
      await chat.evaluate(whole.subarray(0, -1), this.work);
      return { last: whole.subarray(-1), read: whole.length };
    }
    let at = 0;
    let recalled = 0;
    let read = whole.length;
    for (const [index, lines] of prompt.found.entries()) {
      const place = prompt.places?.[index] ?? 0;
      hint(at, place - at);
      await chat.evaluate(whole.subarray(at, place), this.work);
      chat.hintPrompt(this.mostOf(lines));
      const put = await rows.put(chat, lines, this.work);
      recalled += put.recalled;
      read += put.read;
      at = place;
    }
    hint(at, whole.length - at);
    await chat.evaluate(whole.subarray(at, -1), this.work);
    return { last: whole.subarray(-1), read, recalled };
  }

  /** Tokens that rows of these lines have, or more. */
  private mostOf({ text }: SourceLines): number {
    return 2 * tokenizeText(this.loaded.model, text).length;
  }

  /** Mean over the tokens of an answer behind what was read; the chat sequence stays as it is. */
  private async nats({ last }: Read, answer: Uint32Array): Promise<number> {
    const { chat, ghost } = this.loaded.sequences;
    const end = chat.position;
    const target = await this.work.session.unit((): Promise<Sequence> | Sequence => {
      // A cache that evicts could not take the answer back.
      if (this.loaded.cache.policy === 'full') return chat;
      return ghost.forkFrom(chat).then(() => ghost);
    }, this.work.signal);
    const scores = await target.logProbabilities(concatTokens(last, answer), this.sampler, this.work);
    if (target === chat) await this.work.session.unit(() => chat.trimTo(end), this.work.signal);
    return -scores.reduce((sum, value) => sum + value, 0) / scores.length;
  }
}

interface Read {
  /** Token, still to be read. */
  last: Uint32Array;
  /** Tokens that were read, and those that came as rows. */
  read: number;
  recalled?: number;
}

function counts({ read, recalled }: Read): Pick<Score, 'readTokens' | 'recalledTokens'> {
  return { readTokens: read, ...(recalled === undefined ? {} : { recalledTokens: recalled }) };
}

/** Whether the source that was added holds one line that answers, at least. */
function finds({ where }: { where: readonly SourceLines[] }, { found }: Prompt): boolean {
  return where.every((needed) =>
    found.some(({ path, startLine, endLine }) => path === needed.path && startLine <= needed.endLine && endLine >= needed.startLine),
  );
}
