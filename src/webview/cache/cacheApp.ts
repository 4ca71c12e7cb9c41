/** Policy: the same facts twice: a picture for the eye and a table for everyone; both from one map of the engine. */
import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { CacheMap, Status, ToCache } from '../../protocol';
import { send } from '../shared/vscodeApi';
import { bytes, exact, share as asShare, words, type Strings } from '../shared/words';
import { fileAt, HeldShare, tenths, type FileSpan, type Layer } from './geometry';
import { currentTheme, paintLegend, paintRuler, paintStrip } from './paint';

interface Row {
  layer: Layer;
  share: HeldShare;
  tenths: number[];
}

@customElement('bonsai-cache')
export class CacheElement extends LitElement {
  @state() private map: CacheMap | undefined;
  @state() private status: Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
  @state() private strings: Strings = {};
  @state() private hovered = '';
  #rows: Row[] = [];
  readonly #resize = new ResizeObserver(() => this.#paint());
  /** VS Code marks a change of theme on the page's own elements. */
  readonly #theme = new MutationObserver(() => this.#paint());

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('message', this.#received);
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    this.#theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    this.#resize.observe(this);
    send({ type: 'ready' });
  }

  override disconnectedCallback(): void {
    window.removeEventListener('message', this.#received);
    this.#theme.disconnect();
    this.#resize.disconnect();
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('map')) this.#paint();
  }

  protected override render() {
    const { map, strings } = this;
    if (!map) return this.#empty();
    return html`<main data-state=${this.status.state}>
      <h1>${strings['title']}</h1>
      ${this.#facts(map)} ${this.status.model?.engine === 'stock' ? html`<p class="hint">${strings['stock']}</p>` : nothing}
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
        <summary data-testid="cache-table-toggle">${strings['table']}</summary>
        ${this.#table(map)}
      </details>
    </main>`;
  }

  #empty() {
    const { strings, status } = this;
    if (!strings['title']) return nothing;
    const text =
      status.state === 'failed'
        ? words(strings, 'emptyFailed', status.message ?? '')
        : strings[status.model ? 'emptyNothing' : 'emptyNoModel'];
    return html`<main class="empty" data-state=${status.state}>
      <h1>${strings['title']}</h1>
      <p data-testid="cache-empty">${text}</p>
      <button
        type="button"
        data-testid="cache-read-repository"
        ?disabled=${status.state === 'reading'}
        @click=${() => send({ type: 'command', command: 'readRepository' })}
      >
        ${strings['readRepository']}
      </button>
    </main>`;
  }

  #facts(map: CacheMap) {
    const { strings } = this;
    const fidelity = this.status.repository?.memory.fidelity;
    const ratio = map.kvBytes > 0 ? map.kvBytesFull / map.kvBytes : 1;
    const kv =
      ratio > 1.005
        ? words(strings, 'kvFull', bytes(map.kvBytes), bytes(map.kvBytesFull), ratio.toFixed(1))
        : words(strings, 'kvSame', bytes(map.kvBytes));
    const fact = (name: string, value: string, testId: string, number: number | string) =>
      html`<div>
        <dt>${strings[name]}</dt>
        <dd data-testid=${testId} data-value=${number}>${value}</dd>
      </div>`;
    return html`<dl>
      ${fact('tokens', exact(map.tokens), 'cache-tokens', map.tokens)} ${fact('kv', kv, 'cache-kv', map.kvBytes)}
      ${fact('policy', map.policy, 'cache-policy', map.policy)}
      ${fact(
        'positions',
        words(strings, map.ranked ? 'positionsRanked' : 'positionsOriginal', map.positions),
        'cache-positions',
        map.positions,
      )}
      ${fact('evicted', exact(map.evicted), 'cache-evicted', map.evicted)}
      ${
        fidelity
          ? fact(
              'fidelity',
              words(strings, 'fidelityValue', fidelity.memory.exact, fidelity.recalled.exact, fidelity.needles),
              'cache-fidelity',
              fidelity.memory.exact,
            )
          : nothing
      }
    </dl>`;
  }

  #strip(row: Row, map: CacheMap) {
    const { layer, budget, kept } = row.layer;
    const label = words(this.strings, 'layerLabel', layer, exact(kept), exact(budget), row.tenths.map(asShare).join(', '));
    return html`<div class="strip-row" data-testid="cache-layer" data-layer=${layer} data-budget=${budget} data-kept=${kept}>
      <span class="strip-name">${layer} <small>${exact(kept)} / ${exact(budget)}</small></span>
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

  #table(map: CacheMap) {
    const { strings } = this;
    const edges = Array.from({ length: 10 }, (_, tenth) => words(strings, 'tenth', tenth * 10, (tenth + 1) * 10));
    return html`<table data-testid="cache-table">
        <caption>
          ${strings['tenths']}
        </caption>
        <thead>
          <tr>
            ${[strings['layer'], strings['budget'], strings['kept'], ...edges].map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.#rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.layer.layer}</th>
                <td>${exact(row.layer.budget)}</td>
                <td>${exact(row.layer.kept)}</td>
                ${row.tenths.map((value) => html`<td>${asShare(value)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
      ${this.#files(map.files)}`;
  }

  #files(files: readonly FileSpan[]) {
    if (files.length === 0) return nothing;
    return html`<details data-testid="cache-files">
      <summary>${this.strings['files']} (${exact(files.length)})</summary>
      <ol>
        ${files.slice(0, 2000).map(
          (file) =>
            html`<li class=${file.replaced ? 'replaced' : ''} data-replaced=${file.replaced}>
              <button
                type="button"
                class="link"
                aria-description=${file.replaced ? (this.strings['replaced'] ?? '') : nothing}
                @click=${() => send({ type: 'open', path: file.path })}
              >
                ${file.path}
              </button>
              <small>${exact(file.start)}–${exact(file.end)}${file.replaced ? html` · ${this.strings['replaced']}` : nothing}</small>
            </li>`,
        )}
      </ol>
    </details>`;
  }

  #hover(event: PointerEvent, row: Row, map: CacheMap): void {
    const { token, span } = this.#place(event, map);
    const from = Math.max(0, Math.floor(token - span / 2));
    const to = Math.min(map.tokens, Math.ceil(token + span / 2));
    const where = fileAt(map.files, token);
    const line = words(this.strings, 'hover', row.layer.layer, exact(from), exact(to), asShare(row.share.between(from, to)));
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

  readonly #received = (event: MessageEvent<ToCache>): void => {
    const message = event.data;
    this.status = message.status;
    this.strings = message.strings;
    const map = message.type === 'map' ? message.map : undefined;
    this.#rows = (map?.layers ?? []).map((layer) => {
      const held = new HeldShare(map?.starts ?? [], map?.tokens ?? 0, layer.held);
      return { layer, share: held, tenths: tenths(held, map?.tokens ?? 0) };
    });
    this.map = map;
  };

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
