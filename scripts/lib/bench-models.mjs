// Models of real shapes with random weights, for measuring speed and memory: neither depends on what the weights say.
// They need no download, no tokenizer (llama.cpp's "no_vocab") and no memory to write: one page of random blocks per row
// width goes round and round. Its length is prime, so that no two rows of a tensor are alike.
import { createCipheriv } from 'node:crypto';
import { existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { elementCount, ggufBytes, tensorBytes, tensorTypes, writeGguf } from './gguf.mjs';
import { step, StepError } from './steps.mjs';

/** Width of the hidden state, of a head and of the feed-forward net, and so on; from the models' own config.json. */
export const shapes = {
  tiny: { arch: 'qwen2', layers: 4, embd: 256, heads: 8, headsKv: 2, head: 32, ff: 512, vocab: 2048, window: 2048, rope: 1e4 },
  // Large enough that its weights do not stay in a processor's cache, small enough to be measured in seconds.
  probe: { arch: 'qwen2', layers: 6, embd: 2048, heads: 16, headsKv: 2, head: 128, ff: 8192, vocab: 1024, window: 2048, rope: 1e4 },
  // Qwen2.5-Coder-7B
  '7b': { arch: 'qwen2', layers: 28, embd: 3584, heads: 28, headsKv: 4, head: 128, ff: 18944, vocab: 152064, window: 32768, rope: 1e6 },
  // Qwen3-30B-A3B; `ff` is not used where there are experts
  '30b-a3b': {
    ...{ arch: 'qwen3moe', layers: 48, embd: 2048, heads: 32, headsKv: 4, head: 128, ff: 6144, vocab: 151936, window: 40960, rope: 1e6 },
    ...{ experts: 128, expertsUsed: 8, expertFf: 768 },
  },
};

const pageBlocks = 1_000_003;
/** Standard deviation of a block's integers when every bit is random. */
const spreads = { q4_0: 4.6, q8_0: 73.9 };

/** The same random bytes in every run. */
const randomBytes = (bytes, seed) => createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(bytes));

/**
 * Endless quantised weights whose product with a normal vector of `width` is about normal again.
 * @returns a function that takes the next so many bytes, as slices of one page
 */
function quantised(type, width) {
  const { bytes } = tensorTypes[type];
  const page = randomBytes(bytes * pageBlocks, width % 251);
  // A block starts with its scale, an f16; a power of two is an exponent and nothing else. 2^-14 is the least normal one.
  const exponent = Math.min(14, Math.round(Math.log2(spreads[type] * Math.sqrt(width))));
  for (let at = 0; at < page.length; at += bytes) page.writeUInt16LE((15 - exponent) << 10, at);
  let at = 0;
  return function* (count) {
    while (count > 0) {
      const slice = page.subarray(at, at + count);
      yield slice;
      count -= slice.length;
      at = (at + slice.length) % page.length;
    }
  };
}

const floats = (shape, middle, spread) => {
  const random = new Int8Array(randomBytes(elementCount(shape), shape[0] % 251));
  return [Buffer.from(Float32Array.from(random, (x) => middle + (spread * x) / 73.9).buffer)];
};

/**
 * @param name one of `shapes`
 * @param type `q4_0` or `q8_0`
 * @returns what `writeGguf` takes: metadata and tensors
 */
export function planModel(name, type) {
  const { arch, layers, embd, heads, headsKv, head, ff, vocab, window, rope, experts, expertsUsed, expertFf } = shapes[name];
  const streams = new Map();
  const weight = (base, ...shape) => {
    const tensor = { name: `${base}.weight`, shape, type };
    return {
      ...tensor,
      data: () => {
        if (!streams.has(shape[0])) streams.set(shape[0], quantised(type, shape[0]));
        return streams.get(shape[0])(tensorBytes(tensor));
      },
    };
  };
  const plain = (full, middle, spread, ...shape) => ({ name: full, shape, type: 'f32', data: () => floats(shape, middle, spread) });
  const norm = (base, width) => plain(`${base}.weight`, 1, 0.1, width);
  const bias = (base, width) => plain(`${base}.bias`, 0, 0.1, width);
  const q = heads * head;
  const kv = headsKv * head;
  const layer = [
    norm('attn_norm', embd),
    norm('ffn_norm', embd),
    weight('attn_q', embd, q),
    weight('attn_k', embd, kv),
    weight('attn_v', embd, kv),
    weight('attn_output', q, embd),
    ...(arch === 'qwen2'
      ? [bias('attn_q', q), bias('attn_k', kv), bias('attn_v', kv)]
      : [norm('attn_q_norm', head), norm('attn_k_norm', head)]),
    ...(experts
      ? [
          plain('ffn_gate_inp.weight', 0, 1 / Math.sqrt(embd), embd, experts),
          weight('ffn_gate_exps', embd, expertFf, experts),
          weight('ffn_up_exps', embd, expertFf, experts),
          weight('ffn_down_exps', expertFf, embd, experts),
        ]
      : [weight('ffn_gate', embd, ff), weight('ffn_up', embd, ff), weight('ffn_down', ff, embd)]),
  ];
  const tensors = [
    weight('token_embd', embd, vocab),
    norm('output_norm', embd),
    weight('output', embd, vocab),
    ...Array.from({ length: layers }, (_, i) => layer.map((tensor) => ({ ...tensor, name: `blk.${i}.${tensor.name}` }))).flat(),
  ];
  const metadata = [
    ['general.architecture', 'string', arch],
    ['general.name', 'string', `${name} of random weights`],
    [`${arch}.block_count`, 'u32', layers],
    [`${arch}.context_length`, 'u32', window],
    [`${arch}.embedding_length`, 'u32', embd],
    [`${arch}.feed_forward_length`, 'u32', ff],
    [`${arch}.attention.head_count`, 'u32', heads],
    [`${arch}.attention.head_count_kv`, 'u32', headsKv],
    [`${arch}.attention.key_length`, 'u32', head],
    [`${arch}.attention.value_length`, 'u32', head],
    [`${arch}.attention.layer_norm_rms_epsilon`, 'f32', 1e-6],
    [`${arch}.rope.freq_base`, 'f32', rope],
    [`${arch}.vocab_size`, 'u32', vocab],
    ...(experts
      ? [
          [`${arch}.expert_count`, 'u32', experts],
          [`${arch}.expert_used_count`, 'u32', expertsUsed],
          [`${arch}.expert_feed_forward_length`, 'u32', expertFf],
        ]
      : []),
    ['tokenizer.ggml.model', 'string', 'no_vocab'],
  ];
  return { metadata, tensors };
}

/**
 * Leaves `<folder>/<name>-<type>.gguf` and returns its path; a file of the right size is not written again.
 * @throws {StepError} when the disk is too small
 */
export async function ensureModel(name, type, folder) {
  const { metadata, tensors } = planModel(name, type);
  const path = join(folder, `${name}-${type}.gguf`);
  const bytes = ggufBytes(metadata, tensors);
  if (existsSync(path) && statSync(path).size === bytes) return path;
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes)
    throw new StepError(`${folder} has ${(bavail * bsize * 1e-9).toFixed(1)} GB free; the model takes ${(bytes * 1e-9).toFixed(1)}`, {
      wayOut: 'Name a folder on a larger disk: --models DIR',
    });
  await step(`Write ${path} (${(bytes * 1e-9).toFixed(2)} GB of random weights)`, () => writeGguf(path, metadata, tensors));
  return path;
}
