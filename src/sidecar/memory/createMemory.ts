/** All that the repository memory is made of, put together in one place: its files, its saved states, its search and its plan. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  DeletedSaved,
  DeleteSavedParams,
  Fidelity,
  Landmarks,
  OpenedRepository,
  PlanRepositoryParams,
  RepositoryPlan,
  SavedMemories,
  StorageOptions,
  FileActionResult,
  FileActionParams,
} from '../../protocol';
import { archiveStats, bytesOf, prune } from '../archive/archive';
import { costOf } from '../engine/kvCache';
import { log } from '../engine/llama';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import { asBonsaiError, BonsaiError } from '../errors';
import { readText } from '../../repo';
import { landmarksOf } from '../recall/landmarks';
import type { SourceFile } from '../recall/needles';
import { SourceRows } from './sourceRows';
import { createRecallIndex } from '../recall/recallIndex';
import type { RecallIndex } from '../recall/types';
import type { Catalogue, CatalogueFile } from './catalogue';
import { CodeBook } from './codeBook';
import { Disk } from './disk';
import { FileSymbols } from './fileSymbols';
import { Keeper } from './keeper';
import { FileOverrides, type Overrides } from './fileOverrides';
import { planRepository } from './planRepository';
import { RecallFiller } from './recallFiller';
import { RepositoryMemory } from './repositoryMemory';
import { openStorage } from './storage';
import { archiveFolder } from './store';
import { FileActions } from './fileActions';

/** Milliseconds that a question waits for changed files, and for them to be found. */
const patience = 1500;
/** And for the index, until it is there: without it an answer has no source. */
const patienceForIndex = 6000;

/** What of a repository's memory others use. */
export interface Memory {
  repository: RepositoryMemory;
  /** Searches the files as they are on disk; undefined until they were listed. */
  readonly index: RecallIndex | undefined;
  /** What has been read, in reading order, as it is on disk. */
  sourceFiles(): Promise<SourceFile[]>;
  /** What stands out in what has been read. */
  landmarks(): Promise<Landmarks>;
  /** Brings back what is saved; see `Opener.open`. */
  open(params: PlanRepositoryParams, signal?: AbortSignal): Promise<OpenedRepository>;
  /** See `Opener.canAssemble`. */
  canAssemble(): Promise<boolean>;
  /** Until what is saved is back. @throws the signal's reason when stopped */
  opened(signal?: AbortSignal): Promise<void>;
  /**
   * Before an answer: waits for what is saved to be back, and gives changed files a moment to be read, and to be found.
   * @returns files that the answer will not know the newest version of
   */
  settle(signal?: AbortSignal): Promise<string[]>;
  /** When everything that is known of the files can be found. */
  indexed(): Promise<void>;
  plan(params: PlanRepositoryParams, signal?: AbortSignal): Promise<RepositoryPlan>;
  saved(): Promise<SavedMemories>;
  deleteSaved(params: DeleteSavedParams): Promise<DeletedSaved>;
  remember(fidelity: Fidelity): Promise<void>;
  /** @throws BonsaiError as `FileActions.apply` */
  fileAction(params: FileActionParams, signal?: AbortSignal): Promise<FileActionResult>;
  /** Source that comes back without being read. */
  readonly rows: SourceRows;
  readonly symbols: FileSymbols;
  readonly overrides: Overrides;
  close(): Promise<void>;
}

