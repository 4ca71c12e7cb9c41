/** A citation is a link only when the file lies in the workspace and has that line; files are read once an answer. */
import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { existingInside } from '../util/openLink';

/** Bytes; the lines of larger files are not counted. */
const largest = 8_000_000;

export class CitationLinks {
  readonly #files = new Map<string, Promise<{ path: string; lines: number } | undefined>>();

  /** The place, or nothing when there is none. Lines count from 1. */
  async find(cited: string, line: number, endLine: number): Promise<vscode.Location | undefined> {
    const file = await this.#file(cited);
    if (!file || line < 1 || line > file.lines) return undefined;
    return new vscode.Location(vscode.Uri.file(file.path), new vscode.Range(line - 1, 0, Math.min(endLine, file.lines) - 1, 0));
  }

  /** How many lines a file of the workspace has; nothing when there is no such file in it. */
  async lines(cited: string): Promise<number | undefined> {
    return (await this.#file(cited))?.lines;
  }

  #file(cited: string): Promise<{ path: string; lines: number } | undefined> {
    let known = this.#files.get(cited);
    if (!known) this.#files.set(cited, (known = lookUp(cited)));
    return known;
  }
}

async function lookUp(cited: string): Promise<{ path: string; lines: number } | undefined> {
  const path = await existingInside(cited.replaceAll('\\', '/'));
  if (path === undefined) return undefined;
  try {
    if ((await stat(path)).size > largest) return undefined;
    return { path, lines: (await readFile(path, 'utf8')).split(/\r\n|\r|\n/).length };
  } catch {
    return undefined;
  }
}
