/**
 * What has come is no model until it is checked: as long as announced, a whole GGUF, and every byte right where a
 * checksum is known. What fails is deleted, for it would fail again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkModelFile } from '../engine/modelFile';
import { loadLlama } from '../engine/llama';
import { asBonsaiError, BonsaiError } from '../errors';

export interface Expected {
  /** 0: not known. */
  bytes: number;
  sha256: string | undefined;
}

/**
 * @param path of a file in one piece, or of the first of several parts
 * @param onBytes told how many bytes have been read again
 * @returns what could be checked
 * @throws BonsaiError `download`, after which the file is gone; the signal's reason when stopped
 */
export async function checkDownload(
  path: string,
  { bytes, sha256 }: Expected,
  onBytes: (bytes: number) => unknown,
  signal: AbortSignal,
): Promise<'sha256' | 'header'> {
  const size = await sizeWithoutRecord(path, bytes);
  if (bytes > 0 && size !== bytes) await refuse(path, `it has ${size} bytes, and ${bytes} were announced`);
  if (sha256 !== undefined) {
    const actual = await sha256Of(path, onBytes, signal);
    if (actual !== sha256) await refuse(path, `its SHA-256 is ${actual}, and ${sha256} was announced`);
  }
  try {
    await checkModelFile(await loadLlama('off'), path);
  } catch (error) {
    const { code, message } = asBonsaiError(error);
    if (!code.startsWith('model-')) throw error;
    await refuse(path, message);
  }
  return sha256 === undefined ? 'header' : 'sha256';
}

/** Bytes; more than any record has. */
const longestRecord = 1 << 20;

/**
 * ipull keeps a record of its progress behind the last byte, as JSON, and may write it once more when it has already taken it
 * off. @returns bytes of the file, that record cut off
 */
async function sizeWithoutRecord(path: string, announced: number): Promise<number> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const behind = size - announced;
    if (announced === 0 || behind <= 0 || behind > longestRecord) return size;
    const { buffer } = await file.read(Buffer.alloc(behind), 0, behind, announced);
    if (!isRecord(buffer.toString())) return size;
    await file.truncate(announced);
    return announced;
  } finally {
    await file.close();
  }
}

function isRecord(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** @param onBytes told how many bytes have been read */
export async function sha256Of(path: string, onBytes: (bytes: number) => unknown, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    if (!(chunk instanceof Uint8Array)) continue;
    hash.update(chunk);
    onBytes((done += chunk.length));
  }
  return hash.digest('hex');
}

async function refuse(path: string, why: string): Promise<never> {
  await rm(path, { force: true });
  throw new BonsaiError('download', `What was downloaded is not ${basename(path)} as it should be: ${why}. It was deleted. Try again.`);
}
