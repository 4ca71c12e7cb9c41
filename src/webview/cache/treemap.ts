/**
 * The one place that knows ECharts as a thing on the page: it draws a tree and tells which tile was meant. It has
 * keys of its own, so it is an application for screen readers; the tile that is chosen is said in the line below it.
 */
import { TreemapChart } from 'echarts/charts';
import { init, use, type EChartsType } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer } from 'echarts/renderers';
import { html, LitElement, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ThemeWatch } from '../shared/themeWatch';
import { leavesOf, type MapNode } from './mapTree';
import { themePalette } from './themePalette';
import { drawable, treemapOption } from './treemapOption';

use([TreemapChart, LabelLayout, CanvasRenderer]);

/** What happened to a tile. `pointed` without a node: the pointer left. */
export type TileEvent = CustomEvent<{ what: 'pointed' | 'chosen' | 'opened' | 'menu'; node?: MapNode }>;

@customElement('bonsai-treemap')
export class TreemapElement extends LitElement {
  @property({ attribute: false }) node: MapNode | undefined;
  @property({ attribute: false }) chosen: string | undefined;
  @property({ attribute: false }) label = '';
  #chart: EChartsType | undefined;
  #drawn: MapNode | undefined;
  #nodes = new Map<string, MapNode>();
  /** The pointer is on the map: a tile that moves away from under it is not the one that is clicked. */
  #pointed = false;
  #late = false;
  #palette = themePalette();
  readonly #resize = new ResizeObserver(() => {
    this.#chart?.resize();
    this.#draw();
  });

  constructor() {
    super();
    new ThemeWatch(this, () => {
      this.#palette = themePalette();
      this.#draw();
    });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    this.#resize.disconnect();
    this.#chart?.dispose();
    this.#chart = undefined;
    super.disconnectedCallback();
  }

  protected override render() {
    return html`<div
      class="treemap"
      data-testid="map-tiles"
      role="application"
      tabindex="0"
      aria-label=${this.label}
      aria-describedby="map-chosen"
      @keydown=${this.#key}
      @pointerenter=${() => (this.#pointed = true)}
      @pointerleave=${this.#left}
      @contextmenu=${(event: Event) => event.preventDefault()}
    ></div>`;
  }

  protected override updated(changed: PropertyValues): void {
    const sameFolder = this.node?.kind === 'folder' && this.node.path === this.#drawn?.path;
    if (this.#pointed && sameFolder && !changed.has('chosen')) this.#late ||= changed.has('node');
    else if (changed.has('node') || changed.has('chosen')) this.#draw();
  }

  #draw(): void {
    const host = this.querySelector<HTMLElement>('.treemap');
    this.#late = false;
    if (!host || !this.node) return;
    this.#chart ??= this.#create(host);
    const size = { width: this.#chart.getWidth(), height: this.#chart.getHeight() };
    this.#drawn = drawable(this.node, size);
    this.#nodes = new Map();
    collect(this.#drawn, this.#nodes);
    this.#chart.setOption(treemapOption(this.#drawn, { palette: this.#palette, chosen: this.chosen, size }));
  }

  #create(host: HTMLElement): EChartsType {
    const chart = init(host, null, { renderer: 'canvas' });
    this.#resize.observe(host);
    const on = (event: string, what: TileEvent['detail']['what']) =>
      chart.on(event, (about: unknown) => {
        const node = this.#nodes.get(idOf(about) ?? '');
        if (node) this.#tell(what, node);
      });
    on('mouseover', 'pointed');
    on('click', 'opened');
    on('contextmenu', 'menu');
    chart.on('globalout', () => this.#tell('pointed'));
    return chart;
  }

  readonly #left = (): void => {
    this.#pointed = false;
    if (this.#late) this.#draw();
  };

  #tell(what: TileEvent['detail']['what'], node?: MapNode): void {
    this.dispatchEvent(new CustomEvent('tile', { detail: { what, ...(node ? { node } : {}) } }) satisfies TileEvent);
  }

  /** Left and right go through the tiles, Enter opens, the menu key goes to what can be done. */
  readonly #key = (event: KeyboardEvent): void => {
    if (!this.#drawn) return;
    const tiles = leavesOf(this.#drawn);
    const at = tiles.findIndex(({ path }) => path === this.chosen);
    const chosen = tiles[at];
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) this.#tell('chosen', at < 0 ? tiles[0] : tiles[Math.min(tiles.length - 1, Math.max(0, at + step))]);
    else if (event.key === 'Home') this.#tell('chosen', tiles[0]);
    else if (event.key === 'End') this.#tell('chosen', tiles.at(-1));
    else if (event.key === 'Enter' && chosen) this.#tell('opened', chosen);
    else if ((event.key === 'ContextMenu' || event.key === ' ') && chosen) this.#tell('menu', chosen);
    else return;
    event.preventDefault();
  };
}

function collect(node: MapNode, into: Map<string, MapNode>): void {
  into.set(node.path, node);
  for (const child of node.children) collect(child, into);
}

/** Of the tile that an event of ECharts is about. */
function idOf(about: unknown): string | undefined {
  if (typeof about !== 'object' || about === null || !('data' in about)) return undefined;
  const { data } = about;
  return typeof data === 'object' && data !== null && 'id' in data && typeof data.id === 'string' ? data.id : undefined;
}
