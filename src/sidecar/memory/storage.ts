/** The folder that memories are saved in, opened for one model: its states, its archive, and what is known of the contents of files. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageOptions } from '../../protocol';
import { Archive } from '../archive/archive';
import { FileArchive } from '../archive/fileArchive';
import { log } from '../engine/llama';
import type { CatalogueOptions } from './catalogue';
import type { LoadedModel } from '../engine/loadedModel';
import { archiveFolder, defaultMemoryFolder, openMemoryStore, ownFolders, type Fact, type MemoryStore } from './store';

const defaultQuotaBytes = 8e9;
const defaultArchiveBytes = 8e9;
/** Half of what f16 takes. Qwen2.5's keys do not survive four bits: a memory put together from q4_0 is of little use (docs/results/rows.md). */
export const defaultArchiveType = 'q8_0';

/** Whose memories they are. */
export interface StorageIdentity extends Pick<LoadedModel, 'fingerprint' | 'engineVersion'> {
  /** llama.cpp's own cache is not saved, and gives out no rows. */
  bounded: boolean;
}

export interface Storage {
  folder: string;
  /** Undefined: nothing is saved. */
  store: MemoryStore | undefined;
  /** Undefined: nothing is archived. */
  archive: FileArchive | undefined;
  known: Pick<CatalogueOptions, 'facts' | 'marks' | 'own'>;
  /** Keeps what became known. @throws the file system's error */
  save: () => Promise<void>;
}

export async function openStorage(identity: StorageIdentity, options: StorageOptions): Promise<Storage> {
  const { folder = defaultMemoryFolder(), save, quotaBytes = defaultQuotaBytes } = options;
  const store = save === false ? undefined : await openMemoryStore({ folder, quotaBytes, log });
  const archive = store?.unusable === undefined && store && identity.bounded ? await openArchive(identity, folder, options) : undefined;
  const facts = await store?.facts(identity.fingerprint);
  const marks = await store?.marks();
  const own = await Promise.all(ownFolders.map((name) => realpath(join(folder, name)).catch(() => join(folder, name))));
  return {
    folder,
    store,
    archive,
    known: { facts: facts ?? forgetful<Fact>(), marks: marks ?? forgetful<string>(), own },
    save: async () => {
      await Promise.all([facts?.save(), marks?.save(), archive?.settled()]);
    },
  };
}

async function openArchive(
  { fingerprint, engineVersion }: StorageIdentity,
  folder: string,
  { archiveBytes = defaultArchiveBytes, archiveType = defaultArchiveType }: StorageOptions,
): Promise<FileArchive | undefined> {
  if (archiveBytes === 0) return undefined;
  const identity = [fingerprint, engineVersion, archiveType];
  const archive = await Archive.open({ folder: archiveFolder(folder), quotaBytes: archiveBytes, identity, log });
  return archive && new FileArchive(archive, archiveType, (text) => log(text, 'warn'));
}

/** Without a place to keep them, facts last as long as the process. */
function forgetful<V>() {
  const known = new Map<string, V>();
  return { get: (key: string) => known.get(key), set: (key: string, value: V) => void known.set(key, value) };
}
