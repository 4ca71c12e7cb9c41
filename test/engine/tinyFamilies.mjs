// The families that tinyModel.mjs can write: per family the tensors of a layer, and what its metadata has beside the common
// keys. Names and shapes are those of llama.cpp's src/models/<family>.cpp.
export const size = { embd: 128, head: 32, heads: 4, headsKv: 2, ff: 192, layers: 3, experts: 4 };

export const weight = (name, ...shape) => ({ name: `${name}.weight`, shape });
const both = (name, ...shape) => [weight(name, ...shape), { name: `${name}.bias`, shape: [shape.at(-1)], small: true }];
export const norm = (name, width = size.embd) => ({ name: `${name}.weight`, shape: [width], ones: true });
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

const moe = { expert_count: ['u32', size.experts], expert_used_count: ['u32', 2], expert_feed_forward_length: ['u32', size.ff] };
const postNorms = [norm('post_attention_norm'), norm('post_ffw_norm')];
const biased = (name, ...shape) => ({ name: `${name}.bias`, shape, small: true });

// Mamba 2: d_inner is twice the width, as the family demands
const mamba = { conv: 4, inner: 2 * size.embd, state: 32, heads: 8, groups: 1 };
const mambaLayer = [
  weight('ssm_in', size.embd, 2 * mamba.inner + 2 * mamba.groups * mamba.state + mamba.heads),
  ...both('ssm_conv1d', mamba.conv, mamba.inner + 2 * mamba.groups * mamba.state),
  biased('ssm_dt', mamba.heads),
  { name: 'ssm_a', shape: [1, mamba.heads], negative: true },
  { name: 'ssm_d', shape: [1, mamba.heads], ones: true },
  { name: 'ssm_norm.weight', shape: [mamba.inner / mamba.groups, mamba.groups], ones: true },
  weight('ssm_out', mamba.inner, size.embd),
];

// Gated delta net: key heads are the groups, value heads the time steps
const delta = { conv: 4, state: 32, keyHeads: 2, valueHeads: 4 };
const deltaWidth = { key: delta.state * delta.keyHeads, value: delta.state * delta.valueHeads };
const deltaLayer = [
  weight('attn_qkv', size.embd, 2 * deltaWidth.key + deltaWidth.value),
  weight('attn_gate', size.embd, deltaWidth.value),
  weight('ssm_conv1d', delta.conv, 2 * deltaWidth.key + deltaWidth.value),
  biased('ssm_dt', delta.valueHeads),
  { name: 'ssm_a', shape: [delta.valueHeads], negative: true },
  norm('ssm_norm', delta.state),
  weight('ssm_out', deltaWidth.value, size.embd),
];
const deltaKeys = {
  full_attention_interval: ['u32', 2],
  'ssm.conv_kernel': ['u32', delta.conv],
  'ssm.inner_size': ['u32', deltaWidth.value],
  'ssm.state_size': ['u32', delta.state],
  'ssm.time_step_rank': ['u32', delta.valueHeads],
  'ssm.group_count': ['u32', delta.keyHeads],
};
// queries carry a gate of their own width
const gatedAttention = [weight('attn_q', size.embd, 2 * q), ...attention.slice(1), ...headNorms];

// Multi-head latent attention
const latent = { q: 64, kv: 64, rope: 16 };
const latentAttention = [
  weight('attn_q_a', size.embd, latent.q),
  norm('attn_q_a_norm', latent.q),
  weight('attn_q_b', latent.q, size.heads * (size.head + latent.rope)),
  weight('attn_kv_a_mqa', size.embd, latent.kv + latent.rope),
  norm('attn_kv_a_norm', latent.kv),
  weight('attn_output', q, size.embd),
];
const latentKeys = {
  'attention.q_lora_rank': ['u32', latent.q],
  'attention.kv_lora_rank': ['u32', latent.kv],
  'rope.dimension_count': ['u32', latent.rope],
  leading_dense_block_count: ['u32', size.layers],
  expert_shared_count: ['u32', 1],
  ...moe,
};

/**
 * Per family: `layer`, the tensors of a layer or a function of its number; `keys`, metadata beside the common one;
 * `architecture` where it is not the family's name.
 */
