/** Policy: what a layer got is said as a multiple of what the layers have on average; windows take no part in it. */
import type { CacheMap } from '../../protocol';

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
