/**
 * What the ghost sequence holds from one request to the next: a copy of the memory, then a prompt. As much of it as the
 * next prompt begins with stays; the rest is read. Where the cache is bounded, only what came after its last compaction
 * can be taken back exactly, so the compaction is led to where the part begins that keys change: tokens are read in
 * chunks that end there, and when the staged ones become too many, from there again.
 */
import { commonLength } from '../prompt/commonLength';
import { stagingFor } from '../engine/budget';
import type { LoadedModel } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { BonsaiError } from '../errors';
import { concatTokens } from '../prompt/modelTokens';
import type { SourceRows } from '../memory/sourceRows';

/** The beginning of a prompt that stays, and all of it; see InfillPrompt. */
export interface StablePrompt {
  tokens: Uint32Array;
  stable: number;
  /** Shown paths of files that it has parts of. */
  paths?: readonly string[];
  /** Of it, as text; see CompleteParams. */
  textTokens?: number | undefined;
}

/** What of a prompt need not be read. */
export type PromptRows = Pick<SourceRows, 'runsIn' | 'put'>;

/** What is known of the memory. */
export interface MemoryState {
  /** Changes whenever a copy would hold something else. */
  readonly version: string;
  /** Changes whenever a copy would hold something else than more of the same. */
  readonly replacements: number;
}

interface Held extends MemoryState {
  generation: number;
  memoryTokens: number;
  /** When the memory was copied, milliseconds. */
  copiedAt: number;
  tokens: Uint32Array;
}

export interface Prepared {
  /** Still to be read; at least one token. */
  rest: Uint32Array;
  /** Tokens that were there, those of the memory included. */
  reused: number;
  /** Tokens that had or have to be read. */
  read: number;
  /** Tokens that were recalled from the archive. */
  archived: number;
}

/**
 * Milliseconds that a copy of a memory is kept to which more was read: while a repository is being read, which changes it many times a second, a key
 * would otherwise cost the whole prompt each time.
 */
const longestBehind = 10_000;
/** Tokens; the last chunk of what stays. Little enough to leave staging to what changes. */
const lastChunk = 32;

export class GhostSequence {
  private held: Held | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly loaded: Pick<LoadedModel, 'sequences' | 'tokens' | 'chunk'>,
    private readonly state: MemoryState,
    private readonly rows: PromptRows,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Brings the sequence to a state in which only `rest` is left to read. @throws BonsaiError `context-full` */
  async prepare(prompt: StablePrompt, work: Work): Promise<Prepared> {
    const { ghost } = this.loaded.sequences;
    const { wanted, stable, reused, memoryTokens } = await work.session.unit(() => this.reuse(prompt), work.signal);
    const total = wanted.length - (reused - memoryTokens);
    if (total >= ghost.room)
      throw new BonsaiError(
        'context-full',
        `Ghost text needs ${total} tokens and ${ghost.room} are free. Use the policy tree, or a larger budget.`,
      );
    const begun = reused - memoryTokens;
    const archived = await this.recall(wanted.subarray(0, Math.max(begun, stable - lastChunk)), memoryTokens, prompt, work);
    const at = ghost.position - memoryTokens;
    // When this is stopped, less is there than is held to be; only what is there is ever counted as such.
    for (const chunk of chunksOf(wanted.subarray(at, Math.max(at, stable)), this.loaded.chunk)) await ghost.evaluate(chunk, work);
    return { rest: wanted.subarray(ghost.position - memoryTokens), reused, read: total - archived, archived };
  }

  /** Puts rows where there are any for what the sequence lacks of `wanted`, and reads up to the last of them. @returns tokens that were put */
  private async recall(wanted: Uint32Array, memoryTokens: number, { paths = [], textTokens }: StablePrompt, work: Work): Promise<number> {
    const { ghost } = this.loaded.sequences;
    const begun = ghost.position - memoryTokens;
    const places = await this.rows.runsIn(wanted.subarray(begun), paths, textTokens);
    let archived = 0;
    for (const { start, of } of places) {
      await ghost.evaluate(wanted.subarray(ghost.position - memoryTokens, begun + start), work);
      archived += await this.rows.put(of, of.from, ghost, work);
    }
    return archived;
  }

