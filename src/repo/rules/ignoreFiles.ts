/**
 * Ignore files in `.gitignore` syntax, one in any folder, with git's order: the file nearest to a path decides, what is
 * below an excluded folder stays excluded. https://git-scm.com/docs/gitignore
 */
import { join, posix } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { ruleFile } from './ruleFile';

export interface IgnoreRules {
  /** @param path relative to the root of the rules, with forward slashes */
  ignores(path: string, isFolder: boolean): Promise<boolean>;
}

interface Folder {
  excluded: boolean;
  /** Of the ignore file in it. */
  own: Ignore | undefined;
}

/** The rules of one text; paths are relative to the folder that they apply to. */
export function rulesIn(text: string): Ignore {
  // As git has it on these systems by default (core.ignoreCase).
  return ignore({ ignorecase: process.platform !== 'linux', allowRelativePaths: true }).add(text);
}

export class IgnoreFiles implements IgnoreRules {
  private readonly folders = new Map<string, Promise<Folder>>();

  /**
   * @param root absolute path
   * @param name of the ignore files
   * @param beneath rules for the whole tree that count where no ignore file says anything, the strongest first
   */
  constructor(
    private readonly root: string,
    private readonly name: string,
    private readonly beneath: readonly Ignore[] = [],
  ) {}

  async ignores(path: string, isFolder: boolean): Promise<boolean> {
    const parent = parentOf(path);
    if ((await this.folder(parent)).excluded) return true;
    const shown = isFolder ? `${path}/` : path;
    for (let at: string | undefined = parent; at !== undefined; at = at === '' ? undefined : parentOf(at)) {
      const { own } = await this.folder(at);
      const said = own && verdictOf(own, at === '' ? shown : shown.slice(at.length + 1));
      if (said !== undefined) return said;
    }
    for (const rules of this.beneath) {
      const said = verdictOf(rules, shown);
      if (said !== undefined) return said;
    }
    return false;
  }

  private folder(path: string): Promise<Folder> {
    let known = this.folders.get(path);
    if (!known) {
      known = this.look(path);
      this.folders.set(path, known);
    }
    return known;
  }

  private async look(path: string): Promise<Folder> {
    if (path !== '' && (await this.ignores(path, true))) return { excluded: true, own: undefined };
    const text = await ruleFile(join(this.root, path, this.name));
    return { excluded: false, own: text === undefined ? undefined : rulesIn(text) };
  }
}

/** Undefined: nothing is said of the path. */
function verdictOf(rules: Ignore, path: string): boolean | undefined {
  const { ignored, unignored } = rules.test(path);
  return ignored ? true : unignored ? false : undefined;
}

/** '' is the root. */
function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === '.' ? '' : parent;
}
