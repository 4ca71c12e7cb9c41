/**
 * What the ghost sequence holds from one request to the next: a copy of the memory, then a prompt. As much of it as the
 * next prompt begins with stays; the rest is read. Where the cache is bounded, only what came after its last compaction
 * can be taken back exactly, so the compaction is led to where the part begins that keys change: tokens are read in
 * chunks that end there, and when the staged ones become too many, from there again.
 */
import { commonLength } from '../commonLength';
import { stagingFor } from '../engine/budget';
import type { LoadedModel } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { BonsaiError } from '../errors';
import { concatTokens } from '../prompt/modelTokens';

/** The beginning of a prompt that stays, and all of it; see InfillPrompt. */
export interface StablePrompt {
  tokens: Uint32Array;
  stable: number;
}

interface Held {
  memoryVersion: string;
  generation: number;
  memoryTokens: number;
  tokens: Uint32Array;
}

export interface Prepared {
  /** Still to be read; at least one token. */
  rest: Uint32Array;
  /** Tokens that were there, those of the memory included. */
  reused: number;
  /** Tokens that had or have to be read. */
  read: number;
}

/** Tokens; the last chunk of what stays. Little enough to leave staging to what changes. */
const lastChunk = 32;

export class GhostSequence {
  private held: Held | undefined;

  /** @param memoryVersion of what a copy of the memory would hold now */
  constructor(
    private readonly loaded: Pick<LoadedModel, 'sequences' | 'tokens' | 'chunk'>,
    private readonly memoryVersion: () => string,
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
    const ahead = wanted.subarray(reused - memoryTokens, Math.max(reused - memoryTokens, stable));
    // When this is stopped, less is there than is held to be; only what is there is ever counted as such.
    for (const chunk of chunksOf(ahead, this.loaded.chunk)) await ghost.evaluate(chunk, work);
    return { rest: wanted.subarray(ghost.position - memoryTokens), reused, read: total };
  }

  /** Keeps of prompt and answer what the sequence really holds. To be called whenever an answer has ended. */
  remember(generated: readonly number[]): void {
    if (!this.held) return;
    const all = concatTokens(this.held.tokens, Uint32Array.from(generated));
    this.held.tokens = all.slice(0, Math.max(0, this.loaded.sequences.ghost.position - this.held.memoryTokens));
  }

  private async reuse({ tokens, stable: stays }: StablePrompt) {
    const { ghost, memory } = this.loaded.sequences;
    const known = this.held;
    this.held = undefined;
    const memoryVersion = this.memoryVersion();
    const memoryTokens = memory.position;
    // Without a repository in front, the prompt is the very start of the sequence.
    const start = memoryTokens === 0 ? concatTokens(this.loaded.tokens.bos) : new Uint32Array();
    const wanted = concatTokens(start, tokens);
    const stable = Math.min(start.length + stays, wanted.length - 1);
    const there = known?.memoryVersion === memoryVersion && known.generation === ghost.generation && known.memoryTokens === memoryTokens;
    // The last token is always read again: its logits are what the answer begins with.
    const same = there ? Math.min(commonLength(known.tokens, wanted), wanted.length - 1) : 0;
    const exact = ghost.exactTailStart;
    // What does not fit into staging is compacted before it is read, and what is before it cannot be taken back.
    const overflows = exact > 0 && memoryTokens + wanted.length - exact > stagingFor(this.loaded.chunk);
    const keep = overflows ? Math.max(exact, memoryTokens + Math.min(same, stable)) : memoryTokens + same;
    if (same === 0 || memoryTokens + same < exact || !this.trimmed(keep)) await ghost.forkFrom(memory);
    this.held = { memoryVersion, generation: ghost.generation, memoryTokens, tokens: wanted };
    return { wanted, stable, reused: ghost.position, memoryTokens };
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
