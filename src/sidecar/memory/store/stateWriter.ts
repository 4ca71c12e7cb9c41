/**
 * Writes one state, alone: first the state files, under names that nobody knows, then the manifest that names them, then what
 * no manifest names any more goes. Stopped anywhere, the last manifest and all it names are untouched. Saving only saves time
 * later, so what goes wrong with the disk is said in the log and costs nobody an answer.
 */
import { constants } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { shortBytes } from '../../../protocol/numbers';
import { Cancelled } from '../../errors';
import { type Checkpoint, type Manifest, manifestVersion } from '../manifest';
import { manifestName, problemOf, readManifest, tokensOf, writeManifest } from './manifestFile';
import { errorCode, makePrivateFolder, partSuffix, plainFileSize, whyNot, writeFileBy } from '../../privateFiles';
import { removeState, removeUnnamed } from './removal';
import { bytesOf, checkpointSpacing, retained } from './retention';
import { keepWithinQuota, makeRoom, type Room } from './room';
import type { SavedState } from './savedState';
import { markUsed, newStateFile } from './stateFolders';
import type { StateLock } from './stateLock';

/** What a memory's checkpoints may take of the quota: two branches, or two repositories, fit side by side. */
const quotaShare = 0.5;

export type ManifestContent = Omit<Manifest, 'version' | 'checkpoints' | 'savedAt'>;

/**
 * @param lock on the folder `id` of `room.root`, which the writer makes if needed and whose lock it releases
 * @throws the reason why what is saved there cannot be gone on with
 */
export async function openWriter(room: Room, id: string, lock: StateLock): Promise<StateWriter> {
  const path = join(room.root, id);
  await makePrivateFolder(path);
  const checkpoints = await readManifest(path).then(
    ({ manifest }) => manifest.checkpoints,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    },
  );
  // Of a process that wrote here before.
  await removeUnnamed(path, filesOf(checkpoints));
  return new StateWriter(room, id, lock, checkpoints);
}

export class StateWriter {
  /** By position, ascending: what the next `save` chooses from. */
  private kept: readonly Checkpoint[];
  /** Named by the manifest on the disk. */
  private named: ReadonlySet<string>;
  private readonly path: string;
  private readonly oneByOne = pLimit(1);
  private closed = false;
  private saidSmall = false;

  constructor(
    private readonly room: Room,
    readonly id: string,
    private readonly lock: StateLock,
    checkpoints: readonly Checkpoint[],
  ) {
    this.path = join(room.root, id);
    this.kept = checkpoints;
    this.named = filesOf(checkpoints);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.kept;
  }

  /**
   * Saves the engine's state after `position` tokens; it counts from the next `save` on.
   *
   * @param write makes the engine write its state to the path it is given
   * @param probe log-probabilities of the probe's tokens after this state, nats; a function where they are known only after `write`
   * @param expectedBytes what the state will take; without it, what the last one took
   * @returns undefined when it was not saved (the log says why), or is too close to others to be worth its bytes
   * @throws Cancelled when `write` does
   */
  checkpoint(
    position: number,
    write: (path: string) => Promise<void>,
    probe: readonly number[] | (() => readonly number[]),
    expectedBytes = this.kept.at(-1)?.bytes ?? 0,
  ): Promise<Checkpoint | undefined> {
    return this.attempt(`The state after ${position} tokens was not saved`, async () => {
      const planned: Checkpoint = { file: newStateFile(), position, bytes: expectedBytes, probe: [] };
      const why = await makeRoom(this.room, { id: this.id, bytes: expectedBytes, stays: filesOf(this.with(planned)) });
      if (why !== undefined) throw new Error(why);
      const bytes = await writeFileBy(join(this.path, planned.file), write);
      if (bytes === 0) throw new Error('the engine wrote nothing');
      const saved = { ...planned, bytes, probe: [...(typeof probe === 'function' ? probe() : probe)] };
      if (!saved.probe.every(Number.isFinite)) {
        await rm(join(this.path, saved.file), { force: true });
        throw new Error('its probe has values that are no numbers');
      }
      const before = this.kept;
      this.kept = this.with(saved);
      const stays = filesOf(this.kept);
      const pruned = [...before, saved].filter(({ file }) => !stays.has(file) && !this.named.has(file));
      for (const { file } of pruned) await rm(join(this.path, file), { force: true });
      return stays.has(saved.file) ? saved : undefined;
    });
  }

