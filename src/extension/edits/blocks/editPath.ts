/**
 * A path that a model wrote leads to a text file inside a workspace folder, by a relative path that does not climb,
 * pass through a link out of the folder, or enter Git's own files; everything else is refused with a reason. Looks at the disk.
 */
import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { isBinaryFile } from 'isbinaryfile';
import { isInside } from '../../util/links';
import { mixesScripts } from './hiddenCharacters';
import type { RefusalCode } from './refusals';

export interface Folder {
  /** Absolute path. */
  path: string;
}

/** Absolute path; of a file that is there, or of one that may be created. */
export type EditPath = { path: string; exists: boolean } | { refused: RefusalCode };

/** Bytes; above, comparing lines would freeze the editor. */
const largest = 2_000_000;
const longestPath = 400;
/** Names that open a device on Windows; a file that is there already has shown that here they do not. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const gitNames = /^(?:\.git|git~\d+)$/i;

export async function resolveEditPath(written: string, folders: readonly Folder[]): Promise<EditPath> {
  const parts = segments(written);
  if ('refused' in parts) return parts;
  let fresh: EditPath | undefined;
  for (const { folder, way } of candidates(parts.segments, folders)) {
    const found = await look(folder, way);
    if ('refused' in found || found.exists) return found;
    fresh ??= found;
  }
  if (!fresh) return { refused: 'outside' };
  return parts.segments.some((part) => mixesScripts(part) || devices.test(part)) ? { refused: 'bad-name' } : fresh;
}

function segments(written: string): { segments: string[] } | { refused: RefusalCode } {
  const text = written.trim().replaceAll('\\', '/');
  if (text === '') return { refused: 'no-path' };
  if (/^[/~]|^[a-z][a-z0-9+.-]*:/i.test(text)) return { refused: 'outside' };
  if (text.length > longestPath || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/u.test(text)) return { refused: 'bad-name' };
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { refused: 'outside' };
  if (parts.some((part) => gitNames.test(part))) return { refused: 'git-folder' };
  // Windows takes such an end off, and `.git.` is `.git` again.
  if (parts.length === 0 || parts.some((part) => /[. ]$/.test(part))) return { refused: 'bad-name' };
  return { segments: parts };
}

/** A path may begin with its folder's name, and does so in the repository memory when there are several folders. */
function candidates(parts: readonly string[], folders: readonly Folder[]): { folder: string; way: string[] }[] {
  const [first, ...rest] = parts;
  const named = folders.filter(({ path }) => rest.length > 0 && basename(path) === first).map(({ path }) => ({ folder: path, way: rest }));
  const direct = folders.map(({ path }) => ({ folder: path, way: [...parts] }));
  return folders.length > 1 ? [...named, ...direct] : [...direct, ...named];
}

async function look(folder: string, way: readonly string[]): Promise<EditPath> {
  const path = join(folder, ...way);
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return { refused: 'outside' };
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return missing(path, root);
  if (!isInside(real, root)) return { refused: 'through-link' };
  if (insideGit(real, root)) return { refused: 'git-folder' };
  const info = await stat(real);
  if (!info.isFile()) return { refused: 'not-a-file' };
  // The mode is asked as well as the system: whoever may write everything still means a read-only file to stay.
  const writable = (info.mode & 0o222) !== 0 && (await access(real, constants.W_OK).then(succeeded, failed));
  if (!writable) return { refused: 'read-only' };
  if (info.size > largest) return { refused: 'too-large' };
  return (await isBinaryFile(real)) ? { refused: 'binary' } : { path, exists: true };
}

async function missing(path: string, root: string): Promise<EditPath> {
  // Something is there, but leads nowhere.
  if (await lstat(path).then(succeeded, failed)) return { refused: 'through-link' };
  for (let above = dirname(path); ; above = dirname(above)) {
    const real = await realpath(above).catch(() => undefined);
    if (real === undefined && dirname(above) !== above) continue;
    if (real === undefined || (real !== root && !isInside(real, root))) return { refused: 'through-link' };
    if (insideGit(real, root)) return { refused: 'git-folder' };
    return (await stat(real)).isDirectory() ? { path, exists: false } : { refused: 'not-a-file' };
  }
}

const insideGit = (real: string, root: string): boolean =>
  relative(root, real)
    .split(/[\\/]/)
    .some((part) => gitNames.test(part));
const succeeded = (): boolean => true;
const failed = (): boolean => false;
