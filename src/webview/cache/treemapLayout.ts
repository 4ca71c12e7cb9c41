/** Where the tiles lie: a squarified treemap, larger tiles first, with a head for the name of each folder. All sizes are CSS pixels. */
import { hierarchy, treemap } from 'd3-hierarchy';
import { closedBelow, type MapNode } from './mapTree';

export interface Size {
  width: number;
  height: number;
}

export interface Tile extends Size {
  node: MapNode;
  x: number;
  y: number;
}

/** Square pixels. A smaller folder would be mostly heads; it is one tile, until somebody looks into it. */
const leastFolder = 6000;
/** Of the picture, what heads and margins leave to tiles. */
const forTiles = 0.8;
const headHeight = 18;
/** Around what is in a folder. */
const margin = 2;

/** What of a map can be told apart in a picture of this size: small folders are closed. */
export function drawable(node: MapNode, { width, height }: Size): MapNode {
  const pixelsPerToken = (forTiles * Math.max(1, width * height)) / Math.max(1, node.tokens);
  return closedBelow(node, leastFolder / pixelsPerToken);
}

/**
 * @param node is the whole picture and has no head: the page's own way bar is that
 * @returns open folders before what is in them; tiles of one folder touch each other
 */
export function layOut(node: MapNode, { width, height }: Size): Tile[] {
  const root = hierarchy(node)
    .sum(({ children, tokens }) => (children.length === 0 ? tokens : 0))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const inside =
    (pixels: number) =>
    ({ depth }: { depth: number }) =>
      depth === 0 ? 0 : pixels;
  const layout = treemap<MapNode>()
    .size([width, height])
    .paddingTop(inside(headHeight))
    .paddingRight(inside(margin))
    .paddingBottom(inside(margin))
    .paddingLeft(inside(margin));
  const tiles = layout(root).descendants();
  return (tiles.length > 1 ? tiles.slice(1) : tiles).map(({ data, x0, y0, x1, y1 }) => ({
    ...{ node: data, x: x0, y: y0, width: x1 - x0, height: y1 - y0 },
  }));
}

/** The tile at a point; of a folder and a tile in it the one in it. */
export function tileAt<T extends Tile>(tiles: readonly T[], at: { x: number; y: number }): T | undefined {
  return tiles.findLast(({ x, y, width, height }) => at.x >= x && at.x < x + width && at.y >= y && at.y < y + height);
}
