/**
 * Where an infill of several lines leaves what it was begun for. In the middle of a line that is the statement which this
 * line begins; on an empty line it is the block around it, in which statements may follow one another. Read off the tree of the
 * whole text, so brackets in strings, blocks without brackets and whatever stands behind the cursor are what they are.
 */
import type { Node } from '@vscode/tree-sitter-wasm';

export interface InfillEnd {
  /** Offset in the text, at the end of a line, after which nothing belongs to it any more; absent: all of it does. */
  end?: number;
  /** It has closed the block that it was begun in. */
  closed: boolean;
}

/** Goes on with what stands on the line above: a chain of calls, an operator, the other cases of a condition. */
const goesOn = /^\s*(?:[.?:,&|+*/=<>-]|\)|\])/;
/** Where blocks have no brackets of their own, they begin with their first statement. */
const statements = new Set(['block', 'statement_list', 'body_statement', 'block_body', 'then']);

/**
 * @param text the file, the infill in its place
 * @param from offset of the infill; @param to of what follows it
 */
export function infillEnd(root: Node, text: string, from: number, to: number): InfillEnd {
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const written = text.slice(lineStart, from).trim() !== '';
  const begun = written ? statementOnLine(root, text, lineStart, from) : undefined;
  if (begun && begun.endIndex > from) return leaving(whole(begun, root, text, to), text, to, false);
  const block = blockAround(root, lineStart, from);
  if (!block || block.endIndex <= from) return { closed: false };
  return leaving(block, text, to, !written && block.endIndex <= to && isCloser(block.lastChild));
}

function leaving(node: Node, text: string, to: number, closed: boolean): InfillEnd {
  if (node.isError || node.endIndex >= to) return { closed: closed && !node.isError };
  const lineEnd = text.indexOf('\n', node.endIndex);
  return lineEnd < 0 || lineEnd >= to || text.slice(lineEnd, to).trim() === '' ? { closed } : { end: lineEnd, closed };
}

/** The largest part of the tree that begins on the line and reaches to the cursor. */
function statementOnLine(root: Node, text: string, lineStart: number, from: number): Node | undefined {
  const lastWritten = lineStart + text.slice(lineStart, from).trimEnd().length - 1;
  let found: Node | undefined;
  for (let node = root.descendantForIndex(lastWritten); node && node.startIndex >= lineStart && node.id !== root.id; node = node.parent) {
    if (found?.isNamed && node.startIndex === found.startIndex && statements.has(node.type)) break;
    found = node;
  }
  return found;
}

/** With what the next lines add to it. */
function whole(node: Node, root: Node, text: string, to: number): Node {
  let grown = node;
  while (grown.endIndex < to && goesOn.test(text.slice(grown.endIndex, to).replace(/^[^\n]*\n\s*/, ''))) {
    const { parent } = grown;
    if (!parent || parent.id === root.id) break;
    grown = parent;
  }
  return grown;
}

/** The smallest part of the tree around the cursor that began on an earlier line; with its last word, where that stands beside it. */
function blockAround(root: Node, lineStart: number, from: number): Node | undefined {
  let node = root.descendantForIndex(from);
  while (node && node.startIndex >= lineStart) node = node.parent;
  if (!node || node.id === root.id) return undefined;
  const { parent } = node;
  const last = parent?.lastChild;
  return parent && parent.id !== root.id && last && last.id !== node.id && isCloser(last) ? parent : node;
}

const isCloser = (node: Node | null): boolean => node !== null && !node.isNamed && !node.isMissing && node.endIndex > node.startIndex;
