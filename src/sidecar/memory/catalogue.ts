/**
 * The repository as it is on disk now: every file that is read, with its hash and exact token count, and every other one
 * with its reason. What a content's hash has told once (tokens, a reason against it) is never worked out again.
 */
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SkippedFile } from '../../protocol';
import { counted } from '../../protocol/numbers';
import { skippedByReason } from '../../protocol/skippedByReason';
import { encodingLookup, isInside, judge, listFolders, ownFile, readText, type EncodingRule, type RepositoryFile } from '../../repo';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import { BonsaiError } from '../errors';
import { tokenizeInPieces } from '../prompt/tokenizeInPieces';
import { fileHead } from '../prompt/repositoryPrompt';
import { changeBetween, marksOf } from './changedLines';
import type { CurrentFile } from './update';

export interface CatalogueFile extends CurrentFile {
  /** The workspace folder it was listed from. */
  folder: string;
  file: RepositoryFile;
  /** Of the text on disk, where it was guessed from the bytes. */
  guessed?: string;
}

export interface Catalogue {
  name: string;
  folders: string[];
  /** What the editor said of them. */
  encodings: readonly EncodingRule[];
  /** By path. */
  files: CatalogueFile[];
  skipped: SkippedFile[];
  /** What the person should know of how the files were found and read: sentences. */
  notes: string[];
}

/** What is known of a content under a name, which the verdict depends on as well; the token count is of the text alone. */
export interface Facts {
  get(key: string): { tokens?: number | undefined; reason?: string | undefined } | undefined;
  set(key: string, fact: { tokens?: number; reason?: string }): void;
}

/** What the lines of a version were, by its hash; see changedLines. */
export interface LineMarks {
  get(hash: string): string | undefined;
  set(hash: string, marks: string): void;
}

export interface CatalogueOptions {
  folders: readonly string[];
  name: string | undefined;
  /** What the editor takes files for. */
  encodings?: readonly EncodingRule[] | undefined;
  signal: AbortSignal | undefined;
  facts: Facts;
  marks: LineMarks;
  /** Folders that we write into ourselves, absolute, links resolved: nothing in them is of the repository. */
  own?: readonly string[] | undefined;
  /** An earlier look: files of the same name, size and time are not opened again. */
  before?: Catalogue | undefined;
  onFile?: ((path: string, tokensSoFar: number) => void) | undefined;
}

type Model = Pick<LoadedModel, 'model' | 'tokens'>;

/** @throws BonsaiError `folder-missing`; the signal's reason when stopped */
export async function catalogueOf(loaded: Model, options: CatalogueOptions): Promise<Catalogue> {
  const { folders, signal, before, encodings = [] } = options;
  const listing = await listWorkspace(folders);
  const known = new Map((before?.files ?? []).map((entry) => [entry.file.absolutePath, entry]));
  const encodingOf = await encodingLookup(encodings);
  const files: CatalogueFile[] = [];
  const skipped = [...listing.skipped];
  let tokens = 0;
  for (const listed of listing.files) {
    const encoding = listed.file.encoding ?? encodingOf(listed.folder, listed.file.path);
    const entry = encoding === undefined ? listed : { ...listed, file: { ...listed.file, encoding } };
    // Tokenizing is synchronous: without a turn in between, a request to stop would not even arrive.
    await nextTurn();
    if (signal?.aborted) throw abortReason(signal);
    if (options.own?.some((folder) => isInside(folder, entry.file.absolutePath))) {
      skipped.push({ path: entry.path, reason: ownFile });
      continue;
    }
    const old = known.get(entry.file.absolutePath);
    const same = old?.path === entry.path && sameFile(old.file, entry.file);
    const result = same ? { ...old, ...entry } : await look(loaded, entry, options);
    if ('reason' in result) {
      skipped.push({ path: entry.path, reason: result.reason });
      continue;
    }
    files.push(result);
    tokens += result.tokens;
    options.onFile?.(entry.path, tokens);
  }
  const roots = listing.folders.map(({ folder }) => folder);
  return {
    name: options.name ?? basename(roots[0] ?? ''),
    folders: roots,
    encodings,
    files,
    skipped,
    notes: [...listing.notes, ...guessedNote(files)],
  };
}

function sameFile(a: RepositoryFile, b: RepositoryFile): boolean {
  return a.mtimeMs === b.mtimeMs && a.bytes === b.bytes && a.encoding === b.encoding;
}

