/** A file opened up: its definitions as they lie in one another, and what belongs to none of them as a part of its own. */
import type { MappedSymbol } from '../../protocol';
import type { MapNode } from './mapTree';

/** @param rest names what belongs to a file or definition, but to none inside it @returns the file with its symbols as children, in their order */
export function withSymbols(file: MapNode, symbols: readonly MappedSymbol[], rest: (of: string) => string): MapNode {
  const root: MapNode = { ...file, children: [] };
  const open: { node: MapNode; end: number }[] = [{ node: root, end: file.start + file.tokens }];
  for (const symbol of symbols.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    while (open.length > 1 && (open.at(-1)?.end ?? 0) <= symbol.start) open.pop();
    const parent = open.at(-1);
    // Definitions that begin on one line share its tokens: the smaller one goes into the larger one.
    const end = Math.min(symbol.end, parent?.end ?? 0);
    if (!parent || end <= symbol.start) continue;
    const node = symbolNode(file, symbol, end);
    parent.node.children.push(node);
    open.push({ node, end });
  }
  return withRest(root, rest);
}

function symbolNode(file: MapNode, { name, kind, startLine, endLine, start, held }: MappedSymbol, end: number): MapNode {
  return {
    kind: 'symbol',
    path: `${file.path}:${startLine}-${endLine}#${name}`,
    name,
    file: file.path,
    tokens: end - start,
    held,
    files: 0,
    pinned: false,
    archived: file.archived,
    recalled: 0,
    start,
    lines: { from: startLine, to: endLine },
    symbolKind: kind,
    children: [],
  };
}

/** Parts take the place of their whole, so what they leave has to be a part as well. */
function withRest(node: MapNode, rest: (of: string) => string): MapNode {
  if (node.children.length === 0) return node;
  const children = node.children.map((child) => withRest(child, rest));
  const tokens = node.tokens - children.reduce((sum, child) => sum + child.tokens, 0);
  if (tokens <= 0) return { ...node, children };
  const left = node.held * node.tokens - children.reduce((sum, child) => sum + child.held * child.tokens, 0);
  const held = Math.min(1, Math.max(0, left / tokens));
  const what = { path: `${node.path}#`, name: rest(node.name), file: node.file ?? node.path };
  const others: MapNode = { ...node, ...what, kind: 'rest', tokens, held, recalled: 0, children: [] };
  return { ...node, children: [...children, others] };
}
