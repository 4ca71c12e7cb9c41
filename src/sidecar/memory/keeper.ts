/**
 * What is saved of the memory: which saved states could be gone on with, restoring one so that it is believed only when
 * its probe comes out the same, and saving. llama.cpp's own cache is not saved: it is as large as what was read.
 */
import type { LayerSharing } from '../../protocol';
import { sameNumbers } from '../engine/layerShares';
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import { BonsaiError } from '../errors';
import type { Catalogue } from './catalogue';
import type { Held } from './held';
import { Lineage } from './lineage';
import type { Overrides, FileOverrides } from './fileOverrides';
import type { Checkpoint } from './manifest';
import type { Pace } from './readingProgress';
import { probe, probeDistance, probeMatches } from './probe';
import { SavedStates, type StartingPoint } from './savedStates';
import type { MemoryStore, SavedState } from './store';

export class Keeper {
  private lineage: Lineage;
  private folders: readonly string[] = [];
  private replaced: string | undefined;

  private constructor(
    private readonly loaded: LoadedModel,
    private readonly saved: SavedStates,
    /** Undefined: nothing is saved. */
    private readonly store: MemoryStore | undefined,
    private readonly log: (text: string) => void,
    private readonly overrides: Pick<FileOverrides, 'of'>,
  ) {
    this.lineage = this.newLineage();
  }

  /** @param overrides saved with the memory */
  static async open(
    loaded: LoadedModel,
    store: MemoryStore | undefined,
    log: (text: string) => void,
    overrides: Pick<FileOverrides, 'of'>,
  ): Promise<Keeper> {
    const own = loaded.sequences.background ? store : undefined;
    return new Keeper(loaded, await SavedStates.open(loaded, own), own, log, overrides);
  }

  /** Tokens per second, as last measured with this model and cache; null: never. */
  get tokensPerSecond(): number | null {
    return this.saved.tokensPerSecond;
  }

  get savedAt(): number | undefined {
    return this.lineage.savedAt;
  }

  /** Where the sequence can be taken back to. */
  get points(): number[] {
    return this.lineage.checkpoints.map(({ position }) => position);
  }

  measured(pace: Pace): void {
    this.saved.measured(pace);
  }

  /** @param folders real paths @param problems gets a sentence for everything saved that is damaged */
  async candidates(folders: readonly string[], problems: string[] = []): Promise<StartingPoint[]> {
    // What is being read anew is not taken from what it replaces.
    return (await this.saved.candidates(folders, problems)).filter(({ saved }) => saved.id !== this.replaced);
  }

  /** Pins and drops as they were saved last. @param folders real paths */
  savedOverrides(folders: readonly string[]): Promise<Overrides | undefined> {
    return this.saved.overrides(folders);
  }

  /**
   * Restores a saved state into the memory, whose old content is lost only when the new one is right.
   * @returns undefined, or why the state cannot be used: a sentence for the person
   */
  async restore({ saved, segments }: StartingPoint, position: number, folders: readonly string[], work: Work): Promise<string | undefined> {
    const checkpoint = saved?.manifest.checkpoints.find((candidate) => candidate.position === position);
    if (!saved || !checkpoint || segments.length === 0) return 'The saved memory has nothing to restore.';
    const again = `what was saved of ${saved.manifest.name} is not used`;
    try {
      const distance = await saved.read(checkpoint, (path) => this.load(path, checkpoint, saved.manifest.sharing, work));
      if (distance === undefined) return `The saved memory was deleted while it was being restored, so ${again}.`;
      if (distance !== 0)
        return `The saved memory did not pass its check (its predictions differ by ${distance.toFixed(2)} nats a token), so ${again}.`;
    } catch (error) {
      if (!(error instanceof BonsaiError)) throw error;
      return `${error.message} So ${again}.`;
    }
    await this.lineage.close();
    this.folders = folders;
    this.replaced = undefined;
    this.lineage = new Lineage(this.loaded, this.overrides, () => this.writer(saved.id), { state: saved, position });
    await saved.touch();
    return undefined;
  }