/** The entry of one path as it is now, or why there is none. */
export async function look(
  loaded: Model,
  entry: Pick<CatalogueFile, 'path' | 'folder' | 'file'>,
  known: Pick<CatalogueOptions, 'facts' | 'marks'>,
): Promise<CatalogueFile | { reason: string }> {
  const read = await readText(entry.folder, entry.file);
  return 'reason' in read ? read : entryOf(loaded, entry, read, known);
}

/** The entry of a text that was just read, or why the text is not for the model. */
export async function entryOf(
  { model, tokens }: Model,
  { path, folder, file }: Pick<CatalogueFile, 'path' | 'folder' | 'file'>,
  { hash, text, encoding }: { hash: string; text: string; encoding: string },
  { facts, marks }: Pick<CatalogueOptions, 'facts' | 'marks'>,
): Promise<CatalogueFile | { reason: string }> {
  const key = `${hash} ${file.path}`;
  const fact = facts.get(key);
  if (fact?.reason !== undefined) return { reason: fact.reason };
  let count = fact?.tokens;
  if (count === undefined) {
    const reason = await judge(file.path, text, file);
    if (reason !== undefined) {
      facts.set(key, { reason });
      return { reason };
    }
    count = (await tokenizeInPieces(model, text)).length;
    facts.set(key, { tokens: count });
  }
  const head = fileHead(model, tokens, path).length;
  const now = marks.get(hash) ?? marksOf(text, count);
  if (now !== undefined) marks.set(hash, now);
  const changedSince: CurrentFile['changedSince'] = (from, held) => {
    const before = marks.get(from);
    const whole = head + (facts.get(`${from} ${file.path}`)?.tokens ?? Infinity);
    return before !== undefined && now !== undefined && (held ?? whole) >= whole ? changeBetween(before, now, count) : undefined;
  };
  const guess = encoding.startsWith('utf-') || isDeclared(file, encoding) ? {} : { guessed: encoding };
  return { path, folder, file, hash, tokens: head + count, changedSince, ...guess };
}

/** Whether the bytes were read as somebody said. A name has several spellings. */
function isDeclared({ encoding }: RepositoryFile, used: string): boolean {
  try {
    return encoding !== undefined && new TextDecoder(encoding).encoding === used;
  } catch {
    return false;
  }
}

function guessedNote(files: readonly CatalogueFile[]): string[] {
  const encodings = new Map<string, CatalogueFile[]>();
  for (const file of files) if (file.guessed !== undefined) encodings.set(file.guessed, [...(encodings.get(file.guessed) ?? []), file]);
  const found = [...encodings].map(([name, of]) => `${counted(of.length, 'file')} as ${name} (such as ${of[0]?.path ?? ''})`);
  if (found.length === 0) return [];
  return [
    `Not UTF-8, and read as their bytes look: ${found.join(', ')}. Where that is wrong, save them as UTF-8, or name the encoding: in the editor's setting files.encoding, or in .gitattributes as working-tree-encoding.`,
  ];
}

/**
 * A path of a network share (`\\server\share`): git refuses most of them, and files there change without a word.
 * @param platform as process.platform has it; elsewhere two slashes are one
 */
export function isNetworkShare(folder: string, platform: string = process.platform): boolean {
  // What begins with `\\?\` or `\\.\` is a name of this machine, but for `\\?\UNC\`.
  return platform === 'win32' && /^[\\/]{2}(?![?.][\\/](?!UNC[\\/]))/i.test(folder);
}

/** Nothing of the files is read. @throws BonsaiError `folder-missing` */
export async function listWorkspace(folders: readonly string[]): ReturnType<typeof listFolders> {
  const share = folders.find((folder) => isNetworkShare(folder));
  if (share !== undefined)
    throw new BonsaiError(
      'folder-missing',
      `${share} is on a network share. Open it by a drive letter (net use N: ${share}), or copy it to this machine.`,
    );
  try {
    return await listFolders(folders);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : undefined;
    const what = why === 'ENOENT' ? 'does not exist' : why === 'ENOTDIR' ? 'is not a folder' : 'cannot be opened';
    throw new BonsaiError('folder-missing', `${folders.join(', ')} ${what}.`, { cause: error });
  }
}

/** @throws BonsaiError `nothing-to-read` */
export function mustHaveFiles({ folders, files, skipped, notes }: Catalogue): void {
  if (files.length > 0) return;
  const [most] = skippedByReason(skipped, 1);
  const why = most
    ? `${counted(skipped.length, 'file')} skipped, most of them for this reason: ${most.reason} (such as ${most.files.join()})`
    : 'it is empty, or everything in it is ignored';
  throw new BonsaiError('nothing-to-read', [`Nothing to read in ${folders.join(', ')}: ${why}.`, ...notes].join(' '));
}
