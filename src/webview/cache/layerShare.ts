/** What a layer got is said as a multiple of what the layers have on average, and why; windows take no part in it. */
import type { CacheMap, LayersSharing } from '../../protocol';
import { words, type Strings } from '../shared/words';

type Layer = CacheMap['layers'][number];

/** `squeezed` and `widened` differ from the mean by more than a twentieth. `window`: a sliding window, which has no budget. */
export type LayerClass = 'squeezed' | 'mean' | 'widened' | 'window';

export interface LayerShare {
  class: LayerClass;
  /** Budget divided by the mean budget of the layers with full attention. */
  times: number;
}

const noticeable = 0.05;

/** One per layer. */
export function layerShares(layers: readonly Pick<Layer, 'budget' | 'window'>[]): LayerShare[] {
  const full = layers.filter(({ window }) => !window);
  const mean = full.reduce((sum, { budget }) => sum + budget, 0) / Math.max(1, full.length);
  return layers.map(({ budget, window }) => {
    const times = mean > 0 ? budget / mean : 1;
    if (window) return { class: 'window', times };
    return { class: times < 1 - noticeable ? 'squeezed' : times > 1 + noticeable ? 'widened' : 'mean', times };
  });
}

/** SqueezeAttention counts its groups from 1, the one that matters most. */
export function layerReasons(
  layers: readonly Pick<Layer, 'window' | 'cosine' | 'group' | 'lost'>[],
  { allocator, p }: Pick<LayersSharing, 'allocator' | 'p'>,
  strings: Strings,
): string[] {
  const groups = 1 + Math.max(0, ...layers.map(({ group = 0 }) => group));
  return layers.map(({ window, cosine, group, lost }) => {
    if (window) return strings['window'] ?? '';
    if (cosine !== undefined && group !== undefined)
      return words(strings, group + 1 === groups && groups > 1 ? 'whySqueezed' : 'whyWidened', cosine.toFixed(2), group + 1, groups);
    if (lost !== undefined) return lost >= leastNats ? words(strings, 'whyMeasured', lost.toFixed(3)) : (strings['whyNothingLost'] ?? '');
    return allocator === 'uniform' ? (strings['whyUniform'] ?? '') : words(strings, 'whyOther', sharingName({ allocator, p }, strings));
  });
}

/** Loss in nats per token that three digits still show. */
const leastNats = 0.0005;

/** As in "SqueezeAttention, factor 0.6". */
export function sharingName({ allocator, p }: { allocator: LayersSharing['allocator']; p?: number | undefined }, strings: Strings): string {
  if (allocator === 'squeeze') return p === undefined ? (strings['squeezeAlone'] ?? '') : words(strings, 'squeeze', p);
  return strings[allocator === 'measured' || allocator === 'replay' ? `${allocator}Name` : allocator] ?? allocator;
}
