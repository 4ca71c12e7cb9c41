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
  /** Around the fill, from the outside in; none: the thin edge that every tile has. */
  rings: { color: string; width: number }[];
  /** The name, then the share that is held; a folder that is open has both in one line. */
  lines: string[];
  /** Colours of the lines and of what is behind them; absent: there is no room for them. */
  written?: { ink: string; behind: string };
}

/** Pixels. A percentage that is cut would be another number, so a tile has room for `100%` or nothing is written on it. */
const leastWidth = 36;
export const lineHeight = 14;

/** @returns one for each tile, in the order in which they are drawn */
export function tileLooks(node: Tile['node'], { palette, chosen, size }: MapLook): TileLook[] {
  return layOut(node, size).map((tile) => ({ ...tile, ...look(tile, palette, chosen) }));
}

function look({ node, width, height }: Tile, palette: Palette, chosen: string | undefined): Omit<TileLook, keyof Tile> {
  const { kind, path, name, tokens, held, pinned, archived, recalled, children } = node;
  const percent = heldPercent(held, tokens);
  const hasRoom = width >= leastWidth && height >= lineHeight + 2;
  // The line inside tells a chosen tile from a lit one where a theme gives both the same colour.
  const isChosen = path === chosen ? [ring(palette.chosen), { color: palette.text, width: 1 }] : [];
  if (children.length > 0) {
    const written = { ink: palette.text, behind: palette.folder };
    return { isOpen: true, fill: palette.folder, rings: isChosen, lines: [`${name}  ${percent}`], ...(hasRoom ? { written } : {}) };
  }
  // A folder that is open shows which of its files it was.
  const isLit = recalled > 0 ? [ring(palette.lit)] : [];
  const marks = `${pinned ? '\u25c6 ' : ''}${recalled > 0 ? '\u21ba ' : ''}`;
  const written = { ink: palette.ink(held, tokens, archived), behind: palette.plain(held, tokens, archived) };
  return {
    isOpen: false,
    fill: palette.fill(held, tokens, archived),
    rings: [...isChosen, ...isLit],
    lines: [`${marks}${name}${kind === 'folder' ? '/' : ''}`, ...(height < 2 * lineHeight + 4 ? [] : [percent])],
    ...(hasRoom ? { written } : {}),
  };
}

const ring = (color: string) => ({ color, width: 3 });
