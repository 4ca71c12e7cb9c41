/**
 * Where the clients of one shared sidecar meet: its name is a hash of everything that would make it another one (folders, model
 * and engine settings), so that whoever wants the same finds the same. A Unix socket in a private folder, a named pipe on Windows.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ensurePrivateFolder } from './privateFolder';
import type { EngineKind, LoadModelParams } from './schemas';
import { cacheFolder } from './userFolders';

export interface SharedIdentity {
  engine: EngineKind;
  /** Absolute paths, in the order of the workspace; none: a window without a folder. */
  folders: readonly string[];
  load: LoadModelParams;
}

/** Bytes of a socket's path on macOS, without the zero at its end; Linux has four more. */
const longestPath = 103;
const hashDigits = 16;
const pipeName = /^[0-9a-f]{32}$/;

/** The same for objects that say the same, in whatever order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

export function sharedKey({ engine, folders, load }: SharedIdentity, cache = cacheFolder()): string {
  const { modelPath, cache: budgets, threads, chunk, gpu, storage } = load;
  const identity = { cache, engine, folders: folders.map((folder) => resolve(folder)), modelPath, budgets, threads, chunk, gpu, storage };
  return createHash('sha256').update(canonical(identity)).digest('hex').slice(0, hashDigits);
}

/**
 * Makes the folder.
 * @returns the path that the socket's, the lock's and the log's begin with
 * @throws when the folder cannot be made, or is another user's, or every path is too long
 */
export async function sharedBase(key: string, cache = cacheFolder(), temporary = tmpdir()): Promise<string> {
  const usual = join(cache, 'run');
  const folder = fits(join(usual, key)) ? usual : join(temporary, `bonsai-${process.getuid?.() ?? 'user'}`);
  if (!fits(join(folder, key))) throw new Error(`the path of a socket in ${folder} would be too long`);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  await ensurePrivateFolder(folder);
  return join(folder, key);
}

/**
 * What is listened at and connected to.
 * @throws the file system's error, on Windows
 */
export async function sharedAddress(base: string, platform: NodeJS.Platform = process.platform): Promise<string> {
  return platform === 'win32' ? `\\\\.\\pipe\\bonsai-${await secretName(`${base}.pipe`)}` : `${base}.sock`;
}

/** The name of a pipe can be had by everybody, so it is one that nobody else can know before it is there. */
async function secretName(file: string): Promise<string> {
  try {
    await writeFile(file, randomBytes(16).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const name = await readFile(file, 'utf8');
  if (!pipeName.test(name)) throw new Error(`${file} is damaged; delete it`);
  return name;
}

const fits = (base: string): boolean => process.platform === 'win32' || Buffer.byteLength(`${base}.sock`) <= longestPath;

export const logOf = (base: string): string => `${base}.log`;
