/** The tree of the files with what the memory has of them: whole folders as sums, as deep and as long as was asked for. */
import type { MemoryFiles } from '../../protocol';
import { heldState } from '../../protocol/heldState';
import { counted } from '../../protocol/numbers';
import { BonsaiError } from '../../sidecar/errors';
import type { Look } from '../../sidecar/files/repositoryFiles';

export const memoryStates = ['held', 'thinned', 'recallable', 'gone', 'unread', 'unknown'] as const;
/** `unread`: not in memory. `unknown`: no model is loaded, so nobody can tell. The others as in protocol/heldState.ts. */
export type MemoryState = (typeof memoryStates)[number];

export interface Entry {
  /** Of a folder with a slash at its end. */
  path: string;
  kind: 'folder' | 'file';
  /** 0: what was asked for; 1: in it; and so on. */
  depth: number;
  /** In a folder, at any depth; 1 of a file. */
  files: number;
  lines: number;
  /** Files in each state; those that are 0 are left out. */
  memory: Partial<Record<MemoryState, number>>;
  /** Files whose text is another one than the memory has. */
  changed: number;
}

export interface Overview {
  entries: Entry[];
  /** Entries that were left out because there are too many. */
  left: number;
}

interface Node extends Entry {
  children: Map<string, Node>;
}

/**
 * @param memory of all files; undefined: no model is loaded
 * @param options.path a folder, '' for all
 * @throws BonsaiError `bad-request` when there is no such folder
 */
export function overviewOf(
  { files }: Pick<Look, 'files'>,
  memory: MemoryFiles['files'] | undefined,
  { path, depth, limit }: { path: string; depth: number; limit: number },
): Overview {
  const held = memory && new Map(memory.map((file) => [file.path, file]));
  const folder = path.replace(/^(?:\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
  const prefix = folder === '' ? '' : `${folder}/`;
  const root = node(prefix === '' ? './' : prefix, 'folder', 0);
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue;
    const parts = file.path.slice(prefix.length).split('/');
    const known = held?.get(file.path);
    const state: MemoryState = !held ? 'unknown' : known ? heldState(known.held, known.tokens, known.archived) : 'unread';
    const changed = known !== undefined && known.hash !== file.hash ? 1 : 0;
    let at = root;
    count(at, file.lines, state, changed);
    for (const [i, name] of parts.entries()) {
      const isFile = i === parts.length - 1;
      const key = isFile ? name : `${name}/`;
      let next = at.children.get(key);
      if (!next) at.children.set(key, (next = node(`${at === root ? prefix : at.path}${key}`, isFile ? 'file' : 'folder', i + 1)));
      at = next;
      count(at, file.lines, state, changed);
    }
  }
  if (root.files === 0 && prefix !== '')
    throw new BonsaiError('bad-request', `There is no folder ${folder} with files that are read. Leave path out to see all of them.`);
  const all = [...inOrder(root, depth)];
  const entries = all
    .slice(0, limit)
    .map(({ path, kind, depth, files, lines, memory, changed }) => ({ path, kind, depth, files, lines, memory, changed }));
  return { entries, left: all.length - entries.length };
}

function node(path: string, kind: Entry['kind'], depth: number): Node {
  return { path, kind, depth, files: 0, lines: 0, memory: {}, changed: 0, children: new Map() };
}

function count(entry: Entry, lines: number, state: MemoryState, changed: number): void {
  entry.files++;
  entry.lines += lines;
  entry.memory[state] = (entry.memory[state] ?? 0) + 1;
  entry.changed += changed;
}

/** Folders before files, each by its name. */
function* inOrder(at: Node, depth: number): Generator<Node> {
  yield at;
  if (depth === 0) return;
  const children = [...at.children.values()].toSorted((a, b) =>
    a.kind === b.kind ? (a.path < b.path ? -1 : 1) : a.kind === 'folder' ? -1 : 1,
  );
  for (const child of children) yield* inOrder(child, depth - 1);
}

/** One line for each entry, deeper ones further in. */
export function overviewLines({ entries, left }: Overview): string[] {
  const lines = entries.map(({ path, kind, depth, files, lines, memory, changed }) => {
    const states = memoryStates
      .filter((state) => memory[state])
      .map((state) => (kind === 'file' ? state : `${memory[state] ?? 0} ${state}`));
    const size = kind === 'file' ? counted(lines, 'line') : `${counted(files, 'file')}, ${counted(lines, 'line')}`;
    const news = changed === 0 ? [] : [kind === 'file' ? 'changed since' : `${changed} changed since`];
    const name = depth === 0 ? path : (/[^/]+\/?$/.exec(path)?.[0] ?? path);
    return `${'  '.repeat(depth)}${name}  ${[size, ...states, ...news].join(', ')}`;
  });
  return left === 0
    ? lines
    : [...lines, `… and ${counted(left, 'entry', 'entries')} more: ask for one folder (path), less deep (depth), or more of them (limit).`];
}
