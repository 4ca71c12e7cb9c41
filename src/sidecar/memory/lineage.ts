/**
 * One saved state while it grows: when it is saved, what goes into it, and its probes. Saving only saves time later, so
 * what goes wrong with the disk is in the log and stops nothing else.
 */
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import { asBonsaiError } from '../errors';
import type { Catalogue } from './catalogue';
import type { Held } from './held';
import type { Checkpoint } from './manifest';
import type { Overrides, FileOverrides } from './fileOverrides';
import { probe } from './probe';
import { isCheckpointDue, plannedCheckpoints, type ManifestContent, type SavedState, type StateWriter } from './store';

/** A stop costs at most so much reading, both together. */
const rolling = { tokens: 4096, seconds: 20 };

/** Gives a writer when something is to be saved for the first time; undefined when nothing can be. */
export type OpenWriter = () => Promise<StateWriter | undefined>;

export class Lineage {
  private writer: Promise<StateWriter | undefined> | undefined;
  private opened: StateWriter | undefined;
  private last = { position: 0, seconds: 0 };
  private planned: number[] = [];
  private plannedFor = -1;
  private savedAt_: number | undefined;

  constructor(
    private readonly loaded: LoadedModel,
    private readonly overrides: Pick<FileOverrides, 'of'>,
    private readonly open: OpenWriter,
    /** The saved state it goes on with, restored at this position. */
    private readonly from?: { state: SavedState; position: number },
  ) {
    this.savedAt_ = from?.state.manifest.savedAt;
    this.last = { position: from?.position ?? 0, seconds: seconds() };
  }

  /** Milliseconds since 1970. */
  get savedAt(): number | undefined {
    return this.savedAt_;
  }

  get id(): string | undefined {
    return this.opened?.id ?? this.from?.state.id;
  }

  /** Positions it can be restored at, as far as they are of the sequence as it is. */
  get checkpoints(): readonly Checkpoint[] {
    if (this.opened) return this.opened.checkpoints;
    const { state, position = 0 } = this.from ?? {};
    return (state?.manifest.checkpoints ?? []).filter((checkpoint) => checkpoint.position <= position);
  }

  due(position: number, goal: number): boolean {
    if (this.plannedFor !== goal) {
      this.plannedFor = goal;
      this.planned = plannedCheckpoints(goal);
    }
    return isCheckpointDue({ position, seconds: seconds() }, this.last, this.planned, rolling);
  }

  /**
   * Saves the state of `sequence` and what it holds.
   * @param rest `copy`: the probe is made on a copy in the background sequence. `reload`: `sequence` is itself the background
   *   sequence, so it is probed and then restored from what was just written.
   * @throws the signal's reason when stopped; BonsaiError `storage` when a reload failed, and `sequence` is then empty
   */
  async checkpoint(sequence: Sequence, held: Held, catalogue: Catalogue, work: Work, rest: 'copy' | 'reload'): Promise<void> {
    const { background } = this.loaded.sequences;
    const { position } = sequence;
    const writer = await this.ready();
    if (!writer || !background || position === 0) return;
    this.last = { position, seconds: seconds() };
    let probed: number[] = [];
    let failure: Error | undefined;
    const write = async (path: string) => {
      await work.session.unit(() => {
        this.loaded.shares?.settle();
        return sequence.saveTo(path);
      }, work.signal);
      try {
        if (rest === 'copy') await work.session.unit(() => background.forkFrom(sequence), work.signal);
        probed = await probe(this.loaded, background, work);
        await work.session.unit(() => (rest === 'copy' ? background.clear() : background.restoreFrom(path, position)), work.signal);
      } catch (error) {
        failure = asBonsaiError(error);
        throw error;
      }
    };
    await writer.checkpoint(position, write, () => probed, this.loaded.cache.stats(sequence.id).kvBytes);
    if (failure && rest === 'reload') throw failure;
    await this.save(held, catalogue);
  }

  /** The manifest alone: what changed without a token being read. */
  async save(held: Held, catalogue: Catalogue): Promise<void> {
    const writer = await this.ready();
    if (!writer || held.name === undefined) return;
    const saved = await writer.save(contentOf(this.loaded, held, catalogue, this.overrides.of(held.folders)));
    if (saved) this.savedAt_ = saved.savedAt;
  }

  /** Takes over what `other` has of the same sequence, up to `position`. */
  async adopt(other: Lineage, state: SavedState | undefined, position: number): Promise<void> {
    const writer = await this.ready();
    if (!writer || !state) return;
    const theirs = other.checkpoints.filter((checkpoint) => checkpoint.position <= position);
    for (const checkpoint of theirs) await writer.adopt(state, checkpoint);
    this.last = { position, seconds: seconds() };
  }

  async close(): Promise<void> {
    await (await this.writer)?.close();
  }

  private ready(): Promise<StateWriter | undefined> {
    this.writer ??= this.open().then((writer) => {
      const { position } = this.from ?? {};
      // What was read after the place of the restore is not what the sequence holds now.
      if (writer && position !== undefined) writer.drop(...writer.checkpoints.filter((checkpoint) => checkpoint.position > position));
      this.opened = writer;
      return writer;
    });
    return this.writer;
  }
}

function contentOf({ info, shares }: LoadedModel, held: Held, { skipped }: Catalogue, { pinned, dropped }: Overrides): ManifestContent {
  const { name = '', folders, segments, complete, order, fidelity } = held;
  return {
    name,
    folders: [...folders],
    model: info.name,
    segments,
    complete,
    order,
    skipped,
    ...(shares ? { sharing: shares.current } : {}),
    ...(fidelity ? { fidelity } : {}),
    ...(pinned.length > 0 ? { pinned: [...pinned] } : {}),
    ...(dropped.length > 0 ? { dropped: [...dropped] } : {}),
  };
}

const seconds = () => performance.now() / 1000;