/** @param onChange told whenever what can be seen of the memory may have changed */
export async function createMemory(loaded: LoadedModel, storage: StorageOptions = {}, onChange: () => void): Promise<Memory> {
  const { fingerprint, engineVersion, info } = loaded;
  const bounded = info.engine === 'bonsai';
  const { folder, store, archive, known, ...kept } = await openStorage({ fingerprint, engineVersion, bounded }, storage);
  const code = new CodeBook();
  const filler = new RecallFiller(code, createRecallIndex);
  const onError = (error: unknown) => log(asBonsaiError(error).message, 'error');
  const overrides = new FileOverrides((folders) => keeper.savedOverrides(folders));
  const follow = (catalogue: Catalogue) => {
    filler.follow(catalogue).catch(onError);
    kept.save().catch(onError);
  };
  const disk = new Disk(loaded, known, follow, (catalogue) => overrides.apply(catalogue));
  const keeper = await Keeper.open(loaded, store, (text) => log(text, 'warn'), overrides);
  const parts = { loaded, disk, keeper, code, archive, overrides, onChange, onError };
  const repository = new RepositoryMemory(parts);
  const fileActions = new FileActions(parts, repository);
  const rows = new SourceRows(loaded, disk, archive, () => keeper.tokensPerSecond);
  const symbols = new FileSymbols(loaded, repository, code);
  const opened = async (signal?: AbortSignal) => {
    await (signal ? unlessStopped(repository.opener.opened, signal) : repository.opener.opened);
  };
  return {
    repository,
    get index() {
      return filler.current;
    },
    sourceFiles: () => sourceFilesOf(repository.heldEntries, code),
    landmarks: async () => {
      // Filling the index parses every file.
      await filler.whole();
      return { landmarks: landmarksOf(repository.heldEntries.map((entry) => ({ path: entry.path, code: code.knownOf(entry) }))) };
    },
    open: (params, signal) => repository.opener.open(params, signal),
    canAssemble: () => repository.opener.canAssemble(),
    opened,
    settle: async (signal) => {
      // Who was stopped hears of it from the answer.
      await opened(signal).catch(() => undefined);
      const settled = repository.settled();
      await Promise.all([
        within(patience, signal, settled),
        within(
          filler.wasWhole ? patience : patienceForIndex,
          signal,
          Promise.all([settled, repository.opener.listed]).then(() => filler.whole()),
        ),
      ]);
      return repository.behind;
    },
    indexed: () => filler.whole(),
    plan: async (params, signal) => {
      await opened(signal);
      const cache = costOf(loaded.cache, Object.keys(loaded.sequences).length);
      const held = (catalogue: Catalogue) => repository.inUse(catalogue);
      return planRepository(parts, { params, llama: loaded.llama, info: loaded.info, cache, settings: loaded.settings, held, signal });
    },
    saved: async () => ({
      folder,
      memories: (await store?.list()) ?? [],
      archiveBytes: (await archiveStats(archiveFolder(folder))).bytes,
    }),
    deleteSaved: async ({ ids, archive: everything = ids === undefined }) => {
      if (!store)
        throw new BonsaiError(
          'no-memory',
          'Memories are not saved, so there is nothing to delete. Turn saving on in the settings to see them.',
        );
      const deleted = await store.delete(ids);
      if (!everything) return deleted;
      const freed = archive ? await archive.clear() : bytesOf((await prune(archiveFolder(folder), 0)).objects);
      return { ...deleted, bytes: deleted.bytes + freed };
    },
    remember: (fidelity) => repository.remember(fidelity),
    fileAction: async (params, signal) => {
      await opened(signal);
      return fileActions.apply(params, signal);
    },
    rows,
    symbols,
    get overrides() {
      return overrides.of(repository.folders);
    },
    close: async () => {
      await repository.close();
      await filler.close();
      await kept.save();
    },
  };
}

async function sourceFilesOf(entries: readonly CatalogueFile[], code: CodeBook): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const entry of entries) {
    const read = await readText(entry.folder, entry.file);
    if ('text' in read)
      files.push({ path: entry.path, text: read.text, code: await code.of({ path: entry.path, hash: read.hash }, read.text) });
  }
  return files;
}

/** @throws the signal's reason when stopped */
async function unlessStopped(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const stopped = once(signal, 'abort', { signal: done.signal }).catch(() => undefined);
  try {
    if (!signal.aborted) await Promise.race([work, stopped]);
    if (signal.aborted) throw abortReason(signal);
  } finally {
    done.abort();
  }
}

/** Waits for `work`, but no longer than so many milliseconds, nor when stopped. */
async function within(milliseconds: number, signal: AbortSignal | undefined, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const stop = AbortSignal.any(signal ? [signal, enough.signal] : [enough.signal]);
  await Promise.race([work, delay(milliseconds, undefined, { signal: stop }).catch(() => undefined)]);
  enough.abort();
}
