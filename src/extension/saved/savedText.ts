/** Policy: a saved memory is told apart by what people know of it: its name, size, model, folders and when it was last used. */
import type { DeletedSaved, SavedMemory } from '../../protocol';
import { dateAndTime, exactCount, shortBytes, shortCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';

export interface SavedChoice {
  label: string;
  description: string;
  detail?: string;
  /** Undefined: all of them. */
  id: string | undefined;
}

/** All of them first, then each, the last used first. */
export function savedChoices(memories: readonly SavedMemory[], t: Translate): SavedChoice[] {
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
      id: memory.id,
    }));
  const all = { label: t('All'), description: sizeOf(memories, t), id: undefined };
  return memories.length > 1 ? [all, ...each] : each;
}

/** The memories meant by what was picked. */
export function chosen(memories: readonly SavedMemory[], picked: readonly SavedChoice[]): readonly SavedMemory[] {
  const ids = new Set(picked.map(({ id }) => id));
  return ids.has(undefined) ? memories : memories.filter(({ id }) => ids.has(id));
}

export function deletionQuestion(memories: readonly SavedMemory[], t: Translate): string {
  const [only] = memories;
  return memories.length === 1 && only
    ? t('Delete the saved memory of {0} ({1})?', only.name, shortBytes(only.bytes))
    : t('Delete {0}?', sizeOf(memories, t));
}

export function freedLine({ memories, bytes }: DeletedSaved, t: Translate): string {
  return memories === 1
    ? t('Deleted 1 saved memory; {0} are free again.', shortBytes(bytes))
    : t('Deleted {0} saved memories; {1} are free again.', exactCount(memories), shortBytes(bytes));
}

function sizeOf(memories: readonly SavedMemory[], t: Translate): string {
  return t('{0} saved memories, {1}', exactCount(memories.length), shortBytes(memories.reduce((sum, { bytes }) => sum + bytes, 0)));
}
