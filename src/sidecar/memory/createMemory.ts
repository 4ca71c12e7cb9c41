/** All that the repository memory is made of, put together in one place: its files, its saved states, its search and its plan. */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  DeletedSaved,
  Fidelity,
  PlanRepositoryParams,
  RepositoryPlan,
  SavedMemories,
  StorageOptions,
  TendedFile,
  TendFileParams,
} from '../../protocol';
import { log } from '../engine/llama';
import type { LoadedModel } from '../engine/loadedModel';
import { asBonsaiError, BonsaiError } from '../errors';
import { readText } from '../../repo';
import type { SourceFile } from '../recall/needles';
import { createRecallIndex } from '../recall/recallIndex';
import type { RecallIndex } from '../recall/types';
import type { Catalogue, CatalogueFile } from './catalogue';
import { CodeBook } from './codeBook';
import { Disk } from './disk';
import { FileSymbols } from './fileSymbols';
import { Keeper } from './keeper';
import { Wishes, type FileWishes } from './wishes';
import { RecallFiller } from './recallFiller';
import { RepositoryMemory } from './repositoryMemory';
import { defaultMemoryFolder, openMemoryStore, type Fact } from './store';
import { Tending } from './tending';

const defaultQuotaBytes = 8e9;
/** Milliseconds that a question waits for what is not ready yet. */
const patience = 1500;

/** What of a repository's memory others use. */
export interface Memory {
  repository: RepositoryMemory;
  /** Searches the files as they are on disk; undefined until a repository was read. */
  readonly index: RecallIndex | undefined;
  /** What has been read, in reading order, as it is on disk. */
  sourceFiles(): Promise<SourceFile[]>;
  /**
   * Before an answer: gives changed files a moment to be read, and to be found.
   * @returns files that the answer will not know the newest version of
   */
  settle(signal?: AbortSignal): Promise<string[]>;
  plan(params: PlanRepositoryParams, signal?: AbortSignal): Promise<RepositoryPlan>;
  saved(): Promise<SavedMemories>;
  deleteSaved(ids?: readonly string[]): Promise<DeletedSaved>;
  remember(fidelity: Fidelity): Promise<void>;
  /** @throws BonsaiError as `Tending.tend` */
  tend(params: TendFileParams): Promise<TendedFile>;
  readonly symbols: FileSymbols;
  readonly wishes: FileWishes;
  close(): Promise<void>;
}

/** @param onChange told whenever what can be seen of the memory may have changed */
export async function createMemory(loaded: LoadedModel, storage: StorageOptions = {}, onChange: () => void): Promise<Memory> {
  const folder = storage.folder ?? defaultMemoryFolder();
  const store =
    storage.save === false ? undefined : await openMemoryStore({ folder, quotaBytes: storage.quotaBytes ?? defaultQuotaBytes, log });
  const facts = await store?.facts(loaded.fingerprint);
  const marks = await store?.marks();
  const code = new CodeBook();
  const filler = new RecallFiller(code, createRecallIndex);
  const onError = (error: unknown) => log(asBonsaiError(error).message, 'error');
  const known = { facts: facts ?? forgetful<Fact>(), marks: marks ?? forgetful<string>() };
  const wishes = new Wishes((folders) => keeper.savedWishes(folders));
  const follow = (catalogue: Catalogue) => {
    filler.follow(catalogue).catch(onError);
    for (const file of [facts, marks]) file?.save().catch(onError);
  };
  const disk = new Disk(loaded, known, follow, (catalogue) => wishes.sift(catalogue));
  const keeper = await Keeper.open(loaded, store, (text) => log(text, 'warn'), wishes);
  const parts = { loaded, disk, keeper, code, wishes, onChange, onError };
  const repository = new RepositoryMemory(parts);
  const tending = new Tending(parts, repository);
  const symbols = new FileSymbols(loaded, repository, code);
  return {
    repository,
    get index() {
      return filler.current;
    },
    sourceFiles: () => sourceFilesOf(repository.heldEntries, code),
    settle: async (signal) => {
      await within(patience, signal, Promise.all([repository.settled(), filler.whole()]));
      return repository.behind;
    },
    plan: (params, signal) => repository.plan(params, signal),
    saved: async () => ({ folder, memories: (await store?.list()) ?? [] }),
    deleteSaved: async (ids) => {
      if (!store)
        throw new BonsaiError(
          'no-memory',
          'Memories are not saved, so there is nothing to delete. Turn saving on in the settings to see them.',
        );
      return store.delete(ids);
    },
    remember: (fidelity) => repository.remember(fidelity),
    tend: (params) => tending.tend(params),
    symbols,
    get wishes() {
      return wishes.of(repository.folders);
    },
    close: async () => {
      await repository.close();
      await filler.close();
      await Promise.all([facts?.save(), marks?.save()]);
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

/** Waits for `work`, but no longer than so many milliseconds, nor when stopped. */
async function within(milliseconds: number, signal: AbortSignal | undefined, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const stop = AbortSignal.any(signal ? [signal, enough.signal] : [enough.signal]);
  await Promise.race([work, delay(milliseconds, undefined, { signal: stop }).catch(() => undefined)]);
  enough.abort();
}

/** Without a place to keep them, facts last as long as the process. */
function forgetful<V>() {
  const known = new Map<string, V>();
  return { get: (key: string) => known.get(key), set: (key: string, value: V) => void known.set(key, value) };
}
