/** What a GGUF header says about a model's shape, with the defaults that llama.cpp applies. */
import type { GgufFileInfo } from 'node-llama-cpp';
import { attentionLayers, type AttentionLayer } from './attentionLayers';
import { numberAt, numbersAt, valueAt } from './metadataValues';

export interface ModelShape {
  name: string | undefined;
  architecture: string;
  layers: number;
  /** KV heads of each layer; they may differ. */
  kvHeads: number[];
  trainedWindow: number;
  /** The layers that cache keys and values. */
  attention: AttentionLayer[];
}

export function modelShape(header: GgufFileInfo): ModelShape {
  const architecture = String(valueAt(header.metadata, 'general', 'architecture'));
  const own = header.architectureMetadata;
  const layers = numberAt(own, 'block_count') ?? 0;
  const name = valueAt(header.metadata, 'general', 'name');
  return {
    name: typeof name === 'string' && name !== '' ? name : undefined,
    architecture,
    layers,
    kvHeads: numbersAt(own, layers, 'attention', 'head_count_kv') ?? numbersAt(own, layers, 'attention', 'head_count') ?? [],
    trainedWindow: numberAt(own, 'context_length') ?? 0,
    attention: attentionLayers(own, architecture),
  };
}

/** A token id that the GGUF declares under `tokenizer.ggml.<name>_token_id`. */
export function declaredToken(header: GgufFileInfo, name: string): number | undefined {
  return numberAt(header.metadata, 'tokenizer', 'ggml', `${name}_token_id`);
}

/** Undefined: the model was not taught to chat. */
export function chatTemplateSource(header: GgufFileInfo): string | undefined {
  const source = valueAt(header.metadata, 'tokenizer', 'chat_template');
  return typeof source === 'string' ? source : undefined;
}

export function hasChatTemplate(header: GgufFileInfo): boolean {
  return chatTemplateSource(header) !== undefined;
}