  /**
   * What is saved from now on is of a sequence that begins anew.
   * @param replaces whether the state in use is then of no use any more
   */
  async startAnew(folders: readonly string[], replaces: boolean): Promise<void> {
    await this.lineage.close();
    if (replaces) this.replaced = this.lineage.id;
    this.folders = folders;
    this.lineage = this.newLineage();
  }

  /** The new sequence is whole and saved: what it replaces goes. */
  async forgetReplaced(): Promise<void> {
    const id = this.replaced;
    this.replaced = undefined;
    if (id !== undefined && this.savedAt !== undefined) await this.store?.delete([id]);
  }

  due(position: number, goal: number): boolean {
    return this.lineage.due(position, goal);
  }

  /** Saves what the memory sequence holds. @throws the signal's reason when stopped */
  async checkpoint(memory: Sequence, held: Held, catalogue: Catalogue, work: Work): Promise<void> {
    await this.lineage.checkpoint(memory, held, catalogue, work, 'copy');
  }

  /** The manifest alone. */
  async describe(held: Held, catalogue: Catalogue): Promise<void> {
    await this.lineage.save(held, catalogue);
  }

  /** A state beside the one in use, with its checkpoints up to `position`. */
  async draft(position: number): Promise<Draft> {
    const current = this.lineage;
    const states = await this.saved.of(this.folders);
    const state = states.find(({ id }) => id === current.id);
    const lineage = this.newLineage();
    await lineage.adopt(current, state, position);
    return { lineage, state, position };
  }

  /** Brings a sequence to where a draft begins. @throws BonsaiError `storage` */
  async restoreDraft({ state, position }: Draft, into: Sequence, { session, signal }: Work): Promise<void> {
    const checkpoint = state?.manifest.checkpoints.find((candidate) => candidate.position === position);
    if (position === 0) await session.unit(() => into.clear(), signal);
    else if (!state || !checkpoint) throw new BonsaiError('storage', `The saved memory no longer has a state after ${position} tokens.`);
    else await state.read(checkpoint, (path) => session.unit(() => into.restoreFrom(path, position), signal));
  }

  /** The draft is what the memory holds now. @param replaces whether the state before it is of no use any more */
  async take({ lineage }: Draft, replaces: boolean): Promise<void> {
    const before = this.lineage;
    this.lineage = lineage;
    await before.close();
    if (replaces && before.id !== undefined) await this.store?.delete([before.id]);
  }

  async close(): Promise<void> {
    await this.lineage.close();
    await this.store?.close();
  }

  /**
   * A memory keeps the budgets that it was built with, so the cache takes them on; what it holds with others is lost then.
   * @returns 0 when the memory now holds what was saved, else by how much its predictions differ, nats per token
   */
  private async load(
    path: string,
    { position, probe: expected }: Checkpoint,
    sharing: LayerSharing | undefined,
    work: Work,
  ): Promise<number> {
    const { shares, sequences } = this.loaded;
    const { memory, background } = sequences;
    if (!background) return Infinity;
    const { session, signal } = work;
    if (shares)
      await session.unit(() => {
        shares.settle();
        if (!sharing) return;
        if (!sameNumbers(sharing.budgets, shares.current.budgets)) memory.clear();
        shares.use(sharing);
      }, signal);
    const occupied = memory.position > 0;
    await session.unit(() => (occupied ? background : memory).restoreFrom(path, position), signal);
    if (!occupied) await session.unit(() => background.forkFrom(memory), signal);
    const found = await probe(this.loaded, background, work);
    await session.unit(() => background.clear(), signal);
    if (!probeMatches(found, expected)) {
      if (!occupied) await session.unit(() => memory.clear(), signal);
      return probeDistance(found, expected);
    }
    if (occupied) await session.unit(() => memory.restoreFrom(path, position), signal);
    return 0;
  }

  private newLineage(): Lineage {
    return new Lineage(this.loaded, this.overrides, () => this.writer());
  }

  private async writer(id?: string) {
    const begun = await this.store?.begin(this.saved.key(this.folders), id);
    if (begun && !begun.writer) this.log(begun.reason);
    return begun?.writer;
  }
}

/** A newer memory's state in the making. */
export interface Draft {
  lineage: Lineage;
  state: SavedState | undefined;
  position: number;
}