  /**
   * Takes over a checkpoint of another state whose sequence is the same up to there. The two share one file where the file
   * system can do that.
   *
   * @returns undefined when it is gone, or as for `checkpoint`
   */
  adopt(state: SavedState, checkpoint: Checkpoint): Promise<Checkpoint | undefined> {
    const { position, probe, bytes } = checkpoint;
    return state.read(checkpoint, (from) => this.checkpoint(position, (to) => linkOrCopy(from, to), probe, bytes));
  }

  /** They are of another sequence now, or of no use. The files go with the next `save`; until then the saved state is whole. */
  drop(...checkpoints: readonly Checkpoint[]): void {
    const dropped = filesOf(checkpoints);
    this.kept = this.kept.filter(({ file }) => !dropped.has(file));
  }

  /**
   * Replaces the manifest by one that names the checkpoints worth keeping (see retention.ts); what it does not name goes.
   *
   * @returns undefined when it was not saved: what was saved before is still there, and the log says why
   * @throws RangeError when the content is not what the schema says or contradicts itself, or a checkpoint lies beyond its last segment
   */
  async save(content: ManifestContent): Promise<Manifest | undefined> {
    const describe = (checkpoints: readonly Checkpoint[]): Manifest => ({
      ...content,
      version: manifestVersion,
      checkpoints: [...checkpoints],
      savedAt: Date.now(),
    });
    const problem = problemOf(describe(this.kept));
    if (problem !== undefined) throw new RangeError(`The memory of ${content.name} cannot be saved like this: ${problem}.`);
    return this.attempt(`The memory of ${content.name} was not saved`, async () => {
      const sizes = await Promise.all(this.kept.map(({ file }) => plainFileSize(join(this.path, file))));
      const whole = this.kept.filter(({ bytes }, i) => sizes[i] === bytes);
      const manifest = describe(this.choose(whole, tokensOf(content)));
      await this.mustBeOurs();
      await writeManifest(this.path, manifest);
      this.kept = manifest.checkpoints;
      this.named = filesOf(this.kept);
      await removeUnnamed(this.path, this.named);
      await markUsed(this.room.root, this.id);
      await keepWithinQuota(this.room, this.id);
      return manifest;
    });
  }

  /** Removes all that is saved; the next `save` starts over. @returns whether it is gone; if not, the log says why */
  async clear(): Promise<boolean> {
    const done = await this.attempt(`The saved memory in ${this.path} could not be deleted`, async () => {
      this.kept = [];
      this.named = new Set();
      try {
        await removeState(this.path);
      } finally {
        await makePrivateFolder(this.path);
      }
      return true;
    });
    return done ?? false;
  }

  /** What was not saved goes. */
  async close(): Promise<void> {
    await this.oneByOne(async () => {
      if (this.closed) return;
      this.closed = true;
      if (await this.lock.held()) {
        const saved = await plainFileSize(join(this.path, manifestName));
        await (saved === undefined ? removeState(this.path) : removeUnnamed(this.path, this.named)).catch((error: unknown) =>
          this.room.log(`What was not saved could not be removed from ${this.path}: ${whyNot(error)}.`, 'warn'),
        );
      }
      await this.lock.release();
    });
  }

  private with(added: Checkpoint): Checkpoint[] {
    const all = [...this.kept.filter(({ position }) => position !== added.position), added].sort((a, b) => a.position - b.position);
    return this.choose(all, all.at(-1)?.position ?? 0);
  }

  private choose(checkpoints: readonly Checkpoint[], total: number): Checkpoint[] {
    const limits = { spacing: checkpointSpacing, bytes: this.room.quotaBytes * quotaShare };
    const chosen = retained(checkpoints, total, limits);
    const wanted = retained(checkpoints, total, { ...limits, bytes: Infinity });
    if (chosen.length < wanted.length && !this.saidSmall) {
      this.saidSmall = true;
      const all = `${wanted.length} checkpoints (${shortBytes(bytesOf(wanted))})`;
      this.room.log(
        `Of ${all} only ${chosen.length} are kept, because saved memories may take ${shortBytes(this.room.quotaBytes)}. After a change, more is read again; a larger quota keeps more.`,
        'warn',
      );
    }
    return chosen;
  }

  private attempt<T>(failure: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.oneByOne(async () => {
      try {
        if (this.closed) throw new Error('saving has ended');
        await this.mustBeOurs();
        return await work();
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        this.room.log(`${failure}: ${whyNot(error)}.`, 'warn');
        return undefined;
      }
    });
  }

  private async mustBeOurs(): Promise<void> {
    if (!(await this.lock.held())) throw new Error('another window has taken over, or the folder was removed');
  }
}

function filesOf(checkpoints: readonly Checkpoint[]): Set<string> {
  return new Set(checkpoints.map(({ file }) => file));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  const name = to + partSuffix;
  try {
    await link(from, name);
    await rename(name, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
