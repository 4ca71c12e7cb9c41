/** Draws the tiles onto a canvas, every edge on a pixel of the screen, so that it is sharp at every zoom. */
import { prepare } from './paint';
import type { Fill, Palette } from './palette';
import { lineHeight, type TileLook } from './tileLook';

/** CSS pixels. */
const fontSize = 11;
const beside = 4;
const leastEdged = 8;

export function paintTiles(canvas: HTMLCanvasElement, tiles: readonly TileLook[], palette: Palette): void {
  const ready = prepare(canvas);
  if (!ready) return;
  const { context } = ready;
  const ratio = context.getTransform().a;
  const snap = (length: number) => Math.round(length * ratio) / ratio;
  context.font = `${fontSize}px ${palette.font}`;
  context.textBaseline = 'middle';
  for (const tile of tiles) {
    const x = snap(tile.x);
    const y = snap(tile.y);
    // What lies behind a tile shows as a thin line between it and the next one.
    const box = { x, y, width: snap(tile.x + tile.width) - x - 1, height: snap(tile.y + tile.height) - y - 1 };
    // An edge would leave little of the fill of a small tile.
    const edges = Math.min(box.width, box.height) < leastEdged ? [] : [{ color: palette.edge, width: 1 }];
    let inside = box;
    for (const { color, width } of tile.rings.length > 0 ? tile.rings : edges) {
      fillBox(context, inside, color);
      inside = within(inside, width);
    }
    fillBox(context, inside, tile.fill);
    if (tile.written) write(context, box, tile.lines, tile.written, tile.isOpen);
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const within = ({ x, y, width, height }: Box, by: number): Box => ({
  ...{ x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by },
});

function fillBox(context: CanvasRenderingContext2D, { x, y, width, height }: Box, fill: Fill): void {
  if (width <= 0 || height <= 0) return;
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
}

/** In the middle of a tile, without its pattern behind the letters; of an open folder at the left of its head. */
function write(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  lines: readonly string[],
  { ink, behind }: NonNullable<TileLook['written']>,
  isHead: boolean,
): void {
  context.textAlign = isHead ? 'left' : 'center';
  const left = isHead ? x + beside : x + width / 2;
  const top = isHead ? y + lineHeight / 2 + 2 : y + height / 2 - ((lines.length - 1) * lineHeight) / 2;
  for (const [i, line] of lines.entries()) {
    const text = fitted(context, line, width - 2 * beside);
    const middle = top + i * lineHeight;
    const long = context.measureText(text).width;
    if (!isHead) fillBox(context, { x: left - long / 2 - 2, y: middle - lineHeight / 2, width: long + 4, height: lineHeight }, behind);
    context.fillStyle = ink;
    context.fillText(text, left, middle);
  }
}

/** As much of a text as fits, with dots for the rest. @param width CSS pixels */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return `${text.slice(0, fits)}…`;
}
