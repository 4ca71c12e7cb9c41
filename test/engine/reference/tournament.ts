/**
 * TreeKV's decode rule (arXiv 2501.04987, section 3) on a plain array. Tokens arrive one at a time, and how many the engine
 * takes in one batch must not matter as long as scores do not change.
 *
 * The lane is [sinks | tree | recent]. When it holds one token too many, the cursor points at a block of the tree and the
 * block after it. The block with the lower mean score leaves, one token per arrival; of equals the left one (the paper). Where
 * scores cannot tell (none, or NaN) the block named by `keep` stays. When the loser is gone the cursor goes one block on.
 * The heir of a block's i-th token is the i-th token of the block it lost to.
 */
import { arrivals, type Lane, type ScoreOf } from './lane';

const mean = (tokens: number[], scoreOf: ScoreOf) => tokens.reduce((sum, token) => sum + scoreOf(token), 0) / tokens.length;

export class Tournament {
  /** tokens that left in this round */
  #gone: number;
  #leftLeaves: boolean;
  /** of the token that left last; undefined: it lost to nobody */
  heir: number | undefined;

  constructor(
    cursor: number,
    readonly keep: 'left' | 'right',
    readonly scoreOf: ScoreOf | undefined,
  ) {
    this.#gone = cursor;
    this.#leftLeaves = scoreOf === undefined && keep === 'right';
  }

  /** cache: capacity + 1 tokens; without the one that leaves */
  evict(cache: number[], { capacity, sinks, recent, block: asked }: Lane): number[] {
    const tree = capacity - sinks - recent;
    this.heir = undefined;
    if (tree <= 0) return cache.toSpliced(Math.min(sinks, capacity), 1);
    const block = Math.min(asked, tree);
    const pairs = Math.floor(tree / block);
    this.#gone %= pairs * block;
    const left = sinks + Math.floor(this.#gone / block) * block;
    const right = left + block;
    if (this.#gone % block === 0) this.#leftLeaves = this.#loserIsLeft(cache.slice(left, right), cache.slice(right, right + block));
    const gone = this.#gone % block;
    const winner = this.#leftLeaves ? cache.slice(right - gone) : cache.slice(left, right);
    this.heir = winner[gone];
    this.#gone++;
    return cache.toSpliced(this.#leftLeaves ? left : right, 1);
  }

  #loserIsLeft(left: number[], right: number[]): boolean {
    if (!this.scoreOf) return this.keep === 'right';
    const [a, b] = [mean(left, this.scoreOf), mean(right, this.scoreOf)];
    return Number.isNaN(a) || Number.isNaN(b) ? this.keep === 'right' : a <= b;
  }
}

export function tree(lane: Lane, keep: 'left' | 'right', scoreOf: ScoreOf | undefined, total: number): number[] {
  const tournament = new Tournament(lane.cursor, keep, scoreOf);
  return arrivals(total, 1, (cache) => (cache.length > lane.capacity ? tournament.evict(cache, lane) : cache));
}
