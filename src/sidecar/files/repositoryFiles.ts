/**
 * The files of the folders as reading the repository would have them, without a model: listed and judged by the same rules,
 * searched in the same index. Every answer begins with a look at the disk, and a text is judged again when it is read.
 */
import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SkippedFile } from '../../protocol';
import { isInside, judge, ownFile, readText, realFolders, type FileText, type FoldersListing, type RepositoryFile } from '../../repo';
import { BonsaiError, closing } from '../errors';
import { listWorkspace } from '../memory/catalogue';
import { CodeBook } from '../memory/codeBook';
import { RecallFiller } from '../memory/recallFiller';
import { createRecallIndex } from '../recall/recallIndex';
import type { RecallCandidate } from '../recall/types';

export interface KnownFile {
  /** As it is shown: relative, with forward slashes; with the folder's name in front when there are several folders. */
  path: string;
  /** Absolute, links resolved. */
  folder: string;
  file: RepositoryFile;
  /** SHA-256 of its text, hexadecimal. */
  hash: string;
  lines: number;
}

/** What a look at the disk has found. */
export interface Look {
  files: readonly KnownFile[];
  /** The same, by their paths. */
  known: ReadonlyMap<string, KnownFile>;
  skipped: readonly SkippedFile[];
  folders: FoldersListing['folders'];
  /** Sentences. */
  notes: readonly string[];
}

export interface Text {
  path: string;
  lines: readonly string[];
  /** Markers stand for data that is embedded in the file. */
  shortened: boolean;
}

export interface Found extends Pick<RecallCandidate, 'path' | 'startLine' | 'endLine' | 'text' | 'why'> {
  /** 0 to 100; comparable within one search. */
  score: number;
}

export interface SearchResult {
  found: Found[];
  /** Files that could be searched, of so many. */
  indexed: number;
  files: number;
}

/** Milliseconds that a search waits for the index; what is indexed by then is searched. */
const patience = 20_000;
/** Lines of a definition that are shown of it. */
const longestDefinition = 40;
/** Of the best there can be. */
const bestScore = 100;

export class RepositoryFiles {
  private readonly code = new CodeBook();
  private readonly filler = new RecallFiller(this.code, createRecallIndex);
  /** By absolute path: what was found when the file had this size and time. */
  private seen = new Map<string, { file: RepositoryFile; result: KnownFile | { reason: string } }>();
  private latest: Look | undefined;
  private running: Promise<Look> | undefined;
  private waiting: Promise<Look> | undefined;
  private closed = false;

  /**
   * @param folders absolute
   * @param own absolute folders that Bonsai itself writes into: nothing in them is of the repository
   * @param note told what went wrong beside an answer
   */
  constructor(
    private readonly folders: readonly string[],
    private readonly own: readonly string[],
    private readonly note: (text: string) => void,
  ) {}

