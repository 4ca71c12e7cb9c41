// Writes GGUF model files, tensor by tensor, so that a file may be far larger than memory. For models made of random
// numbers: the tests' tiny ones and the benchmark's of real shapes. Layout: the GGUF specification, version 3
// (ggml/docs/gguf.md in the llama.cpp tree).
import { open, rename, rm } from 'node:fs/promises';

const kinds = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 };
const alignment = 32;
const aligned = (bytes) => Math.ceil(bytes / alignment) * alignment;

/** Tensor types that can be written: ggml's number, elements and bytes of a block (ggml-common.h). */
export const tensorTypes = {
  f32: { id: 0, elements: 1, bytes: 4 },
  q4_0: { id: 2, elements: 32, bytes: 18 },
  q8_0: { id: 8, elements: 32, bytes: 34 },
  q4_k: { id: 12, elements: 256, bytes: 144 },
};

export const elementCount = (shape) => shape.reduce((a, b) => a * b, 1);

/** Bytes of a tensor's data, without padding; its rows are whole blocks. */
export function tensorBytes({ name, shape, type = 'f32' }) {
  const { elements, bytes } = tensorTypes[type];
  if (shape[0] % elements !== 0) throw new RangeError(`${name}: rows of ${shape[0]} are no multiple of ${type}'s ${elements}`);
  return (elementCount(shape) / elements) * bytes;
}

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
    this.bytes(Buffer.alloc(aligned(this.length) - this.length));
  }
}

/** Everything before the tensors' data. */
export function ggufHead(metadata, tensors) {
  const file = new Writer();
  file.bytes(Buffer.from('GGUF'));
  file.u32(3);
  file.u64(tensors.length);
  file.u64(metadata.length);
  for (const [key, kind, value] of metadata) file.pair(key, kind, value);
  let offset = 0;
  for (const tensor of tensors) {
    file.string(tensor.name);
    file.u32(tensor.shape.length);
    for (const n of tensor.shape) file.u64(n);
    file.u32(tensorTypes[tensor.type ?? 'f32'].id);
    file.u64(offset);
    offset += aligned(tensorBytes(tensor));
  }
  file.pad();
  return Buffer.concat(file.parts);
}

/** Size in bytes of the file that `writeGguf` makes of the same arguments. */
export const ggufBytes = (metadata, tensors) =>
  tensors.reduce((sum, tensor) => sum + aligned(tensorBytes(tensor)), ggufHead(metadata, tensors).length);

/**
 * Writes a model; an unfinished one never has its name.
 * @param metadata [key, kind, value] triples; kind is u32, i32, f32, bool, string or array:<kind>
 * @param tensors {name, shape (innermost first), type (default f32), data: () => its bytes as an iterable of Buffers}
 */
export async function writeGguf(path, metadata, tensors) {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  try {
    await file.appendFile(ggufHead(metadata, tensors));
    for (const tensor of tensors) {
      const bytes = tensorBytes(tensor);
      let written = 0;
      for (const buffer of tensor.data()) {
        await file.appendFile(buffer);
        written += buffer.length;
      }
      if (written !== bytes) throw new RangeError(`${tensor.name}: ${written} bytes of data for a tensor of ${bytes}`);
      await file.appendFile(Buffer.alloc(aligned(bytes) - bytes));
    }
    await rename(part, path);
  } finally {
    await file.close();
    await rm(part, { force: true });
  }
}
