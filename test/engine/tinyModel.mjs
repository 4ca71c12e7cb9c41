// Writes tiny GGUF models with random weights, one for each family that people run for code: enough to show that the
// bounded cache computes what llama.cpp computes, whatever a family does to its queries and keys. The tokenizer is the
// demo model's.
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { elementCount, writeGguf } from '../../scripts/lib/gguf.mjs';

const size = { embd: 128, head: 32, heads: 4, headsKv: 2, ff: 192, layers: 3, experts: 4 };

const weight = (name, ...shape) => ({ name: `${name}.weight`, shape });
const both = (name, ...shape) => [weight(name, ...shape), { name: `${name}.bias`, shape: [shape.at(-1)], small: true }];
const norm = (name, width = size.embd) => ({ name: `${name}.weight`, shape: [width], ones: true });
const q = size.heads * size.head;
const kv = size.headsKv * size.head;
const attention = [
  weight('attn_q', size.embd, q),
  weight('attn_k', size.embd, kv),
  weight('attn_v', size.embd, kv),
  weight('attn_output', q, size.embd),
];
const gated = [weight('ffn_gate', size.embd, size.ff), weight('ffn_up', size.embd, size.ff), weight('ffn_down', size.ff, size.embd)];
const normed = [norm('attn_norm'), norm('ffn_norm')];
const headNorms = [norm('attn_q_norm', size.head), norm('attn_k_norm', size.head)];
const biases = ['attn_q', 'attn_k', 'attn_v'].map((name) => ({ name: `${name}.bias`, shape: [name === 'attn_q' ? q : kv], small: true }));
const layerNormed = ['attn_norm', 'ffn_norm'].flatMap((name) => [norm(name), { name: `${name}.bias`, shape: [size.embd], small: true }]);
const experts = [
  weight('ffn_gate_inp', size.embd, size.experts),
  weight('ffn_gate_exps', size.embd, size.ff, size.experts),
  weight('ffn_up_exps', size.embd, size.ff, size.experts),
  weight('ffn_down_exps', size.ff, size.embd, size.experts),
];

/** Per family: the tensors of a layer, and what its metadata has beside the common keys. */
export const families = {
  llama: { layer: [...normed, ...attention, ...gated] },
  mistral3: { layer: [...normed, ...attention, ...gated] },
  qwen2: { layer: [...normed, ...attention, ...biases, ...gated] },
  qwen3: { layer: [...normed, ...attention, ...headNorms, ...gated] },
  qwen3moe: {
    layer: [...normed, ...attention, ...headNorms, ...experts],
    keys: { expert_count: ['u32', size.experts], expert_used_count: ['u32', 2], expert_feed_forward_length: ['u32', size.ff] },
  },
  starcoder2: {
    layer: [
      ...layerNormed,
      ...['attn_q', 'attn_k', 'attn_v'].flatMap((name) => both(name, size.embd, name === 'attn_q' ? q : kv)),
      ...both('attn_output', q, size.embd),
      ...both('ffn_up', size.embd, size.ff),
      ...both('ffn_down', size.ff, size.embd),
    ],
    biasedOutputNorm: true,
  },
  granite: {
    layer: [...normed, ...attention, ...gated],
    keys: {
      'attention.scale': ['f32', 0.1],
      embedding_scale: ['f32', 4],
      residual_scale: ['f32', 0.4],
      logit_scale: ['f32', 2],
    },
  },
  gemma2: {
    layer: [...normed, norm('post_attention_norm'), norm('post_ffw_norm'), ...attention, ...gated],
    keys: {
      'attention.sliding_window': ['u32', 128],
      attn_logit_softcapping: ['f32', 50],
      final_logit_softcapping: ['f32', 30],
    },
  },
};

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

/** Writes the model of a family into `folder` and returns its path. */
export async function writeTinyModel(family, folder, demoModel) {
  const { layer, keys = {}, biasedOutputNorm = false } = families[family];
  const { tokenizer } = (await readGgufFileInfo(demoModel)).metadata;
  const { tokens, merges, token_type: types, model, pre, eos_token_id: eos } = tokenizer.ggml;
  const metadata = [
    ['general.architecture', 'string', family],
    ['general.name', 'string', `tiny ${family}`],
    ...Object.entries({
      block_count: ['u32', size.layers],
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
    }).map(([key, [kind, value]]) => [`${family}.${key}`, kind, value]),
    ['tokenizer.ggml.model', 'string', model],
    ['tokenizer.ggml.pre', 'string', pre],
    ['tokenizer.ggml.tokens', 'array:string', tokens],
    ['tokenizer.ggml.token_type', 'array:i32', types],
    ['tokenizer.ggml.merges', 'array:string', merges],
    ['tokenizer.ggml.eos_token_id', 'u32', eos],
  ];
  const tensors = [
    weight('token_embd', size.embd, tokens.length),
    norm('output_norm'),
    ...(biasedOutputNorm ? [{ name: 'output_norm.bias', shape: [size.embd], small: true }] : []),
    ...(family === 'gemma2' ? [] : [weight('output', size.embd, tokens.length)]),
    ...Array.from({ length: size.layers }, (_, i) => layer.map((tensor) => ({ ...tensor, name: `blk.${i}.${tensor.name}` }))).flat(),
  ];

  const next = random(42);
  const data = ({ shape, ones, small }) => {
    const scale = small ? 0.1 : 1.5 / Math.sqrt(shape[0]);
    return [Buffer.from(Float32Array.from({ length: elementCount(shape) }, () => (ones ? 1 + 0.1 * next() : scale * next())).buffer)];
  };
  const path = join(folder, `tiny-${family}.gguf`);
  await writeGguf(
    path,
    metadata,
    tensors.map((tensor) => ({ ...tensor, data: () => data(tensor) })),
  );
  return path;
}
