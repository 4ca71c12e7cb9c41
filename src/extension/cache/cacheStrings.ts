/** Policy: the webview has no translations of its own; it is handed every sentence it shows. */
import type { Translate } from '../util/text';

export function cacheStrings(t: Translate): Record<string, string> {
  return {
    title: t('What the cache holds'),
    tokens: t('Tokens read'),
    kv: t('KV cache'),
    kvFull: t('{0}; uncompressed {1}, {2} times as much'),
    kvSame: t('{0}; nothing compressed so far'),
    policy: t('Policy'),
    positions: t('Positions'),
    positionsOriginal: t('{0}, as read'),
    positionsRanked: t('{0}, by rank now'),
    evicted: t('Evicted entries'),
    fidelity: t('Exact values recalled'),
    fidelityValue: t('{0} of {2} from memory alone, {1} of {2} with source put back'),
    strips: t('Picture'),
    table: t('Table'),
    layer: t('Layer'),
    budget: t('Budget'),
    kept: t('Kept'),
    tenth: t('{0}–{1}%'),
    tenths: t('Share still held, by tenths of the sequence'),
    layerLabel: t('Layer {0}: {1} of {2} entries. Held by tenths of the sequence: {3}'),
    hover: t('Layer {0} · tokens {1} to {2} · {3} held'),
    hint: t(
      'Left is the first token read, right the last. The stronger the colour, the more is still held. Point at a place to see its file; click to open it.',
    ),
    files: t('Files in reading order'),
    replaced: t('replaced by a newer version, or removed'),
    none: t('none'),
    emptyNoModel: t('No model is loaded. Read the repository and watch the cache fill.'),
    emptyNothing: t('The cache is empty. Read the repository and watch it fill.'),
    emptyFailed: t('The engine stopped, and its cache with it. {0}'),
    readRepository: t('Read repository'),
    stock: t("llama.cpp's own cache is running: it keeps everything and is not bounded by Bonsai."),
  };
}
