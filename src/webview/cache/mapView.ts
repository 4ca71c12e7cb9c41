/**
 * The repository as a map, with what can be done to the tile that is chosen; where it is looked at (which folder,
 * which file, which layer) is decided here and told to the extension, which then asks the engine for it.
 */
import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { CacheMap } from '../../protocol';
import { savedLook, saveLook, send } from '../shared/vscodeApi';
import { exactCount } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';
import './fileTable';
import type { ActionEvent } from './fileTable';
import { heldPercent, stateWords } from './heldWords';
import './mapLegend';
import { fileTree, nodeAt, wayTo, type MapNode } from './mapTree';
import { withSymbols } from './symbolTree';
import { actionsOf, type TileAction } from './tileActions';
import './treemap';
import type { TileEvent } from './treemap';

@customElement('bonsai-map')
export class MapElement extends LitElement {
  @property({ attribute: false }) map: CacheMap | undefined;
  @property({ attribute: false }) name = '';
  @property({ attribute: false }) strings: Strings = {};
  /** Something is being done to a file; a second thing at once would wait for it anyway. */
  @property({ attribute: false }) busy = false;
  /** Folder or file that is looked at; '' for all. */
  @state() private where = savedLook().where;
  @state() private layer = savedLook().layer;
  @state() private chosen: string | undefined;
  @state() private pointed: MapNode | undefined;
  @state() private tableOpen = false;
  #root: MapNode | undefined;
  #shown: MapNode | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  /** The page may have been here before, and its first map is of everything. */
  protected override firstUpdated(): void {
    if (this.layer !== null || this.#shown?.kind === 'file') this.#look();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { map } = this;
    if (!map) return;
    if (changed.has('map') || !this.#root) this.#root = fileTree(map.files, this.name);
    const node = nodeAt(this.#root, this.where);
    const { symbols } = map;
    this.#shown =
      symbols && symbols.path === node.path ? withSymbols(node, symbols.symbols, (name) => words(this.strings, 'rest', name)) : node;
  }

  protected override render() {
    const { map, strings } = this;
    const shown = this.#shown;
    const root = this.#root;
    if (!map || !shown || !root || root.tokens === 0) return nothing;
    const picked = this.chosen === undefined ? undefined : find(shown, this.chosen);
    const chosen = picked ?? (shown.kind === 'file' ? shown : undefined);
    const actions = chosen ? actionsOf(chosen).filter((action) => action !== 'enter' || chosen !== shown) : [];
    return html`<h2>${strings['mapTitle']}</h2>
      <div class="map-bar">
        <nav aria-label=${strings['way'] ?? ''} data-testid="map-way">
          ${wayTo(root, shown.path).map(
            (step, index) =>
              html`${index > 0 ? html`<span aria-hidden="true"> / </span>` : nothing}<button
                  type="button"
                  class="link"
                  aria-current=${step.path === shown.path ? 'location' : nothing}
                  @click=${() => this.#enter(step)}
                >
                  ${step.name || strings['repository']}
                </button>`,
          )}
        </nav>
        <label
          >${strings['sharesOf']}
          <select data-testid="map-layer" @change=${this.#layerChanged}>
            <option value="" ?selected=${this.layer === null}>${strings['allLayers']}</option>
            ${map.layers.map(
              ({ layer }) =>
                html`<option value=${layer} ?selected=${this.layer === layer}>${words(strings, 'layerNumber', layer)}</option>`,
            )}
          </select></label
        >
        <bonsai-legend
          .strings=${strings}
          .archived=${map.files.some(({ archived }) => archived)}
          .lit=${root.recalled > 0}
        ></bonsai-legend>
      </div>
      <bonsai-treemap
        .node=${shown}
        .chosen=${this.chosen}
        .label=${words(strings, 'mapLabel', shown.name, exactCount(shown.tokens), heldPercent(shown.held, shown.tokens))}
        .chosenLabel=${picked ? this.#describe(picked) : ''}
        @tile=${this.#tile}
      ></bonsai-treemap>
      <p class="map-line" data-testid="map-hover">${this.pointed ? this.#describe(this.pointed) : strings['mapHint']}</p>
      <div class="map-actions" data-testid="map-actions">
        <p id="map-chosen">${chosen ? this.#describe(chosen) : ''}</p>
        ${actions.map((action) => chosen && this.#button(action, chosen))}
      </div>
      ${this.#noSymbols(shown, map)}
      <details @toggle=${this.#toggled}>
        <summary data-testid="map-table-toggle">${strings['table']}</summary>
        ${
          this.tableOpen
            ? html`<bonsai-file-table .node=${shown} .strings=${strings} .busy=${this.busy} @action=${this.#acted}></bonsai-file-table>`
            : nothing
        }
      </details>
      ${this.#dropped(map.dropped)}`;
  }

  #button(action: TileAction, node: MapNode) {
    return html`<button
      type="button"
      class=${action === 'open' ? '' : 'secondary'}
      data-action=${action}
      ?disabled=${this.busy && action !== 'open' && action !== 'enter'}
      @click=${() => this.#act(action, node)}
    >
      ${this.strings[action === 'enter' && node.kind === 'file' ? 'symbols' : action]}
    </button>`;
  }

  #noSymbols(shown: MapNode, { symbols }: CacheMap) {
    if (shown.kind !== 'file' || (symbols?.path === shown.path && symbols.symbols.length > 0)) return nothing;
    return html`<p class="hint" data-testid="map-no-symbols">${words(this.strings, 'noSymbols', shown.name)}</p>`;
  }

  #dropped(paths: readonly string[]) {
    const { strings } = this;
    if (paths.length === 0) return nothing;
    return html`<section data-testid="map-dropped">
      <h3>${words(strings, 'droppedTitle', exactCount(paths.length))}</h3>
      <ul>
        ${paths.map(
          (path) =>
            html`<li>
              ${path}
              <button
                type="button"
                class="secondary"
                aria-label=${words(strings, 'actionOn', strings['restore'] ?? '', path)}
                ?disabled=${this.busy}
                @click=${() => this.#fileAction(path, 'restore')}
              >
                ${strings['restore']}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  /** As in `src/a.ts · 1,234 tokens · 34% held · thinned, 1 in 2.9 kept`. */
  #describe(node: MapNode): string {
    const { strings } = this;
    const { kind, path, name, tokens, held, lines } = node;
    const what = kind === 'folder' ? `${path}/` : kind === 'file' ? path : name;
    return [
      what,
      kind === 'folder' ? words(strings, 'fileCount', exactCount(node.files)) : undefined,
      lines ? words(strings, 'lineRange', lines.from, lines.to) : undefined,
      words(strings, 'tokenCount', exactCount(tokens)),
      words(strings, 'heldShare', heldPercent(held, tokens)),
      stateWords(strings, held, tokens, node.archived),
      node.recalled > 0 ? words(strings, 'recalledCount', exactCount(node.recalled)) : undefined,
      node.pinned ? strings['pinned'] : undefined,
    ]
      .filter(Boolean)
      .join(' · ');
  }

  readonly #tile = ({ detail: { what, node } }: TileEvent): void => {
    if (what === 'pointed') this.pointed = node;
    else if (!node) this.chosen = undefined;
    else {
      this.chosen = node.path;
      if (what === 'opened') this.#act(node.kind === 'folder' ? 'enter' : 'open', node);
      else if (what === 'menu') void this.updateComplete.then(() => this.querySelector<HTMLElement>('.map-actions button')?.focus());
    }
  };

  readonly #acted = ({ detail: { action, node } }: ActionEvent): void => this.#act(action, node);

  #act(action: TileAction, node: MapNode): void {
    if (action === 'enter') this.#enter(node);
    else if (action === 'open') send({ type: 'open', path: placeOf(node) });
    else this.#fileAction(node.path, action);
  }

  #fileAction(path: string, action: 'pin' | 'unpin' | 'drop' | 'restore' | 'reread'): void {
    this.dispatchEvent(new CustomEvent('fileAction'));
    send({ type: 'fileAction', path, action });
  }

  #enter(node: MapNode): void {
    this.where = node.path;
    this.chosen = undefined;
    this.pointed = undefined;
    this.#look(node);
  }

  readonly #layerChanged = (event: Event): void => {
    const value = event.currentTarget instanceof HTMLSelectElement ? event.currentTarget.value : '';
    this.layer = value === '' ? null : Number(value);
    this.#look();
  };

  #look(node = this.#shown): void {
    saveLook({ where: this.where, layer: this.layer });
    send({ type: 'look', layer: this.layer, file: node?.kind === 'file' ? node.path : null });
  }

  readonly #toggled = (event: Event): void => {
    if (event.currentTarget instanceof HTMLDetailsElement) this.tableOpen = event.currentTarget.open;
  };
}

/** What the extension opens: a file, or lines of it. */
function placeOf({ path, file = path, lines }: MapNode): string {
  return lines ? `${file}:${lines.from}-${lines.to}` : file;
}

function find(node: MapNode, path: string): MapNode | undefined {
  if (node.path === path && node.children.length === 0) return node;
  for (const child of node.children) {
    const found = child.path === path ? child : find(child, path);
    if (found) return found;
  }
  return undefined;
}