export const families = {
  llama: { layer: [...normed, ...attention, ...gated] },
  mistral3: { layer: [...normed, ...attention, ...gated] },
  qwen2: { layer: [...normed, ...attention, ...biases, ...gated] },
  qwen2vl: {
    layer: [...normed, ...attention, ...biases, ...gated],
    keys: { 'rope.dimension_sections': ['array:u32', [8, 4, 4, 0]] },
  },
  qwen3: { layer: [...normed, ...attention, ...headNorms, ...gated] },
  qwen3moe: {
    layer: [...normed, ...attention, ...headNorms, ...experts],
    keys: moe,
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
  seed_oss: { layer: [norm('attn_norm'), norm('post_attention_norm'), ...attention, ...biases, ...gated] },
  glm4: {
    layer: [
      ...normed,
      ...postNorms,
      ...attention,
      ...biases,
      weight('ffn_up', size.embd, 2 * size.ff),
      weight('ffn_down', size.ff, size.embd),
    ],
  },
  gemma2: {
    layers: 4,
    tied: true,
    layer: [...normed, ...postNorms, ...attention, ...gated],
    keys: {
      'attention.sliding_window': ['u32', 128],
      attn_logit_softcapping: ['f32', 50],
      final_logit_softcapping: ['f32', 30],
    },
  },
  gemma3: {
    layer: [...normed, ...postNorms, ...attention, ...headNorms, ...gated],
    keys: {
      'attention.sliding_window': ['u32', 160],
      'attention.sliding_window_pattern': ['u32', 3],
      'rope.freq_base': ['f32', 1e6],
      'rope.freq_base_swa': ['f32', 10000],
    },
  },
  // the last two layers read the keys and values of the last that have some
  gemma4: {
    layers: 6,
    layer: (i) => [
      ...normed,
      ...postNorms,
      ...(i < 4 ? attention : [attention[0], attention[3]]),
      ...(i < 4 ? headNorms : [headNorms[0]]),
      ...gated,
    ],
    globals: [norm('rope_freqs', size.head / 2)],
    keys: {
      'attention.sliding_window': ['u32', 160],
      'attention.sliding_window_pattern': ['array:bool', [true, false, true, false, true, false]],
      'attention.shared_kv_layers': ['u32', 2],
      'attention.key_length_swa': ['u32', size.head],
      'attention.value_length_swa': ['u32', size.head],
      'rope.freq_base': ['f32', 1e6],
      'rope.freq_base_swa': ['f32', 10000],
      embedding_length_per_layer_input: ['u32', 0],
    },
  },
  'gpt-oss': {
    layer: [
      norm('attn_norm'),
      norm('post_attention_norm'),
      ...attention,
      ...biases,
      biased('attn_output', size.embd),
      { name: 'attn_sinks.weight', shape: [size.heads], ones: true },
      ...experts,
      biased('ffn_gate_inp', size.experts),
      biased('ffn_gate_exps', size.ff, size.experts),
      biased('ffn_up_exps', size.ff, size.experts),
      biased('ffn_down_exps', size.embd, size.experts),
    ],
    keys: { ...moe, 'attention.sliding_window': ['u32', 128] },
  },
  granitehybrid: {
    layers: 4,
    layer: (i) => [...normed, ...(i % 2 === 0 ? mambaLayer : attention), ...gated],
    keys: {
      'attention.head_count_kv': ['array:u32', [0, size.headsKv, 0, size.headsKv]],
      'ssm.conv_kernel': ['u32', mamba.conv],
      'ssm.inner_size': ['u32', mamba.inner],
      'ssm.state_size': ['u32', mamba.state],
      'ssm.time_step_rank': ['u32', mamba.heads],
      'ssm.group_count': ['u32', mamba.groups],
    },
  },
  qwen3next: {
    layers: 4,
    layer: (i) => [
      norm('attn_norm'),
      norm('post_attention_norm'),
      ...(i % 2 === 0 ? [...deltaLayer, weight('ssm_ba', size.embd, 2 * delta.valueHeads)] : gatedAttention),
      ...experts,
      { name: 'ffn_gate_inp_shexp.weight', shape: [size.embd] },
      ...gated.map((tensor) => ({ ...tensor, name: tensor.name.replace('.weight', '_shexp.weight') })),
    ],
    keys: { ...moe, ...deltaKeys, expert_shared_feed_forward_length: ['u32', size.ff] },
  },
  qwen35: {
    layers: 4,
    layer: (i) => [
      norm('attn_norm'),
      norm('post_attention_norm'),
      ...(i % 2 === 0
        ? [...deltaLayer, weight('ssm_alpha', size.embd, delta.valueHeads), weight('ssm_beta', size.embd, delta.valueHeads)]
        : gatedAttention),
      ...gated,
    ],
    keys: { ...deltaKeys, 'rope.dimension_sections': ['array:u32', [6, 5, 5, 0]] },
  },
  deepseek2: {
    layer: [
      ...normed,
      ...latentAttention,
      weight('attn_k_b', size.head, latent.kv, size.heads),
      weight('attn_v_b', latent.kv, size.head, size.heads),
      ...gated,
    ],
    keys: {
      ...latentKeys,
      'attention.head_count_kv': ['u32', 1],
      'attention.key_length': ['u32', latent.kv + latent.rope],
      'attention.value_length': ['u32', latent.kv],
      'attention.key_length_mla': ['u32', size.head + latent.rope],
      'attention.value_length_mla': ['u32', size.head],
    },
  },
  // as files were written before llama.cpp kept the latent row: keys and values of every head
  'deepseek2-expanded': {
    architecture: 'deepseek2',
    layer: [...normed, ...latentAttention, weight('attn_kv_b', latent.kv, size.heads * 2 * size.head), ...gated],
    keys: {
      ...latentKeys,
      'attention.head_count_kv': ['u32', size.heads],
      'attention.key_length': ['u32', size.head + latent.rope],
    },
  },
};

/** Shapes of families that some tests want beside, and families that keep llama.cpp's own cache. */
export const variants = {
  'gemma3-windows': {
    ...families.gemma3,
    architecture: 'gemma3',
    keys: { ...families.gemma3.keys, 'attention.sliding_window_pattern': ['u32', 6] },
  },
  // scales each channel of a key after it was rotated
  maincoder: { layer: [...normed, ...attention, ...headNorms, ...gated] },
  mpt: {
    layer: [...layerNormed, weight('attn_qkv', size.embd, q + 2 * kv), weight('attn_output', q, size.embd), ...gated.slice(1)],
    keys: { 'attention.max_alibi_bias': ['f32', 8] },
  },
  lfm2: {
    layers: 4,
    layer: (i) => [
      ...normed,
      ...(i % 2 === 0
        ? [
            weight('shortconv.conv', 3, size.embd),
            weight('shortconv.in_proj', size.embd, 3 * size.embd),
            weight('shortconv.out_proj', size.embd, size.embd),
          ]
        : [...attention, ...headNorms]),
      ...gated,
    ],
    keys: { 'shortconv.l_cache': ['u32', 3], 'attention.head_count_kv': ['array:u32', [0, size.headsKv, 0, size.headsKv]] },
    outputNorm: 'token_embd_norm',
  },
};
