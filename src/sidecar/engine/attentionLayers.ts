/**
 * Which layers of a model cache keys and values for every token, how many, and how far back they look: from the GGUF
 * header, as llama.cpp reads it (llama_model_base::load_hparams and the families' load_arch_hparams). The bounded cache
 * counts for itself; this is for llama.cpp's own cache, which reports nothing.
 */
import { numberAt, numbersAt, valueAt } from './metadataValues';

export interface AttentionLayer {
  layer: number;
  /** Tokens that its sliding window sees; absent: all. */
  window?: number;
  /** Numbers that the keys and the values of one token have. */
  keyElements: number;
  valueElements: number;
}

/** Families whose files leave out which layers have a window: every nth has none, the last of each n or the first. */
const windowPatterns: Readonly<Record<string, { every: number; first?: boolean }>> = {
  afmoe: { every: 4 },
  cohere2: { every: 4 },
  cohere2moe: { every: 4, first: true },
  exaone4: { every: 4 },
  'exaone-moe': { every: 4 },
  gemma2: { every: 2 },
  gemma3: { every: 6 },
  gemma3n: { every: 5 },
  'gpt-oss': { every: 2 },
  laguna: { every: 4, first: true },
  mellum: { every: 4 },
  olmo2: { every: 4 },
  plamo3: { every: 8 },
  smallthinker: { every: 4, first: true },
};

/** @param own the header's values of its architecture. Layers that are recurrent, or read another's keys, are left out. */
export function attentionLayers(own: unknown, architecture: string): AttentionLayer[] {
  const all = numberAt(own, 'block_count') ?? 0;
  const heads = numbersAt(own, all, 'attention', 'head_count') ?? Array.from({ length: all }, () => 0);
  const kvHeads = numbersAt(own, all, 'attention', 'head_count_kv') ?? heads;
  const width = (numberAt(own, 'embedding_length') ?? 0) / Math.max(1, heads[0] ?? 1);
  const length = (kind: 'key' | 'value', window: boolean) =>
    (window ? numberAt(own, 'attention', `${kind}_length_swa`) : undefined) ?? numberAt(own, 'attention', `${kind}_length`) ?? width;
  // Latent attention: a row is both, the values are its head.
  const latent = (numberAt(own, 'attention', 'key_length_mla') ?? 0) > 0;
  // Layers at the end that only predict further tokens, and before them those that read another's keys.
  const withKeys = all - (numberAt(own, 'nextn_predict_layers') ?? 0) - (numberAt(own, 'attention', 'shared_kv_layers') ?? 0);
  const interval = numberAt(own, 'full_attention_interval');
  const window = numberAt(own, 'attention', 'sliding_window') ?? 0;
  const windowed = windowedLayers(valueAt(own, 'attention', 'sliding_window_pattern'), architecture);
  return kvHeads.slice(0, withKeys).flatMap((count, layer) => {
    if (count === 0 || (interval !== undefined && (layer + 1) % interval !== 0)) return [];
    const sliding = window > 0 && windowed(layer);
    return {
      layer,
      ...(sliding ? { window } : {}),
      keyElements: count * length('key', sliding),
      valueElements: latent ? 0 : count * length('value', sliding),
    };
  });
}

/** llama_model_base::load_swa_pattern: a list, or a number, or what the family has always had. */
function windowedLayers(pattern: unknown, architecture: string): (layer: number) => boolean {
  if (Array.isArray(pattern)) return (layer) => Boolean(pattern[layer]);
  const usual = windowPatterns[architecture];
  const every = numberAt(pattern) ?? usual?.every;
  if (every === undefined) return () => false;
  return (layer) => every === 0 || layer % every !== (usual?.first === true ? 0 : every - 1);
}
