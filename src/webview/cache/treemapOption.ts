/**
 * Policy: what ECharts is told: every tile with its colour and its words worked out here. Nothing moves by itself and
 * nothing zooms by itself, so a map that comes twice a second stays where it is.
 */
import type { EChartsCoreOption } from 'echarts/core';
import { share as asShare } from '../shared/words';
import type { MapNode } from './mapTree';
import type { Fill, Palette } from './palette';

export interface TreemapLook {
  palette: Palette;
  /** Path of the tile that is chosen. */
  chosen: string | undefined;
}

export interface Tile {
  id: string;
  name: string;
  value: number;
  itemStyle: { color: Fill; borderColor?: string; borderWidth?: number };
  label?: { color: string };
  children?: Tile[];
}

/** Square pixels: a smaller tile is not drawn, a smaller folder is drawn as one tile. */
const leastTile = 12;
const leastFolder = 600;
const headHeight = 18;

export function treemapOption(node: MapNode, { palette, chosen }: TreemapLook): EChartsCoreOption {
  const { text, border, background, font } = palette;
  return {
    animation: false,
    series: [
      {
        type: 'treemap',
        id: 'map',
        ...{ left: 0, top: 0, right: 0, bottom: 0, width: '100%', height: '100%' },
        ...{ roam: false, nodeClick: false, breadcrumb: { show: false } },
        ...{ visibleMin: leastTile, childrenVisibleMin: leastFolder },
        label: { fontFamily: font, fontSize: 11, position: ['50%', '50%'], align: 'center', verticalAlign: 'middle', lineHeight: 14 },
        upperLabel: { show: true, height: headHeight, fontFamily: font, fontSize: 11, color: text, padding: [0, 4] },
        itemStyle: { borderColor: border, borderWidth: 1, gapWidth: 1 },
        emphasis: { disabled: true },
        // The head of the whole is the page's own way bar.
        levels: [{ upperLabel: { show: false }, itemStyle: { borderWidth: 0, gapWidth: 2, borderColor: background } }],
        data: node.children.length > 0 ? node.children.map((child) => tile(child, palette, chosen)) : [tile(node, palette, chosen)],
      },
    ],
  };
}

function tile(node: MapNode, palette: Palette, chosen: string | undefined): Tile {
  const { path, name, tokens, held, pinned, children } = node;
  const isChosen = path === chosen ? { borderColor: palette.chosen, borderWidth: 3 } : {};
  const percent = asShare(held);
  if (children.length > 0)
    return {
      id: path,
      name: `${name}  ${percent}`,
      value: tokens,
      itemStyle: { color: palette.fill(held, tokens), ...isChosen },
      children: children.map((child) => tile(child, palette, chosen)),
    };
  return {
    id: path,
    name: `${pinned ? '\u25c6 ' : ''}${name}\n${percent}`,
    value: tokens,
    itemStyle: { color: palette.fill(held, tokens), ...isChosen },
    label: { color: palette.ink(held, tokens) },
  };
}
