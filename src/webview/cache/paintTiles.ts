/** Draws the tiles onto a canvas, every edge on a pixel of the screen, so that it is sharp at every zoom. */
import { prepare } from './paint';
import type { Palette } from './palette';
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
    const { border, isOpen, fill } = tile;
    const x = snap(tile.x);
    const y = snap(tile.y);
    // What lies behind a tile shows as a thin line between it and the next one.
    const width = snap(tile.x + tile.width) - x - 1;
    const height = snap(tile.y + tile.height) - y - 1;
    if (width <= 0 || height <= 0) continue;
    // An edge would leave little of the fill of a small tile.
    const edge = border?.width ?? (Math.min(width, height) < leastEdged ? 0 : 1);
    context.fillStyle = border?.color ?? palette.edge;
    context.fillRect(x, y, width, height);
    if (width <= 2 * edge || height <= 2 * edge) continue;
    context.fillStyle = fill;
    context.fillRect(x + edge, y + edge, width - 2 * edge, height - 2 * edge);
    if (tile.ink === undefined) continue;
    context.fillStyle = tile.ink;
    write(context, tile, { x, y, width, height }, isOpen);
  }
}

/** In the middle of a tile; of an open folder at the left of its head. */
function write(
  context: CanvasRenderingContext2D,
  { lines }: TileLook,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  isHead: boolean,
): void {
  context.textAlign = isHead ? 'left' : 'center';
  const left = isHead ? x + beside : x + width / 2;
  const top = isHead ? y + lineHeight / 2 + 2 : y + height / 2 - ((lines.length - 1) * lineHeight) / 2;
  lines.forEach((line, i) => context.fillText(fitted(context, line, width - 2 * beside), left, top + i * lineHeight));
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
