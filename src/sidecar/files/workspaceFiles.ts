/**
 * The files that the chat's tools look into. They are listed and indexed when a tool is first used, and again for other
 * folders; nothing is held in memory for a chat without tools.
 */
import { join } from 'node:path';
import type { FindSourceParams, ReadLinesParams, ToolText } from '../../protocol';
import { log } from '../engine/llama';
import { closing } from '../errors';
import { defaultMemoryFolder, ownFolders } from '../memory/store';
import { findSource, readLines } from './fileTools';
import { RepositoryFiles } from './repositoryFiles';

/** Places of one search. */
const mostPlaces = 8;
/** Of what there is room for. */
const excerptShare = 1 / 3;

export class WorkspaceFiles {
  private current: { folders: readonly string[]; files: RepositoryFiles } | undefined;
  private closed = false;
  /** Absolute; where memories are saved, which is nothing of a repository. */
  storage: string | undefined;

  /** @throws BonsaiError `folder-missing` */
  async find({ folders, query, mostCharacters: whole }: FindSourceParams): Promise<ToolText> {
    const { text } = await findSource(this.of(folders), { query, limit: mostPlaces }, { whole, excerpt: Math.ceil(whole * excerptShare) });
    return { text };
  }

  /** @throws BonsaiError `folder-missing`, or `bad-request` that says why there is no such text */
  async read({ folders, path, startLine, endLine, mostCharacters: whole }: ReadLinesParams): Promise<ToolText> {
    const { text } = await readLines(this.of(folders), { path, startLine, endLine }, { whole });
    return { text };
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.current?.files.close();
  }

  private of(folders: readonly string[]): RepositoryFiles {
    if (this.closed) throw closing();
    const { current } = this;
    if (current && current.folders.length === folders.length && current.folders.every((folder, i) => folder === folders[i]))
      return current.files;
    void current?.files.close().catch((error: unknown) => log(String(error)));
    const own = ownFolders.map((name) => join(this.storage ?? defaultMemoryFolder(), name));
    const files = new RepositoryFiles(folders, own, (text) => log(text));
    this.current = { folders, files };
    return files;
  }
}
