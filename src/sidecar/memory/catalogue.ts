/**
 * The repository as it is on disk now: every file that is read, with its hash and exact token count, and every other one
 * with its reason. What a content's hash has told once (tokens, a reason against it) is never worked out again.
 */
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SkippedFile } from '../../protocol';
import { judge, listFolders, readText, type RepositoryFile } from '../../repo';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import { BonsaiError } from '../errors';
import { tokenizeText } from '../prompt/modelTokens';
import { fileHead } from '../prompt/repositoryPrompt';
import { changeBetween, marksOf } from './changedLines';
import type { CurrentFile } from './update';

export interface CatalogueFile extends CurrentFile {
  /** The workspace folder it was listed from. */
  folder: string;
  file: RepositoryFile;
}

export interface Catalogue {
  name: string;
  folders: string[];
  /** By path. */
  files: CatalogueFile[];
  skipped: SkippedFile[];
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
  signal: AbortSignal | undefined;
  facts: Facts;
  marks: LineMarks;
  /** An earlier look: files of the same name, size and time are not opened again. */
  before?: Catalogue | undefined;
  onFile?: ((path: string, tokensSoFar: number) => void) | undefined;
}

type Model = Pick<LoadedModel, 'model' | 'tokens'>;

/** @throws BonsaiError `folder-missing`; the signal's reason when stopped */
export async function catalogueOf(loaded: Model, options: CatalogueOptions): Promise<Catalogue> {
  const { folders, signal, before } = options;
  const listing = await list(folders);
  const known = new Map((before?.files ?? []).map((entry) => [entry.file.absolutePath, entry]));
  const files: CatalogueFile[] = [];
  const skipped = [...listing.skipped];
  let tokens = 0;
  for (const entry of listing.files) {
    // Tokenizing is synchronous: without a turn in between, a request to stop would not even arrive.
    await nextTurn();
    if (signal?.aborted) throw abortReason(signal);
    const old = known.get(entry.file.absolutePath);
    const same = old?.path === entry.path && old.file.mtimeMs === entry.file.mtimeMs && old.file.bytes === entry.file.bytes;
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
  return { name: options.name ?? basename(roots[0] ?? ''), folders: roots, files, skipped };
}

/** The entry of one path as it is now, or why there is none. */
export async function look(
  { model, tokens }: Model,
  { path, folder, file }: { path: string; folder: string; file: RepositoryFile },
  { facts, marks }: Pick<CatalogueOptions, 'facts' | 'marks'>,
): Promise<CatalogueFile | { reason: string }> {
  const read = await readText(folder, file);
  if ('reason' in read) return read;
  const { hash, text } = read;
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
    count = tokenizeText(model, text).length;
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
  return { path, folder, file, hash, tokens: head + count, changedSince };
}

async function list(folders: readonly string[]): ReturnType<typeof listFolders> {
  try {
    return await listFolders(folders);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : undefined;
    const what = why === 'ENOENT' ? 'does not exist' : why === 'ENOTDIR' ? 'is not a folder' : 'cannot be opened';
    throw new BonsaiError('folder-missing', `${folders.join(', ')} ${what}.`, { cause: error });
  }
}

/** @throws BonsaiError `nothing-to-read` */
export function mustHaveFiles({ folders, files, skipped }: Catalogue): void {
  if (files.length > 0) return;
  const why =
    skipped.length === 0
      ? 'it is empty, or everything in it is ignored'
      : `all ${skipped.length} files were skipped, the first as ${skipped[0]?.reason ?? ''}`;
  throw new BonsaiError('nothing-to-read', `There is nothing to read in ${folders.join(', ')}: ${why}.`);
}
