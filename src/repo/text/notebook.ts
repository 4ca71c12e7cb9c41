/**
 * A Jupyter notebook as its cells, without outputs: code and prose are what a person wrote, and a picture in an output is
 * larger than all of it. Where the file holds each line of a cell on a line of its own, as Jupyter and VS Code write it,
 * that line keeps its number and everything else is an empty line; so a place in it is one in the file. Cells begin with
 * `# %%`, as in the scripts that notebooks are exported to.
 * Format: https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import { findNodeAtLocation, parseTree, type Node, type ParseError } from 'jsonc-parser';

interface Cell {
  kind: string;
  /** Offset of the cell in the file. */
  offset: number;
  /** Lines of its source, each with the offset of the string that it is in. */
  lines: { text: string; offset: number }[];
}

/**
 * @param text of the file, with line feeds
 * @returns undefined when it is no notebook of format 4
 */
export function notebookText(text: string): string | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  const nodes = root && findNodeAtLocation(root, ['cells'])?.children;
  if (!root || errors.length > 0 || !nodes || typeof valueOf(root, 'nbformat') !== 'number') return undefined;
  const cells = nodes.map(cellOf).filter((cell) => cell !== undefined);
  return inPlace(text, cells) ?? cells.map((cell) => [headOf(cell), ...cell.lines.map((line) => line.text), ''].join('\n')).join('\n');
}

function valueOf(node: Node, ...path: string[]): unknown {
  const found: unknown = findNodeAtLocation(node, path)?.value;
  return found;
}

function cellOf(node: Node): Cell | undefined {
  const kind = valueOf(node, 'cell_type');
  const source = findNodeAtLocation(node, ['source']);
  if (typeof kind !== 'string' || !source) return undefined;
  const strings = source.type === 'array' ? (source.children ?? []) : [source];
  const lines = strings.flatMap(({ value, offset }) => {
    const content: unknown = value;
    if (typeof content !== 'string') return [];
    return content
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((line) => ({ text: line, offset }));
  });
  return { kind, offset: node.offset, lines };
}

const headOf = ({ kind }: Cell): string => (kind === 'code' ? '# %%' : `# %% [${kind.replace(/[^a-z]/g, '')}]`);

/** Undefined when two lines of cells stand on one line of the file. */
function inPlace(text: string, cells: readonly Cell[]): string | undefined {
  const shown: string[] = [];
  let line = -1;
  let at = 0;
  for (const cell of cells)
    for (const part of [{ text: headOf(cell), offset: cell.offset }, ...cell.lines]) {
      const before = line;
      if (line < 0) line = 0;
      for (let end = text.indexOf('\n', at); end >= 0 && end < part.offset; end = text.indexOf('\n', at)) {
        at = end + 1;
        line++;
      }
      if (line <= before) return undefined;
      while (shown.length < line) shown.push('');
      shown.push(part.text);
    }
  return `${shown.join('\n')}\n`;
}
