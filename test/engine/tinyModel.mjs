// Writes tiny GGUF models with random weights, one for each family that people run for code: enough to show that the
// bounded cache computes what llama.cpp computes, whatever a family does to its queries and keys. The tokenizer is the
// demo model's. Layout: the GGUF specification, version 3 (ggml/docs/gguf.md in the llama.cpp tree).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { families, norm, size, variants, weight } from './tinyFamilies.mjs';

const kinds = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 };
const alignment = 32;

class Writer {
  parts = [];
  length = 0;
  bytes(buffer) {
    this.parts.push(buffer);
    this.length += buffer.length;
  }
  number(bytes, method, value) {
    const buffer = Buffer.alloc(bytes);
    buffer[method](value);
    this.bytes(buffer);
  }
  u32 = (value) => this.number(4, 'writeUInt32LE', value);
  i32 = (value) => this.number(4, 'writeInt32LE', value);
  f32 = (value) => this.number(4, 'writeFloatLE', value);
  u64 = (value) => this.number(8, 'writeBigUInt64LE', BigInt(value));
  bool = (value) => this.number(1, 'writeUInt8', value ? 1 : 0);
  string(value) {
    const text = Buffer.from(value, 'utf8');
    this.u64(text.length);
    this.bytes(text);
  }
  value(kind, value) {
    if (kind.startsWith('array:')) {
      const element = kind.slice(6);
      this.u32(kinds[element]);
      this.u64(value.length);
      for (const item of value) this.value(element, item);
    } else this[kind](value);
  }
  pair(key, kind, value) {
    this.string(key);
    this.u32(kinds[kind.split(':')[0]]);
    this.value(kind, value);
  }
  pad() {
    this.bytes(Buffer.alloc((alignment - (this.length % alignment)) % alignment));
  }
}

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

  const file = new Writer();
  file.bytes(Buffer.from('GGUF'));
  file.u32(3);
  file.u64(tensors.length);
  file.u64(metadata.length);
  for (const [key, kind, value] of metadata) file.pair(key, kind, value);
  let offset = 0;
  for (const { name, shape } of tensors) {
    file.string(name);
    file.u32(shape.length);
    for (const n of shape) file.u64(n);
    file.u32(0); // F32
    file.u64(offset);
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    offset += Math.ceil(bytes / alignment) * alignment;
  }
  file.pad();
  const next = random(42);
  for (const { shape, ones, small, negative } of tensors) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const scale = small ? 0.1 : 1.5 / Math.sqrt(shape[0]);
    for (let i = 0; i < values.length; i++) values[i] = ones ? 1 + 0.1 * next() : negative ? -Math.exp(next()) : scale * next();
    file.bytes(Buffer.from(values.buffer));
    file.pad();
  }
  const path = join(folder, `tiny-${family}.gguf`);
  await writeFile(path, Buffer.concat(file.parts));
  return path;
}