  /** @throws BonsaiError `folder-missing` */
  look(): Promise<Look> {
    // One that has begun may be past what was changed since: whoever asks meanwhile shares the next one.
    this.waiting ??= (this.running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.running = this.lookNow();
        this.waiting = undefined;
        return this.running;
      });
    return this.waiting;
  }

  /**
   * The text of one file as it is on disk now.
   * @param asked relative to the folder, or absolute and inside it
   * @throws BonsaiError `bad-request` that says why there is none
   */
  async read(asked: string): Promise<Text> {
    const look = await this.look();
    const path = this.pathOf(asked, look);
    const known = look.known.get(path);
    if (!known) throw new BonsaiError('bad-request', await this.whyNot(path, look));
    const { text, exact } = await this.textOf(known);
    return { path, lines: linesOf(text), shortened: text !== exact };
  }

  /** @throws BonsaiError `bad-request` where the address is none of a file inside the folder, and as `read` */
  async readUri(uri: string): Promise<Text> {
    let path: string;
    try {
      path = fileURLToPath(uri);
    } catch {
      throw new BonsaiError('bad-request', `${uri} is not the address of a file. Use one from the list of resources: file:///…`);
    }
    return this.read(path);
  }

  /**
   * @param query words, names or a question
   * @param symbols only definitions, by letters of their names
   */
  async search(query: string, { symbols, limit }: { symbols: boolean; limit: number }): Promise<SearchResult> {
    const look = await this.look();
    await this.indexed();
    const index = this.filler.current;
    const searchable = look.files.filter((file) => this.filler.isIndexed(file));
    const current = new Map(searchable.map((file) => [file.path, file]));
    const found = !index ? [] : symbols ? await this.definitions(index.symbols(query), current, limit) : index.search({ text: query });
    return {
      found: found
        .filter(({ path }) => current.has(path))
        .slice(0, limit)
        .map(({ path, startLine, endLine, text, why, score }) => ({ path, startLine, endLine, text, why, score: shownScore(score) })),
      indexed: current.size,
      files: look.files.length,
    };
  }

  /** How many files can be searched at the moment. */
  get searchable(): number {
    return this.filler.current?.files ?? 0;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([this.running, this.waiting]);
    await this.filler.close();
  }

  private async lookNow(): Promise<Look> {
    const listing = await listWorkspace(this.folders);
    const own = await realFolders(this.own);
    const files: KnownFile[] = [];
    const skipped = [...listing.skipped];
    const seen: typeof this.seen = new Map();
    for (const { path, folder, file } of listing.files) {
      if (this.closed) throw closing();
      const before = this.seen.get(file.absolutePath);
      const result = own.some((each) => isInside(each, file.absolutePath))
        ? { reason: ownFile }
        : before && isSame(before.file, file)
          ? before.result
          : await judged({ path, folder, file });
      seen.set(file.absolutePath, { file, result });
      if ('reason' in result) skipped.push({ path, reason: result.reason });
      else files.push({ ...result, path, folder, file });
    }
    this.seen = seen;
    const known = new Map(files.map((file) => [file.path, file]));
    this.latest = { files, known, skipped, folders: listing.folders, notes: listing.notes };
    this.filler.follow(this.latest).catch((error: unknown) => this.note(`The files cannot be searched: ${String(error)}`));
    return this.latest;
  }

  /** Of this moment: it may have changed since the look. */
  private async textOf({ path, folder, file, hash }: KnownFile): Promise<FileText> {
    const read = await readText(folder, file);
    const reason = 'reason' in read ? read.reason : read.hash === hash ? undefined : await judge(file.path, read.text, file);
    if ('reason' in read || reason !== undefined)
      throw new BonsaiError('bad-request', `${path} is not read: ${reason ?? 'it no longer exists'}.`);
    return read;
  }

  /** What is asked for as a path of the listing. @throws BonsaiError `bad-request` for what lies outside */
  private pathOf(asked: string, { folders }: Look): string {
    const outside = new BonsaiError(
      'bad-request',
      `${asked} is outside ${this.folders.join(', ')}. Only files inside are read; give a path relative to it, such as src/main.ts.`,
    );
    if (asked.includes('\0')) throw new BonsaiError('bad-request', 'A path must not contain a zero byte.');
    if (isAbsolute(asked)) {
      const path = resolve(asked);
      // The folder may have been named through a link; the listing has its real path.
      const roots = [...folders, ...this.folders.flatMap((given, i) => (folders[i] ? [{ ...folders[i], folder: given }] : []))];
      const root = roots.find(({ folder }) => isInside(folder, path));
      if (!root) throw outside;
      return shownPath(root.name, relative(root.folder, path));
    }
    const path = posix.normalize(sep === '\\' ? asked.replaceAll('\\', '/') : asked);
    if (path === '..' || path.startsWith('../')) throw outside;
    return path;
  }

  /** Why a path inside is not among the files. Nothing of its content is looked at, and no link is followed. */
  private async whyNot(path: string, { skipped, folders }: Look): Promise<string> {
    const entry = skipped.find((each) => each.path === path);
    if (entry) return `${path} is not read: ${entry.reason}.`;
    const root = folders.find(({ name }) => name === '' || path === name || path.startsWith(`${name}/`));
    const gone = `There is no file ${path}. Use find or overview to see which files there are.`;
    if (!root) return gone;
    const absolute = join(root.folder, root.name === '' ? path : path.slice(root.name.length));
    try {
      if (!isInside(root.folder, await realpath(dirname(absolute)))) return `${path} is not read: a symbolic link leaving the folder.`;
      const info = await lstat(absolute);
      if (info.isDirectory()) return `${path} is a folder. Use overview to see what is in it.`;
    } catch {
      return gone;
    }
    return `${path} is not read: it is ignored, by .gitignore, .bonsaiignore or the rules of git.`;
  }

  private async definitions(
    symbols: readonly { path: string; name: string; startLine: number; endLine: number }[],
    current: ReadonlyMap<string, KnownFile>,
    limit: number,
  ): Promise<Found[]> {
    const found: Found[] = [];
    for (const { path, name, startLine, endLine } of symbols) {
      const known = current.get(path);
      if (!known || found.length >= limit) continue;
      const read = await this.textOf(known).catch(() => undefined);
      if (!read) continue;
      const lines = linesOf(read.text);
      const last = Math.min(endLine, startLine + longestDefinition - 1, lines.length);
      const text = lines.slice(startLine - 1, last).join('\n');
      found.push({ path, startLine, endLine: last, text, why: `defines ${name}`, score: bestScore });
    }
    return found;
  }

  private async indexed(): Promise<void> {
    const enough = new AbortController();
    await Promise.race([this.filler.whole(), delay(patience, undefined, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
  }
}

async function judged(entry: Pick<KnownFile, 'path' | 'folder' | 'file'>): Promise<KnownFile | { reason: string }> {
  // A turn for whoever asks meanwhile: looking for secrets is synchronous.
  await nextTurn();
  const read = await readText(entry.folder, entry.file);
  if ('reason' in read) return read;
  const reason = await judge(entry.file.path, read.text, entry.file);
  return reason === undefined ? { ...entry, hash: read.hash, lines: linesOf(read.text).length } : { reason };
}

/** As the index counts them: what follows the last line end is a line when it has something. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const isSame = (a: RepositoryFile, b: RepositoryFile) => a.mtimeMs === b.mtimeMs && a.bytes === b.bytes && a.encoding === b.encoding;
const shownPath = (name: string, path: string) => [name, ...path.split(sep)].filter((part) => part !== '').join('/');
const shownScore = (score: number) => Math.round(Math.min(bestScore, score) * 10) / 10;
