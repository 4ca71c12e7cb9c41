/** What is saved of memories that one model and cache can go on with. It needs no cache: a plan counts on it as well. */
import { createHash } from 'node:crypto';
import type { LoadedModel } from '../engine/loadedModel';
import type { Held } from './held';
import type { Pace } from './readingProgress';
import type { MemoryKey, MemoryStore, SavedState } from './store';
import type { Overrides } from './fileOverrides';

/** Something to go on with: what the memory has, or a saved state. */
export interface StartingPoint extends Pick<Held, 'segments' | 'order' | 'fidelity'> {
  /** Positions it can be gone on from. */
  points: number[];
  /** Undefined: it is what the memory has. */
  saved: SavedState | undefined;
}

/** Everything that makes a state of one cache useless in another, but how the layers share the budget: a cache can take that on. */
export interface CacheIdentity extends Pick<LoadedModel, 'fingerprint' | 'settings' | 'chunk' | 'engineVersion'> {
  shares?: { asked: readonly number[] } | undefined;
}

/** A rate from fewer tokens says more about the start than about reading. */
const tellingTokens = 2048;

export class SavedStates {
  private constructor(
    private readonly identity: CacheIdentity,
    private readonly store: MemoryStore | undefined,
    private rate: number | null,
  ) {}

  /** @param store undefined: nothing is saved */
  static async open(identity: CacheIdentity, store: MemoryStore | undefined): Promise<SavedStates> {
    return new SavedStates(identity, store, (await store?.rate(keyOf(identity, []))) ?? null);
  }

  /** Tokens per second, as last measured with this model and cache; null: never. */
  get tokensPerSecond(): number | null {
    return this.rate;
  }

  measured(pace: Pace): void {
    if (pace.tokens < tellingTokens) return;
    this.rate = pace.lasting;
    void this.store?.setRate(this.key([]), pace.lasting);
  }

  /** @param folders real paths @param problems gets a sentence for everything saved that is damaged */
  async candidates(folders: readonly string[], problems: string[] = []): Promise<(StartingPoint & { saved: SavedState })[]> {
    return (await this.of(folders, problems)).map((saved) => {
      const { segments, order, fidelity, checkpoints } = saved.manifest;
      return { segments, order, fidelity, points: checkpoints.map(({ position }) => position), saved };
    });
  }

  /** Pins and drops as they were saved last. @param folders real paths */
  async overrides(folders: readonly string[]): Promise<Overrides | undefined> {
    const manifests = (await this.of(folders)).map(({ manifest }) => manifest);
    const [newest] = manifests.toSorted((a, b) => b.savedAt - a.savedAt);
    return newest && { pinned: newest.pinned ?? [], dropped: newest.dropped ?? [] };
  }

  /** @param folders real paths */
  async of(folders: readonly string[], problems: string[] = []): Promise<SavedState[]> {
    return (await this.store?.saved(this.key(folders), problems)) ?? [];
  }

  key(folders: readonly string[]): MemoryKey {
    return keyOf(this.identity, folders);
  }
}

function keyOf({ fingerprint, settings, shares, chunk, engineVersion }: CacheIdentity, folders: readonly string[]): MemoryKey {
  const engine = createHash('sha256')
    .update(JSON.stringify([engineVersion, settings, shares?.asked, chunk]))
    .digest('hex');
  return { model: fingerprint, engine, folders };
}
