/** What a tile looks like and what is written on it, as far as there is room. */
import { heldPercent } from './heldWords';
import type { Fill, Palette } from './palette';
import { layOut, type Size, type Tile } from './treemapLayout';

export interface MapLook {
  palette: Palette;
  /** Path of the tile that is chosen. */
  chosen: string | undefined;
  /** Of the whole picture, in CSS pixels. */
  size: Size;
}

export interface TileLook extends Tile {
  /** A folder with what is in it drawn on it. */
  isOpen: boolean;
  fill: Fill;
  /** Absent: the thin edge that every tile has. */
  border?: { color: string; width: number };
  /** The name, then the share that is held; a folder that is open has both in one line. */
  lines: string[];
  /** Colour of the lines; absent: there is no room for them. */
  ink?: string;
}

/** Pixels. A percentage that is cut would be another number, so a tile has room for `100%` or nothing is written on it. */
const leastWidth = 36;
export const lineHeight = 14;
const strong = 3;

/** @returns one for each tile, in the order in which they are drawn */
export function tileLooks(node: Tile['node'], { palette, chosen, size }: MapLook): TileLook[] {
  return layOut(node, size).map((tile) => ({ ...tile, ...look(tile, palette, chosen) }));
}

function look({ node, width, height }: Tile, palette: Palette, chosen: string | undefined): Omit<TileLook, keyof Tile> {
  const { kind, path, name, tokens, held, pinned, archived, recalled, children } = node;
  const percent = heldPercent(held, tokens);
  const hasRoom = width >= leastWidth && height >= lineHeight + 2;
  const border = path === chosen ? { color: palette.chosen, width: strong } : undefined;
  if (children.length > 0) {
    const lines = [`${name}  ${percent}`];
    return { isOpen: true, fill: palette.folder, ...(border ? { border } : {}), lines, ...(hasRoom ? { ink: palette.text } : {}) };
  }
  // A folder that is open shows which of its files it was.
  const lit = recalled > 0 ? { color: palette.lit, width: strong } : undefined;
  const edge = border ?? lit;
  const marks = `${pinned ? '\u25c6 ' : ''}${recalled > 0 ? '\u21ba ' : ''}`;
  return {
    isOpen: false,
    fill: palette.fill(held, tokens, archived),
    ...(edge ? { border: edge } : {}),
    lines: [`${marks}${name}${kind === 'folder' ? '/' : ''}`, ...(height < 2 * lineHeight + 4 ? [] : [percent])],
    ...(hasRoom ? { ink: palette.ink(held, tokens, archived) } : {}),
  };
}
