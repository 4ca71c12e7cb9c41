/**
 * The repository as people know it, folders in folders, each with the tokens below it. Folders that hold nothing
 * but one folder are one step. What a newer version has replaced does not count; changed lines, which stand apart, do.
 * Larger ones come first, as they are drawn.
 */
import type { CacheMap } from '../../protocol';

export type MapFile = CacheMap['files'][number];

export interface MapNode {
  kind: 'folder' | 'file' | 'symbol' | 'rest';
  /** Unique in the map; of a folder or file its path, '' for the whole repository. */
  path: string;
  name: string;
  tokens: number;
  /** Share of the tokens that is held, in [0, 1]. */
  held: number;
  /** Below a folder. */
  files: number;
  pinned: boolean;
  /** The archive has all of it. */
  archived: boolean;
  /** Tokens that the last answer recalled from the archive. */
  recalled: number;
  /** First token in the sequence; of a folder that of its first file. */
  start: number;
  /** Of a symbol or rest: path of the file. */
  file?: string;
  /** Of a symbol, from 1, ends included. */
  lines?: { from: number; to: number };
  /** Of a symbol. */
  symbolKind?: string;
  children: MapNode[];
}

/** @param files as the map has them @param name of the repository */
export function fileTree(files: readonly MapFile[], name: string): MapNode {
  const root = folder('', name);
  const folders = new Map([['', root]]);
  const known = new Map<string, MapNode>();
  for (const file of files) {
    if (file.replaced || file.end <= file.start) continue;
    const before = known.get(file.path);
    if (before) {
      Object.assign(before, together(before, file));
      continue;
    }
    const cut = file.path.lastIndexOf('/');
    const node = leaf(file, cut);
    known.set(file.path, node);
    parentOf(folders, cut < 0 ? '' : file.path.slice(0, cut)).children.push(node);
  }
  return { ...summed(root), path: '', name };
}

/** The node of this path, or the nearest folder above it that is still there. */
export function nodeAt(root: MapNode, path: string): MapNode {
  let node = root;
  for (;;) {
    const next = node.children.find((child) => child.path === path || path.startsWith(`${child.path}/`));
    if (!next) return node;
    node = next;
  }
}

/** From the repository down to a path: what a person can go back to. */
export function wayTo(root: MapNode, path: string): MapNode[] {
  const way = [root];
  for (let node: MapNode | undefined = root; node;) {
    node = node.children.find((child) => child.path === path || path.startsWith(`${child.path}/`));
    if (node) way.push(node);
  }
  return way;
}

/** Files below a node (or its symbols), in the order in which they are drawn. */
export function leavesOf(node: MapNode): MapNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

/** The same with every folder of fewer tokens closed: it is one tile, to be looked into. */
export function closedBelow(node: MapNode, tokens: number): MapNode {
  const children = node.children.map((child) =>
    child.kind === 'folder' && child.tokens < tokens ? { ...child, children: [] } : closedBelow(child, tokens),
  );
  return { ...node, children };
}

/** A node with these children: tokens and shares are theirs. */
export function summed(node: MapNode): MapNode {
  if (node.kind !== 'folder') return node;
  const children = node.children.map(summed).toSorted((a, b) => b.tokens - a.tokens);
  const [only] = children;
  if (only?.kind === 'folder' && children.length === 1)
    return { ...only, name: node.path === '' ? only.name : `${node.name}/${only.name}` };
  const tokens = children.reduce((sum, child) => sum + child.tokens, 0);
  return {
    ...node,
    children,
    tokens,
    held: tokens === 0 ? 0 : children.reduce((sum, child) => sum + child.held * child.tokens, 0) / tokens,
    files: children.reduce((sum, child) => sum + child.files, 0),
    archived: children.length > 0 && children.every(({ archived }) => archived),
    recalled: children.reduce((sum, child) => sum + child.recalled, 0),
    start: Math.min(...children.map(({ start }) => start)),
  };
}

function parentOf(folders: Map<string, MapNode>, path: string): MapNode {
  const known = folders.get(path);
  if (known) return known;
  const cut = path.lastIndexOf('/');
  const node = folder(path, path.slice(cut + 1));
  folders.set(path, node);
  parentOf(folders, cut < 0 ? '' : path.slice(0, cut)).children.push(node);
  return node;
}

function folder(path: string, name: string): MapNode {
  return { kind: 'folder', path, name, tokens: 0, held: 0, files: 0, pinned: false, archived: false, recalled: 0, start: 0, children: [] };
}

/** A file and more of it. */
function together({ tokens, held }: MapNode, more: MapFile): Pick<MapNode, 'tokens' | 'held'> {
  const all = tokens + more.end - more.start;
  return { tokens: all, held: (held * tokens + more.held * (more.end - more.start)) / all };
}

function leaf({ path, start, end, held, pinned, archived, recalled = 0 }: MapFile, cut: number): MapNode {
  const name = path.slice(cut + 1);
  const marks = { pinned: pinned === true, archived: archived === true, recalled };
  return { kind: 'file', path, name, tokens: end - start, held, files: 1, ...marks, start, children: [] };
}
