/** The folder that memories are saved in, opened for one model: its states, and what is known of the contents of files. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageOptions } from '../../protocol';
import { log } from '../engine/llama';
import type { CatalogueOptions } from './catalogue';
import { defaultMemoryFolder, openMemoryStore, type Fact, type MemoryStore } from './store';

const defaultQuotaBytes = 8e9;

export interface Storage {
  folder: string;
  /** Undefined: nothing is saved. */
  store: MemoryStore | undefined;
  known: Pick<CatalogueOptions, 'facts' | 'marks' | 'own'>;
  /** Keeps what became known. @throws the file system's error */
  save: () => Promise<void>;
}

/** @param model fingerprint of its file */
export async function openStorage(model: string, { folder = defaultMemoryFolder(), save, quotaBytes }: StorageOptions): Promise<Storage> {
  const store = save === false ? undefined : await openMemoryStore({ folder, quotaBytes: quotaBytes ?? defaultQuotaBytes, log });
  const facts = await store?.facts(model);
  const marks = await store?.marks();
  const own = await Promise.all(['states', 'facts'].map((name) => realpath(join(folder, name)).catch(() => join(folder, name))));
  return {
    folder,
    store,
    known: { facts: facts ?? forgetful<Fact>(), marks: marks ?? forgetful<string>(), own },
    save: async () => {
      await Promise.all([facts?.save(), marks?.save()]);
    },
  };
}

/** Without a place to keep them, facts last as long as the process. */
function forgetful<V>() {
  const known = new Map<string, V>();
  return { get: (key: string) => known.get(key), set: (key: string, value: V) => void known.set(key, value) };
}
