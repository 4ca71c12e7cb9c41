/**
 * What has come is no model until it is checked: as long as announced, a whole GGUF, and every byte right where a
 * checksum is known. What fails is deleted, for it would fail again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
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
  const size = (await stat(path)).size;
  if (bytes > 0 && size !== bytes) await refuse(path, `it has ${size} bytes, and ${bytes} were announced`);
  if (sha256 !== undefined) {
    const actual = await hashFile(path, onBytes, signal);
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

async function hashFile(path: string, onBytes: (bytes: number) => unknown, signal: AbortSignal): Promise<string> {
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
