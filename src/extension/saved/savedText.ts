/** A saved memory is told apart by what people know of it: its name, size, model, folders and when it was last used. */
import type { DeletedSaved, SavedMemory } from '../../protocol';
import { dateAndTime, exactCount, shortBytes, shortCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';

export interface SavedChoice {
  label: string;
  description: string;
  detail?: string;
  what: 'all' | 'memory' | 'archive';
  /** Of a memory. */
  id?: string;
}

/** What is going to be deleted. */
export interface Doomed {
  /** Everything that is saved. */
  all: boolean;
  memories: readonly SavedMemory[];
  /** 0: the archive stays. */
  archiveBytes: number;
}

/** All of them first, then each, the last used first, then the archive. */
export function savedChoices(memories: readonly SavedMemory[], archiveBytes: number, t: Translate): SavedChoice[] {
  const each = [...memories]
    .sort((a, b) => b.usedAt - a.usedAt)
    .map((memory) => ({
      label: memory.name,
      description: [
        shortBytes(memory.bytes),
        t('{0} tokens', shortCount(memory.tokens)),
        t('last used {0}', dateAndTime(memory.usedAt)),
      ].join(' · '),
      detail: `${memory.model} · ${memory.folders.join(', ')}`,
      what: 'memory' as const,
      id: memory.id,
    }));
  const archive = {
    label: t('Archive'),
    description: shortBytes(archiveBytes),
    detail: t('Keys and values of files that were read, for all repositories and models: without them files are read again.'),
    what: 'archive' as const,
  };
  const choices = [...each, ...(archiveBytes > 0 ? [archive] : [])];
  const all = { label: t('All'), description: sizeOf(memories, archiveBytes, t), what: 'all' as const };
  return choices.length > 1 ? [all, ...choices] : choices;
}

/** What is meant by what was picked. */
export function chosen(memories: readonly SavedMemory[], archiveBytes: number, picked: readonly SavedChoice[]): Doomed {
  if (picked.some(({ what }) => what === 'all')) return { all: true, memories, archiveBytes };
  const ids = new Set(picked.map(({ id }) => id));
  const archive = picked.some(({ what }) => what === 'archive');
  return { all: false, memories: memories.filter(({ id }) => ids.has(id)), archiveBytes: archive ? archiveBytes : 0 };
}

export function deletionQuestion({ memories, archiveBytes }: Omit<Doomed, 'all'>, t: Translate): string {
  const [only] = memories;
  if (memories.length === 0) return t('Delete the archive ({0})?', shortBytes(archiveBytes));
  return memories.length === 1 && only && archiveBytes === 0
    ? t('Delete the saved memory of {0} ({1})?', only.name, shortBytes(only.bytes))
    : t('Delete {0}?', sizeOf(memories, archiveBytes, t));
}

export function freedLine({ memories, bytes }: DeletedSaved, t: Translate): string {
  if (memories === 0) return t('Deleted; freed {0}.', shortBytes(bytes));
  return memories === 1
    ? t('Deleted 1 saved memory; freed {0}.', shortBytes(bytes))
    : t('Deleted {0} saved memories; freed {1}.', exactCount(memories), shortBytes(bytes));
}

function sizeOf(memories: readonly SavedMemory[], archiveBytes: number, t: Translate): string {
  const bytes = shortBytes(memories.reduce((sum, memory) => sum + memory.bytes, archiveBytes));
  if (memories.length === 1 && archiveBytes > 0) return t('1 saved memory and the archive, {0}', bytes);
  return archiveBytes > 0
    ? t('{0} saved memories and the archive, {1}', exactCount(memories.length), bytes)
    : t('{0} saved memories, {1}', exactCount(memories.length), bytes);
}
