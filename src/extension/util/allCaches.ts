/** Every sequence has a KV cache of its own, of the same size; to name one alone would flatter. */
import { shortBytes } from '../../protocol/numbers';
import type { Translate } from './text';

/** @param bytes of one @param banks 3, or 4 where the cache is bounded */
export function allCaches(bytes: number, banks: number, t: Translate): string {
  const all = shortBytes(banks * bytes);
  return banks > 3
    ? t('{0}: one each for repository, chat, ghost text and a newer memory', all)
    : t('{0}: one each for repository, chat and ghost text', all);
}
