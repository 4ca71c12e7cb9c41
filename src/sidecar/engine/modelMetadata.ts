/** What a GGUF header says about a model's shape, with the defaults that llama.cpp applies. */
import type { GgufFileInfo } from 'node-llama-cpp';

export interface ModelShape {
  name: string | undefined;
  architecture: string;
  layers: number;
  /** KV heads of each layer; they may differ. */
  kvHeads: number[];
  trainedWindow: number;
  /** Numbers that the keys and the values of one token have over all layers. */
  keyElements: number;
  valueElements: number;
}

function at(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) current = typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined;
  return current;
}

function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : typeof found === 'bigint' ? Number(found) : undefined;
}

export function modelShape(header: GgufFileInfo): ModelShape {
  const architecture = String(at(header.metadata, 'general', 'architecture'));
  const own = header.architectureMetadata;
  const layers = numberAt(own, 'block_count') ?? 0;
  const heads = perLayer(at(own, 'attention', 'head_count'), layers, 1);
  const kvHeads = perLayer(at(own, 'attention', 'head_count_kv'), layers, heads);
  const width = numberAt(own, 'embedding_length') ?? 0;
  const keyLength = (layer: number) => numberAt(own, 'attention', 'key_length') ?? width / Math.max(1, heads[layer] ?? 1);
  const valueLength = (layer: number) => numberAt(own, 'attention', 'value_length') ?? width / Math.max(1, heads[layer] ?? 1);
  const name = at(header.metadata, 'general', 'name');
  return {
    name: typeof name === 'string' && name !== '' ? name : undefined,
    architecture,
    layers,
    kvHeads,
    trainedWindow: numberAt(own, 'context_length') ?? 0,
    keyElements: kvHeads.reduce((sum, count, layer) => sum + count * keyLength(layer), 0),
    valueElements: kvHeads.reduce((sum, count, layer) => sum + count * valueLength(layer), 0),
  };
}

function perLayer(value: unknown, layers: number, fallback: number | number[]): number[] {
  const list: unknown[] = Array.isArray(value) ? value : Array.from({ length: layers }, () => value);
  return Array.from({ length: layers }, (_, i) => {
    const own = list[i];
    if (typeof own === 'number') return own;
    if (typeof own === 'bigint') return Number(own);
    return typeof fallback === 'number' ? fallback : (fallback[i] ?? 1);
  });
}

/** A token id that the GGUF declares under `tokenizer.ggml.<name>_token_id`. */
export function declaredToken(header: GgufFileInfo, name: string): number | undefined {
  return numberAt(header.metadata, 'tokenizer', 'ggml', `${name}_token_id`);
}

export function hasChatTemplate(header: GgufFileInfo): boolean {
  return typeof at(header.metadata, 'tokenizer', 'chat_template') === 'string';
}
