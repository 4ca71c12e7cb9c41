/**
 * The manifest on disk. Nothing of it is believed before its checksum, its schema and its own arithmetic agree; a checkpoint
 * counts only when its state file lies beside it in full length. (The content of a state file has the engine's own checksum.)
 */
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type Checkpoint, type Manifest, manifest as schema, manifestVersion } from '../manifest';
import { plainFileSize, readPlainFile, replaceFile } from '../../privateFiles';
import { seal, unseal } from './sealed';

export const manifestName = 'manifest.json';
/** A hundred thousand files take about 40 MB. */
const mostBytes = 256 * 2 ** 20;
/** llama.cpp counts positions in 32 bits. */
const mostTokens = 2 ** 31 - 1;
const anyVersion = z.object({ version: z.number() });

export interface ReadManifest {
  manifest: Manifest;
  /** Named in the manifest, but not there in full. */
  lost: Checkpoint[];
}

/** @returns the manifest with the usable checkpoints only @throws Error with the reason why the manifest itself is of no use */
export async function readManifest(folder: string): Promise<ReadManifest> {
  for (let text = await read(folder); ;) {
    const found = parse(text);
    const sizes = await Promise.all(found.checkpoints.map(({ file }) => plainFileSize(join(folder, file))));
    const whole = found.checkpoints.filter(({ bytes }, i) => sizes[i] === bytes);
    const lost = found.checkpoints.filter(({ bytes }, i) => sizes[i] !== bytes);
    if (lost.length === 0) return { manifest: found, lost };
    // Another process may have saved meanwhile, and removed what only the older manifest names.
    const now = await read(folder);
    if (now === text) return { manifest: { ...found, checkpoints: whole }, lost };
    text = now;
  }
}

/** @throws the file system's error; the old one is then still there */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = seal(manifest);
  if (Buffer.byteLength(text) > mostBytes) throw new Error(`the manifest is larger than ${mostBytes} bytes`);
  await replaceFile(join(folder, manifestName), text);
}

/** Tokens that the manifest describes. */
export function tokensOf({ segments }: Pick<Manifest, 'segments'>): number {
  return segments.at(-1)?.end ?? 0;
}

async function read(folder: string): Promise<string> {
  return readPlainFile(join(folder, manifestName), mostBytes);
}

function parse(text: string): Manifest {
  const value = unseal(text);
  const version = anyVersion.safeParse(value).data?.version;
  if (version !== manifestVersion) throw new Error('another version of Bonsai wrote it');
  const found = schema.parse(value);
  const problem = contradiction(found);
  if (problem !== undefined) throw new Error(problem);
  return found;
}

/** @returns why this manifest could not be read again, in words */
export function problemOf(manifest: Manifest): string | undefined {
  const parsed = schema.safeParse(manifest);
  return parsed.success ? contradiction(manifest) : z.prettifyError(parsed.error);
}

function contradiction(manifest: Manifest): string | undefined {
  let end = 0;
  for (const segment of manifest.segments) {
    if (segment.start < end || segment.end < segment.start) return `segments overlap or run backwards at token ${segment.start}`;
    end = segment.end;
  }
  if (end > mostTokens) return `${end} tokens are more than an engine can hold`;
  let before = 0;
  const files = new Set<string>();
  for (const { file, position } of manifest.checkpoints) {
    if (position <= before) return `checkpoints are not in ascending order at token ${position}`;
    if (position > end) return `the checkpoint at token ${position} lies after the last segment`;
    if (files.has(file)) return `two checkpoints share the file ${file}`;
    files.add(file);
    before = position;
  }
  return undefined;
}
