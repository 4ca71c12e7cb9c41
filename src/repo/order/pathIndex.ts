/**
 * Finds listed files by what an import says of their path: all of it, or its end. Every look-up is a few steps, however
 * many files there are.
 */
import { posix } from 'node:path';

/** A name that so many files end in says nothing; such lists are not searched. */
const tooCommon = 100;
const none: ReadonlySet<number> = new Set();

export class PathIndex {
  private readonly whole = new Map<string, number>();
  /** By the last two segments, and by the last one. */
  private readonly tails = new Map<string, number[]>();
  private readonly folders = new Map<string, Set<number>>();
  private readonly folderTails = new Map<string, string[]>();

  constructor(private readonly paths: readonly string[]) {
    for (const [file, path] of paths.entries()) {
      this.whole.set(path, file);
      for (const tail of tailsOf(path)) push(this.tails, tail, file);
      const folder = posix.dirname(path);
      this.folders.set(folder, (this.folders.get(folder) ?? new Set()).add(file));
    }
    for (const folder of this.folders.keys()) push(this.folderTails, posix.basename(folder), folder);
  }

  /** @returns the file with exactly this path */
  at(path: string): number | undefined {
    return this.whole.get(path);
  }

  folderOf(file: number): string {
    return posix.dirname(this.paths[file] ?? '');
  }

  nameOf(file: number): string {
    return posix.basename(this.paths[file] ?? '');
  }

  /** @returns of the files whose path ends so, the one that shares most folders with `from` */
  endingIn(end: string, from: string): number | undefined {
    const segments = end.split('/').filter((segment) => !['', '.', '..'].includes(segment));
    const wanted = segments.join('/');
    const candidates = this.tails.get(segments.slice(-2).join('/')) ?? [];
    if (wanted === '' || candidates.length > tooCommon) return this.whole.get(wanted);
    const near = from.split('/');
    const fitting = candidates
      .filter((file) => `/${this.paths[file]}`.endsWith(`/${wanted}`))
      .map((file) => ({ file, path: this.paths[file] ?? '' }))
      .map(({ file, path }) => ({ file, path, shared: commonLength(path.split('/'), near) }));
    fitting.sort((a, b) => b.shared - a.shared || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
    return fitting[0]?.file;
  }

  /**
   * @returns the folder that holds listed files and whose path is the longest end of `path`, of one segment only if
   * that is all of it
   */
  folderEnding(path: string): string | undefined {
    const candidates = this.folderTails.get(posix.basename(path)) ?? [];
    if (candidates.length > tooCommon) return undefined;
    const matched = (folder: string) => commonLength(folder.split('/').reverse(), path.split('/').reverse());
    const fitting = candidates.filter((folder) => matched(folder) > 1 || (matched(folder) === 1 && !folder.includes('/')));
    return fitting.toSorted((a, b) => matched(b) - matched(a) || (a < b ? -1 : 1))[0];
  }

  filesIn(folder: string): ReadonlySet<number> {
    return this.folders.get(folder) ?? none;
  }
}

function tailsOf(path: string): string[] {
  const segments = path.split('/');
  return segments.length === 1 ? [path] : [segments.slice(-1).join('/'), segments.slice(-2).join('/')];
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
