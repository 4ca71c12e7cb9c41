/**
 * A repository as one stream of tokens, with the place of every file in it. All of it is tokenized before the first
 * token is read, so that the total is exact; a million tokens take four megabytes.
 */
import { basename, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { judge, listRepository, readText, type Listing } from '../repo';
import type { SkippedFile } from '../protocol';
import type { LoadedModel } from './engine/loadedModel';
import { abortReason } from './engine/scheduler';
import { BonsaiError } from './errors';
import { concatTokens } from './prompt/modelTokens';
import { fileTokens, repositoryHead } from './prompt/repositoryPrompt';

export interface RepositoryText {
  name: string;
  tokens: Uint32Array;
  /** Where each file lies in `tokens`, in reading order. */
  files: { path: string; start: number; end: number }[];
  skipped: SkippedFile[];
}

export interface RepositoryTextOptions {
  folders: readonly string[];
  name: string | undefined;
  signal: AbortSignal | undefined;
  onFile: (path: string, tokensSoFar: number) => void;
}

/** @throws BonsaiError `folder-missing` or `nothing-to-read`; the signal's reason when stopped */
export async function repositoryText(
  loaded: Pick<LoadedModel, 'model' | 'tokens'>,
  options: RepositoryTextOptions,
): Promise<RepositoryText> {
  const folders = options.folders.map((folder) => resolve(folder));
  const name = options.name ?? basename(folders[0] ?? '');
  const head = repositoryHead(loaded.model, loaded.tokens, name);
  const parts = [head];
  const files: RepositoryText['files'] = [];
  const skipped: SkippedFile[] = [];
  let at = head.length;
  for (const folder of folders) {
    const listing = await list(folder);
    // With several folders, the folder's name tells equal paths apart.
    const shown = (path: string) => (folders.length > 1 ? `${basename(folder)}/${path}` : path);
    for (const { path, reason } of listing.skipped) skipped.push({ path: shown(path), reason });
    for (const file of listing.files) {
      // Tokenizing is synchronous: without a turn in between, a request to stop would not even arrive.
      await nextTurn();
      if (options.signal?.aborted) throw abortReason(options.signal);
      const path = shown(file.path);
      const result = await readText(folder, file);
      if ('reason' in result) {
        skipped.push({ path, reason: result.reason });
        continue;
      }
      const verdict = await judge(file.path, result.text, file);
      if (verdict !== undefined) {
        skipped.push({ path, reason: verdict });
        continue;
      }
      const tokens = fileTokens(loaded.model, loaded.tokens, path, result.text);
      parts.push(tokens);
      files.push({ path, start: at, end: at + tokens.length });
      at += tokens.length;
      options.onFile(path, at);
    }
  }
  if (files.length === 0) {
    const why =
      skipped.length === 0
        ? 'it is empty, or everything in it is ignored'
        : `all ${skipped.length} files were skipped, the first as ${skipped[0]?.reason ?? ''}`;
    throw new BonsaiError('nothing-to-read', `There is nothing to read in ${folders.join(', ')}: ${why}.`);
  }
  return { name, tokens: concatTokens(...parts), files, skipped };
}

async function list(folder: string): Promise<Listing> {
  try {
    return await listRepository(folder);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : undefined;
    const what = why === 'ENOENT' ? 'does not exist' : why === 'ENOTDIR' ? 'is not a folder' : 'cannot be opened';
    throw new BonsaiError('folder-missing', `${folder} ${what}.`, { cause: error });
  }
}
