// Writes tiny GGUF models with random weights, one for each family that people run for code: enough to show that the
// bounded cache computes what llama.cpp computes, whatever a family does to its queries and keys. The tokenizer is the
// demo model's.
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { elementCount, writeGguf } from '../../scripts/lib/gguf.mjs';
import { families, norm, size, variants, weight } from './tinyFamilies.mjs';

/** Deterministic normal-ish numbers: the same model in every run. */
function random(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() - 1.5) * 2;
}

/** Writes the model of a family or variant into `folder` and returns its path. */
export async function writeTinyModel(family, folder, demoModel) {
  const {
    layer,
    keys = {},
    layers = size.layers,
    architecture = family,
    biasedOutputNorm = false,
    tied = false,
    outputNorm = 'output_norm',
    globals = [],
  } = families[family] ?? variants[family];
  const { tokenizer } = (await readGgufFileInfo(demoModel)).metadata;
  const { tokens, merges, token_type: types, model, pre, eos_token_id: eos } = tokenizer.ggml;
  const metadata = [
    ['general.architecture', 'string', architecture],
    ['general.name', 'string', `tiny ${family}`],
    ...Object.entries({
      block_count: ['u32', layers],
      context_length: ['u32', 2048],
      embedding_length: ['u32', size.embd],
      feed_forward_length: ['u32', size.ff],
      'attention.head_count': ['u32', size.heads],
      'attention.head_count_kv': ['u32', size.headsKv],
      'attention.key_length': ['u32', size.head],
      'attention.value_length': ['u32', size.head],
      'attention.layer_norm_rms_epsilon': ['f32', 1e-5],
      'attention.layer_norm_epsilon': ['f32', 1e-5],
      'rope.dimension_count': ['u32', size.head],
      'rope.freq_base': ['f32', 10000],
      ...keys,
    }).map(([key, [kind, value]]) => [`${architecture}.${key}`, kind, value]),
    ['tokenizer.ggml.model', 'string', model],
    ['tokenizer.ggml.pre', 'string', pre],
    ['tokenizer.ggml.tokens', 'array:string', tokens],
    ['tokenizer.ggml.token_type', 'array:i32', types],
    ['tokenizer.ggml.merges', 'array:string', merges],
    ['tokenizer.ggml.eos_token_id', 'u32', eos],
  ];
  const tensors = [
    weight('token_embd', size.embd, tokens.length),
    norm(outputNorm),
    ...globals,
    ...(biasedOutputNorm ? [{ name: 'output_norm.bias', shape: [size.embd], small: true }] : []),
    ...(tied ? [] : [weight('output', size.embd, tokens.length)]),
    ...Array.from({ length: layers }, (_, i) =>
      (typeof layer === 'function' ? layer(i) : layer).map((tensor) => ({ ...tensor, name: `blk.${i}.${tensor.name}` })),
    ).flat(),
  ];

  const next = random(42);
  const data = ({ shape, ones, small, negative }) => {
    const scale = small ? 0.1 : 1.5 / Math.sqrt(shape[0]);
    const value = () => (ones ? 1 + 0.1 * next() : negative ? -Math.exp(next()) : scale * next());
    return [Buffer.from(Float32Array.from({ length: elementCount(shape) }, value).buffer)];
  };
  const path = join(folder, `tiny-${family}.gguf`);
  await writeGguf(
    path,
    metadata,
    tensors.map((tensor) => ({ ...tensor, data: () => data(tensor) })),
  );
  return path;
}