  /** Keeps of prompt and answer what the sequence really holds. To be called whenever an answer has ended. */
  remember(generated: readonly number[]): void {
    if (!this.held) return;
    const all = concatTokens(this.held.tokens, Uint32Array.from(generated));
    this.held.tokens = all.slice(0, Math.max(0, this.loaded.sequences.ghost.position - this.held.memoryTokens));
  }

  private async reuse(prompt: StablePrompt) {
    const { ghost } = this.loaded.sequences;
    const known = this.held;
    this.held = undefined;
    const held = (known && this.goOn(known, prompt)) ?? (await this.begin(prompt));
    this.held = held;
    const stable = Math.min(held.tokens.length - prompt.tokens.length + prompt.stable, held.tokens.length - 1);
    ghost.hintPrompt(held.tokens.length - (ghost.position - held.memoryTokens));
    return { wanted: held.tokens, stable, reused: ghost.position, memoryTokens: held.memoryTokens };
  }

  /** @returns what is held then; undefined when nothing can be used again */
  private goOn(known: Held, prompt: StablePrompt): Held | undefined {
    const { ghost } = this.loaded.sequences;
    const { version, replacements } = this.state;
    const { memoryTokens } = known;
    const usable = known.version === version || (known.replacements === replacements && this.now() - known.copiedAt < longestBehind);
    if (!usable || known.generation !== ghost.generation) return undefined;
    const tokens = this.behind(memoryTokens, prompt);
    // The last token is always read again: its logits are what the answer begins with.
    const same = Math.min(commonLength(known.tokens, tokens), tokens.length - 1);
    const exact = ghost.exactTailStart;
    if (same === 0 || memoryTokens + same < exact) return undefined;
    // What does not fit into staging is compacted before it is read, and what is before it cannot be taken back.
    const overflows = exact > 0 && memoryTokens + tokens.length - exact > stagingFor(this.loaded.chunk);
    const stable = tokens.length - prompt.tokens.length + prompt.stable;
    const keep = overflows ? Math.max(exact, memoryTokens + Math.min(same, stable)) : memoryTokens + same;
    return this.trimmed(keep) ? { ...known, tokens } : undefined;
  }

  private async begin(prompt: StablePrompt): Promise<Held> {
    const { ghost, memory } = this.loaded.sequences;
    const { version, replacements } = this.state;
    await ghost.forkFrom(memory);
    const memoryTokens = ghost.position;
    const tokens = this.behind(memoryTokens, prompt);
    return { version, replacements, generation: ghost.generation, memoryTokens, copiedAt: this.now(), tokens };
  }

  /** Without a repository in front, the prompt is the very start of the sequence. */
  private behind(memoryTokens: number, { tokens }: StablePrompt): Uint32Array {
    return memoryTokens === 0 ? concatTokens(this.loaded.tokens.bos, tokens) : tokens;
  }

  /** A recurrent state on llama.cpp's own cache cannot step back. */
  private trimmed(position: number): boolean {
    try {
      this.loaded.sequences.ghost.trimTo(position);
      return true;
    } catch {
      return false;
    }
  }
}

/** A small chunk last, full ones before it, what is left over first: then the last one is what begins a new staging. */
function chunksOf(tokens: Uint32Array, chunk: number): Uint32Array[] {
  const last = Math.min(lastChunk, tokens.length);
  const first = (tokens.length - last) % chunk;
  return [tokens.subarray(0, first), tokens.subarray(first, tokens.length - last), tokens.subarray(tokens.length - last)].filter(
    ({ length }) => length > 0,
  );
}
