/**
 * What ECharts is told: every tile with its colour and its words worked out here. Nothing moves by itself and
 * nothing zooms by itself, so a map that comes twice a second stays where it is.
 */
import { heldPercent } from './heldWords';
import type { EChartsCoreOption } from 'echarts/core';
import { closedBelow, type MapNode } from './mapTree';
import type { Fill, Palette } from './palette';

export interface TreemapLook {
  palette: Palette;
  /** Path of the tile that is chosen. */
  chosen: string | undefined;
  /** Of the whole picture, in CSS pixels. */
  size: { width: number; height: number };
}

export interface Tile {
  id: string;
  name: string;
  value: number;
  itemStyle: { color: Fill; borderColor?: string; borderWidth?: number };
  label?: { color: string } | { show: false };
  children?: Tile[];
}

/** Square pixels: a smaller tile is not drawn. */
const leastTile = 12;
/** A smaller folder would be mostly heads; it is one tile, until somebody looks into it. */
const leastFolder = 6000;
/** A tile needs so many for its name, and for a second line with its percentage. */
const leastNamed = 1600;
const leastCounted = 3400;
/** Pixels that `100%` takes: cut, a percentage would be another number. */
const leastWidth = 36;
/** Pixels; outside of every picture. */
const away = -1000;
/** Of the picture, what heads and gaps leave to tiles. */
const forTiles = 0.8;
const headHeight = 18;

export function treemapOption(node: MapNode, look: TreemapLook): EChartsCoreOption {
  const { palette, size } = look;
  const { text, edge, background, font } = palette;
  const perToken = pixelsPerToken(node, size);
  const shown = node.children.length > 0 ? node.children : [node];
  return {
    series: [
      {
        type: 'treemap',
        id: 'map',
        animation: false,
        ...{ left: 0, top: 0, right: 0, bottom: 0, width: '100%', height: '100%' },
        ...{ roam: false, nodeClick: false, breadcrumb: { show: false } },
        visibleMin: leastTile,
        label: { fontFamily: font, fontSize: 11, position: ['50%', '50%'], align: 'center', verticalAlign: 'middle', lineHeight: 14 },
        labelLayout: ({ rect }: { rect: { width: number } }) => (rect.width < leastWidth ? { x: away } : {}),
        upperLabel: { show: true, height: headHeight, fontFamily: font, fontSize: 11, color: text, padding: [0, 4] },
        itemStyle: { borderColor: edge, borderWidth: 1, gapWidth: 1 },
        emphasis: { disabled: true },
        // The head of the whole is the page's own way bar.
        levels: [{ upperLabel: { show: false }, itemStyle: { borderWidth: 0, gapWidth: 2, borderColor: background } }],
        data: shown.map((child) => tile(child, look, perToken)),
      },
    ],
  };
}

/** What of a map can be told apart in a picture of this size: small folders are closed. */
export function drawable(node: MapNode, size: TreemapLook['size']): MapNode {
  return closedBelow(node, leastFolder / pixelsPerToken(node, size));
}

/** Square pixels. */
function pixelsPerToken({ tokens }: MapNode, { width, height }: TreemapLook['size']): number {
  return (forTiles * Math.max(1, width * height)) / Math.max(1, tokens);
}

/** @param perToken square pixels */
function tile(node: MapNode, look: TreemapLook, perToken: number): Tile {
  const { kind, path, name, tokens, held, pinned, archived, recalled, children } = node;
  const { palette, chosen } = look;
  const percent = heldPercent(held, tokens);
  const color = palette.fill(held, tokens, archived);
  // A folder that is open shows which of its files it was.
  const isLit = recalled > 0 && children.length === 0 ? { borderColor: palette.lit, borderWidth: 3 } : {};
  const isChosen = path === chosen ? { borderColor: palette.chosen, borderWidth: 3 } : isLit;
  if (children.length > 0)
    return {
      ...{ id: path, name: `${name}  ${percent}`, value: tokens },
      itemStyle: { color, borderColor: palette.folder, ...isChosen },
      children: children.map((child) => tile(child, look, perToken)),
    };
  const area = tokens * perToken;
  return {
    ...{ id: path, value: tokens },
    name: `${pinned ? '\u25c6 ' : ''}${recalled > 0 ? '\u21ba ' : ''}${name}${kind === 'folder' ? '/' : ''}${area < leastCounted ? '' : `\n${percent}`}`,
    itemStyle: { color, ...isChosen },
    label: area < leastNamed ? { show: false } : { color: palette.ink(held, tokens, archived) },
  };
}
