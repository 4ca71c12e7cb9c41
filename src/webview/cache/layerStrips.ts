/** Layers down, tokens from left to right: a strip for every layer, what it got beside it, and a table that says the same. */
import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { CacheMap } from '../../protocol';
import { ThemeWatch } from '../shared/themeWatch';
import { send } from '../shared/vscodeApi';
import { exactCount } from '../../protocol/numbers';
import { share as asShare, words, type Strings } from '../shared/words';
import { fileAt, HeldShare, tenths, type Layer } from './geometry';
import { layerReasons, layerShares, type LayerShare } from './layerShare';
import { currentTheme, paintLegend, paintRuler, paintStrip } from './paint';
import { sharingView } from './sharingView';

interface Row {
  layer: Layer;
  got: LayerShare;
  why: string;
  share: HeldShare;
  tenths: number[];
}

@customElement('bonsai-layers')
export class LayersElement extends LitElement {
  @property({ attribute: false }) map: CacheMap | undefined;
  @property({ attribute: false }) strings: Strings = {};
  @state() private hovered = '';
  #rows: Row[] = [];
  readonly #resize = new ResizeObserver(() => this.#paint());

  constructor() {
    super();
    new ThemeWatch(this, () => this.#paint());
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    this.#resize.disconnect();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('map') || !this.map) return;
    const { starts, tokens, layers, sharing } = this.map;
    const got = layerShares(layers);
    const reasons = layerReasons(layers, sharing, this.strings);
    this.#rows = layers.map((layer, i) => {
      const share = new HeldShare(starts, tokens, layer.held);
      return { layer, got: got[i] ?? { class: 'mean', times: 1 }, why: reasons[i] ?? '', share, tenths: tenths(share, tokens) };
    });
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('map')) this.#paint();
  }

  protected override render() {
    const { map, strings } = this;
    if (!map) return nothing;
    return html`<h2>${strings['layersTitle']}</h2>
      ${sharingView(map.sharing, strings)}
      <p class="hint">
        ${strings['hint']} <span class="legend">0% <canvas class="legend-bar" aria-hidden="true"></canvas> 100%</span>
      </p>
      <section class="strips" aria-label=${strings['strips'] ?? ''}>
        <div class="strip-row">
          <span class="strip-name"></span>
          <canvas class="ruler" aria-hidden="true"></canvas>
        </div>
        ${this.#rows.map((row) => this.#strip(row, map))}
      </section>
      <p class="hovered" data-testid="cache-hover">${this.hovered || '\u00a0'}</p>
      <details>
        <summary data-testid="cache-table-toggle">${strings['layersTable']}</summary>
        ${this.#table()}
      </details>`;
  }

  #strip(row: Row, map: CacheMap) {
    const { layer, budget, kept } = row.layer;
    const { strings } = this;
    const label = words(
      strings,
      'layerLabel',
      layer,
      exactCount(kept),
      exactCount(budget),
      this.#got(row),
      row.tenths.map(asShare).join(', '),
    );
    return html`<div
      class="strip-row"
      data-testid="cache-layer"
      data-layer=${layer}
      data-budget=${budget}
      data-kept=${kept}
      data-class=${row.got.class}
      data-why=${row.why}
    >
      <span class="strip-name" title=${[this.#got(row), row.why].join('; ')}
        >${layer} <small>×${row.got.times.toFixed(2)} · ${exactCount(kept)} / ${exactCount(budget)}</small></span
      >
      <canvas
        class="strip"
        data-testid="cache-strip"
        role="img"
        aria-label=${label}
        @pointermove=${(event: PointerEvent) => this.#hover(event, row, map)}
        @pointerleave=${() => {
          this.hovered = '';
        }}
        @click=${(event: MouseEvent) => this.#open(event, map)}
      ></canvas>
    </div>`;
  }

  /** As in "squeezed, 0.61 times the mean budget". */
  #got({ got }: Row): string {
    return words(this.strings, got.class, got.times.toFixed(2));
  }

  #table() {
    const { strings } = this;
    const edges = Array.from({ length: 10 }, (_, tenth) => words(strings, 'tenth', tenth * 10, (tenth + 1) * 10));
    const heads = [strings['layer'], strings['budget'], strings['share'], strings['why'], strings['kept'], ...edges];
    return html`<table data-testid="cache-table">
      <caption>
        ${strings['tenths']}
      </caption>
      <thead>
        <tr>
          ${heads.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${this.#rows.map(
          (row) =>
            html`<tr>
              <th scope="row">${row.layer.layer}</th>
              <td>${exactCount(row.layer.budget)}</td>
              <td>${this.#got(row)}</td>
              <td class="words">${row.why}</td>
              <td>${exactCount(row.layer.kept)}</td>
              ${row.tenths.map((value) => html`<td>${asShare(value)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #hover(event: PointerEvent, row: Row, map: CacheMap): void {
    const { token, span } = this.#place(event, map);
    const from = Math.max(0, Math.floor(token - span / 2));
    const to = Math.min(map.tokens, Math.ceil(token + span / 2));
    const where = fileAt(map.files, token);
    const line = words(this.strings, 'hover', row.layer.layer, exactCount(from), exactCount(to), asShare(row.share.between(from, to)));
    this.hovered = [line, where?.path, where?.replaced ? this.strings['replaced'] : undefined].filter(Boolean).join(' · ');
  }

  #open(event: MouseEvent, map: CacheMap): void {
    const file = fileAt(map.files, this.#place(event, map).token);
    if (file) send({ type: 'open', path: file.path });
  }

  /** The token under the pointer, and how many tokens a few pixels are. */
  #place(event: MouseEvent, map: CacheMap): { token: number; span: number } {
    const width = event.currentTarget instanceof HTMLElement ? event.currentTarget.clientWidth : 1;
    const perPixel = map.tokens / Math.max(1, width);
    return { token: Math.min(map.tokens - 1, Math.max(0, event.offsetX * perPixel)), span: Math.max(1, perPixel * 4) };
  }

  #paint(): void {
    const { map } = this;
    if (!map) return;
    const theme = currentTheme();
    const strips = this.querySelectorAll<HTMLCanvasElement>('canvas.strip');
    this.#rows.forEach((row, index) => {
      const canvas = strips[index];
      if (canvas) paintStrip(canvas, row.share, map.tokens, map.files, theme);
    });
    const ruler = this.querySelector<HTMLCanvasElement>('canvas.ruler');
    if (ruler) paintRuler(ruler, map.tokens, map.files, theme);
    const legend = this.querySelector<HTMLCanvasElement>('canvas.legend-bar');
    if (legend) paintLegend(legend, theme);
  }
}
