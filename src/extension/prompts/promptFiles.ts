/**
 * The prompt files of all workspace folders, read when they are needed, at most once a second: they are few and
 * small, and the editor tells of changes only when it comes to it. Only in a trusted workspace, and none that leads out of it.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../protocol/messageOf';
import { builtInCommands } from '../languageModel/slashCommands';
import { existingInside } from '../util/openLink';
import type { Translate } from '../util/text';
import type { PromptSource } from './commands';
import type { Prompt, RefusedPrompt } from './promptFile';
import { largestPrompt, tooLarge } from './promptLimits';

export const promptFolder = '.bonsai/prompts';
/** Files of a folder that are looked at. */
const mostFiles = 100;
/** Milliseconds. */
const fresh = 1000;

export class PromptFiles implements PromptSource {
  #known: { at: number; all: Promise<(Prompt | RefusedPrompt)[]> } | undefined;

  constructor(private readonly t: Translate) {}

  read(): Promise<readonly (Prompt | RefusedPrompt)[]> {
    const now = performance.now();
    if (!this.#known || now - this.#known.at > fresh) this.#known = { at: now, all: this.#readAll() };
    return this.#known.all;
  }

  async #readAll(): Promise<(Prompt | RefusedPrompt)[]> {
    if (!vscode.workspace.isTrusted) return [];
    const all: (Prompt | RefusedPrompt)[] = [];
    const taken = builtInCommands(this.t).map(({ name }) => name);
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== 'file') continue;
      const folder = join(uri.fsPath, promptFolder);
      const names = await readdir(folder).catch(() => []);
      for (const name of names
        .filter((each) => /\.md$/i.test(each))
        .sort()
        .slice(0, mostFiles)) {
        const prompt = await this.#readOne(join(folder, name), name, taken);
        if (!prompt) continue;
        all.push(prompt);
        taken.push(prompt.name);
      }
    }
    return all;
  }

  async #readOne(path: string, name: string, taken: readonly string[]): Promise<Prompt | RefusedPrompt | undefined> {
    const refuse = (refused: string) => ({ name: name.replace(/\.md$/i, ''), refused });
    try {
      if ((await existingInside(path)) === undefined) return refuse(this.t('{0} leads out of the workspace, so it is not read.', name));
      const info = await stat(path);
      if (!info.isFile()) return undefined;
      if (info.size > largestPrompt) return refuse(tooLarge(name, this.t));
      // With its YAML parser it would lengthen every start of the editor.
      const { parsePromptFile } = await import('./promptFile');
      return parsePromptFile(name, await readFile(path, 'utf8'), taken, this.t);
    } catch (error) {
      return refuse(this.t('{0} cannot be read: {1}.', name, messageOf(error)));
    }
  }
}
