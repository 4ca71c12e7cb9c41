/**
 * What every file defines and uses, worked out once per content: the reading order, the weights of lines and the symbol
 * index all come from it. Parsing is synchronous, so between files others get their turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { changedAt, createCodeAnalyser, readingOrder, readText, type CodeAnalyser, type FileCode, type Placed } from '../../repo';
import { grammarsFolder } from '../bundleRoot';
import { abortReason } from '../engine/scheduler';
import type { Catalogue, CatalogueFile } from './catalogue';

export class CodeBook {
  private analyser: Promise<CodeAnalyser> | undefined;
  private readonly known = new Map<string, FileCode | undefined>();

  async of({ path, hash }: { path: string; hash: string }, text: string): Promise<FileCode | undefined> {
    if (!this.known.has(hash)) {
      this.analyser ??= createCodeAnalyser({ grammars: grammarsFolder });
      this.known.set(hash, await (await this.analyser).analyse(path, text));
      await nextTurn();
    }
    return this.known.get(hash);
  }

  /** What was worked out already; nothing is read or parsed for it. */
  knownOf({ hash }: CatalogueFile): FileCode | undefined {
    return this.known.get(hash);
  }

  /** Whether nothing would have to be parsed for these files. */
  knows(files: readonly CatalogueFile[]): boolean {
    return files.every(({ hash }) => this.known.has(hash));
  }

  /** Keeps only what the files of today need. */
  forget(files: readonly Pick<CatalogueFile, 'hash'>[]): void {
    const needed = new Set(files.map(({ hash }) => hash));
    for (const hash of this.known.keys()) if (!needed.has(hash)) this.known.delete(hash);
  }

  /** All files, least recently changed first, most depended-upon last. @throws the signal's reason when stopped */
  async order({ folders, files }: Catalogue, signal?: AbortSignal, onFile?: (path: string) => void): Promise<Placed[]> {
    const changed = new Map<string, Map<string, number>>();
    for (const folder of folders) {
      const here = files.filter((entry) => entry.folder === folder);
      changed.set(
        folder,
        await changedAt(
          folder,
          here.map(({ file }) => file.path),
        ),
      );
    }
    const inputs = [];
    for (const entry of files) {
      if (signal?.aborted) throw abortReason(signal);
      const code = await this.codeOf(entry);
      inputs.push({ path: entry.path, code, changedAt: changed.get(entry.folder)?.get(entry.file.path) });
      onFile?.(entry.path);
    }
    return readingOrder(inputs);
  }

  private async codeOf(entry: CatalogueFile): Promise<FileCode | undefined> {
    if (this.known.has(entry.hash)) return this.known.get(entry.hash);
    const read = await readText(entry.folder, entry.file);
    return 'text' in read && read.hash === entry.hash ? this.of(entry, read.text) : undefined;
  }
}
