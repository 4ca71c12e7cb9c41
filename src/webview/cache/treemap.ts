/**
 * The map as a thing on the page: it draws a tree and tells which tile was meant. For a screen reader it is a list of
 * which one entry, the chosen tile, is on the page: that has a name, and 5,000 elements would take longer to lay out than to paint.
 */
import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ThemeWatch } from '../shared/themeWatch';
import { leavesOf, type MapNode } from './mapTree';
import { paintTiles } from './paintTiles';
import { themePalette } from './themePalette';
import { tileLooks, type TileLook } from './tileLook';
import { drawable, tileAt, type Size } from './treemapLayout';

/** What happened to a tile. `pointed` without a node: the pointer left. */
export type TileEvent = CustomEvent<{ what: 'pointed' | 'chosen' | 'opened' | 'menu'; node?: MapNode }>;

@customElement('bonsai-treemap')
export class TreemapElement extends LitElement {
  @property({ attribute: false }) node: MapNode | undefined;
  @property({ attribute: false }) chosen: string | undefined;
  @property({ attribute: false }) label = '';
  /** What a screen reader says of the tile that is chosen. */
  @property({ attribute: false }) chosenLabel = '';
  /** Of the picture, once it is known. */
  @state() private size: Size | undefined;
  @state() private palette = themePalette();
  #drawn: MapNode | undefined;
  #tiles: TileLook[] = [];
  #under: MapNode | undefined;
  /** The pointer is on the map: a tile that moves away from under it is not the one that is clicked. */
  #pointed = false;
  #late = false;
  readonly #resize = new ResizeObserver(() => {
    const canvas = this.querySelector('canvas');
    if (!canvas) return;
    this.size = { width: canvas.clientWidth, height: canvas.clientHeight };
    // Its patterns are as sharp as the screen is.
    this.palette = themePalette();
  });

  constructor() {
    super();
    new ThemeWatch(this, () => (this.palette = themePalette()));
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#watchSize();
  }

  override disconnectedCallback(): void {
    this.#resize.disconnect();
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    this.#watchSize();
  }

  protected override render() {
    const tiles = this.#drawn ? leavesOf(this.#drawn) : [];
    const at = tiles.findIndex(({ path }) => path === this.chosen);
    return html`<div
      class="treemap"
      data-testid="map-tiles"
      role="listbox"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${at < 0 ? nothing : 'map-tile'}
      @keydown=${this.#key}
      @pointerenter=${() => (this.#pointed = true)}
      @pointermove=${this.#moved}
      @pointerleave=${this.#left}
      @click=${(event: MouseEvent) => this.#pressed('opened', event)}
      @contextmenu=${(event: MouseEvent) => {
        event.preventDefault();
        this.#pressed('menu', event);
      }}
    >
      <canvas aria-hidden="true"></canvas>
      ${
        at < 0
          ? nothing
          : html`<span
              id="map-tile"
              class="for-readers"
              role="option"
              aria-selected="true"
              aria-posinset=${at + 1}
              aria-setsize=${tiles.length}
              >${this.chosenLabel}</span
            >`
      }
    </div>`;
  }

  protected override willUpdate(changed: PropertyValues<this> & Map<'size' | 'palette', unknown>): void {
    const { node, size, palette, chosen } = this;
    if (!node || !size) return;
    const isNewLook = changed.has('chosen') || changed.has('size') || changed.has('palette');
    if (!isNewLook && !changed.has('node')) return;
    const isSameFolder = node.kind === 'folder' && node.path === this.#drawn?.path;
    this.#late = this.#pointed && isSameFolder && !isNewLook;
    if (this.#late) return;
    this.#drawn = drawable(node, size);
    this.#tiles = tileLooks(this.#drawn, { palette, chosen, size });
  }

  protected override updated(): void {
    const canvas = this.querySelector('canvas');
    if (canvas && this.size && !this.#late) paintTiles(canvas, this.#tiles, this.palette);
  }

  /** Also told when the page is zoomed or comes onto another screen. */
  #watchSize(): void {
    const canvas = this.querySelector('canvas');
    if (canvas) this.#resize.observe(canvas, { box: 'device-pixel-content-box' });
  }

  readonly #moved = (event: PointerEvent): void => {
    const node = this.#at(event);
    if (node === this.#under) return;
    this.#under = node;
    this.#tell('pointed', node);
  };

  readonly #left = (): void => {
    this.#pointed = false;
    this.#under = undefined;
    this.#tell('pointed');
    if (this.#late) this.requestUpdate('node');
  };

  #pressed(what: 'opened' | 'menu', event: MouseEvent): void {
    const node = this.#at(event);
    if (node) this.#tell(what, node);
  }

  #at({ offsetX, offsetY }: MouseEvent): MapNode | undefined {
    return tileAt(this.#tiles, { x: offsetX, y: offsetY })?.node;
  }

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
