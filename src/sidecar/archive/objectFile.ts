/**
 * One object of the archive as a file: the rows (keys and values) of the tokens of one piece of a source file, in frames as the
 * engine gave them out.
 *
 *     "BONSAIKV", version, bytes of the header (u32 LE each), header as JSON, SHA-256 of all that, then the frames
 *
 * The header names the tokens by their SHA-256, so rows never stand for other tokens, and every frame's length and SHA-256. A
 * frame has the engine's own checksum inside as well (native/src/rows.h), which is looked at whenever it is put back.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import * as z from 'zod/mini';
import { writeFileBy } from '../privateFiles';

/** Rows of neighbouring tokens, as `BonsaiNative.takeRows` gives them. */
export interface Frame {
  tokens: number;
  rows: Uint8Array;
}

const magic = 'BONSAIKV';
const version = 1;
const prefixBytes = magic.length + 8;
const sumBytes = 32;
/** A piece of some thousands of tokens has some dozen frames. */
const mostHeaderBytes = 2 ** 20;

const count = z.int().check(z.positive());
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const header = z.object({
  tokens: count,
  /** SHA-256 of the tokens, 32 bits each, little endian. */
  digest: sha256,
  frames: z.array(z.object({ tokens: count, bytes: count, sha256 })).check(z.minLength(1)),
});

/** What is wrong with an object, in words that end a sentence. */
export class ObjectDamaged extends Error {}

export function digestOf(tokens: Uint32Array): string {
  const bytes = Buffer.alloc(4 * tokens.length);
  for (const [i, token] of tokens.entries()) bytes.writeUInt32LE(token, 4 * i);
  return sha256Of(bytes);
}

/** @returns bytes written @throws the file system's error; what was at the path is then as it was */
export async function writeObject(path: string, tokens: Uint32Array, frames: readonly Frame[]): Promise<number> {
  const described = frames.map(({ tokens, rows }) => ({ tokens, bytes: rows.length, sha256: sha256Of(rows) }));
  const content: z.infer<typeof header> = { tokens: tokens.length, digest: digestOf(tokens), frames: described };
  const json = Buffer.from(JSON.stringify(content));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write(magic);
  prefix.writeUInt32LE(version, magic.length);
  prefix.writeUInt32LE(json.length, magic.length + 4);
  const head = Buffer.concat([prefix, json]);
  const parts = [head, createHash('sha256').update(head).digest(), ...frames.map(({ rows }) => rows)];
  return writeFileBy(path, (part) => writeFile(part, parts));
}

/** An object that is being read; to be closed. */
export class ObjectFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly content: z.infer<typeof header>,
    private readonly start: number,
  ) {}

  /** @throws ObjectDamaged; the file system's error, `ENOENT` where there is none */
  static async open(path: string): Promise<ObjectFile> {
    // Absent flags count as 0 on Windows. Without O_NONBLOCK, opening a pipe would wait for its writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new ObjectDamaged('it is not a plain file');
      const prefix = await readFully(handle, 0, prefixBytes);
      if (prefix.toString('latin1', 0, magic.length) !== magic) throw new ObjectDamaged('it is not an object of the archive');
      if (prefix.readUInt32LE(magic.length) !== version) throw new ObjectDamaged('another version of Bonsai wrote it');
      const headerBytes = prefix.readUInt32LE(magic.length + 4);
      if (headerBytes > mostHeaderBytes) throw new ObjectDamaged('its header is too long');
      const rest = await readFully(handle, prefixBytes, headerBytes + sumBytes);
      const json = rest.subarray(0, headerBytes);
      if (!createHash('sha256').update(prefix).update(json).digest().equals(rest.subarray(headerBytes)))
        throw new ObjectDamaged('the checksum of its header is wrong');
      const content = header.safeParse(JSON.parse(json.toString())).data;
      if (!content || content.frames.reduce((sum, { tokens }) => sum + tokens, 0) !== content.tokens)
        throw new ObjectDamaged('its header makes no sense');
      const start = prefixBytes + headerBytes + sumBytes;
      const bytes = content.frames.reduce((sum, frame) => sum + frame.bytes, start);
      if (found.size !== bytes) throw new ObjectDamaged(`it has ${found.size} bytes instead of ${bytes}`);
      return new ObjectFile(handle, content, start);
    } catch (error) {
      await handle.close();
      if (error instanceof SyntaxError) throw new ObjectDamaged('its header makes no sense');
      throw error;
    }
  }

  get tokens(): number {
    return this.content.tokens;
  }

  /** Whether its rows are those of exactly these tokens. */
  isOf(tokens: Uint32Array): boolean {
    return tokens.length === this.content.tokens && digestOf(tokens) === this.content.digest;
  }

  /**
   * The frames that hold tokens [from, to) of the piece.
   * @returns of each its rows, the number of the first of its tokens that is wanted, and how many are
   * @throws ObjectDamaged where the file has become shorter meanwhile
   */
  async *frames(from = 0, to = this.content.tokens): AsyncGenerator<{ rows: Uint8Array; first: number; count: number }, void, undefined> {
    for (const { at, start, end, bytes } of this.places()) {
      if (end <= from || start >= to) continue;
      const rows = await readFully(this.handle, at, bytes);
      const first = Math.max(from, start) - start;
      yield { rows, first, count: Math.min(to, end) - start - first };
    }
  }

  /** @throws ObjectDamaged with the first frame whose content is not what its checksum says */
  async verify(): Promise<void> {
    for (const { at, bytes, start, sum } of this.places())
      if (sha256Of(await readFully(this.handle, at, bytes)) !== sum)
        throw new ObjectDamaged(`the checksum of its rows from ${start} on is wrong`);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Of each frame: where its bytes begin, and which tokens [start, end) it holds. */
  private places(): { at: number; bytes: number; start: number; end: number; sum: string }[] {
    let at = this.start;
    let start = 0;
    return this.content.frames.map(({ tokens, bytes, sha256 }) => {
      const place = { at, bytes, start, end: start + tokens, sum: sha256 };
      at += bytes;
      start += tokens;
      return place;
    });
  }
}

async function readFully(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new ObjectDamaged('it is cut off');
  return buffer;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
