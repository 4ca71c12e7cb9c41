/** The same facts as the map, for everyone who cannot or does not want to look at it; every action is a button. */
import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { exactCount } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';
import { heldPercent, heldState, stateWords } from './heldWords';
import type { MapNode } from './mapTree';
import { sortedBy, tableRows, type SortBy, type Sorting, type TableRow } from './tableRows';
import { actionsOf, type TileAction } from './tileActions';

/** More rows come when they are asked for: a page of 5,000 would be slow to draw twice a second. */
const page = 100;

export type ActionEvent = CustomEvent<{ action: TileAction; node: MapNode }>;

@customElement('bonsai-file-table')
export class FileTableElement extends LitElement {
  @property({ attribute: false }) node: MapNode | undefined;
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) busy = false;
  @state() private sorting: Sorting = { by: 'order', descending: false };
  @state() private shown = page;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    const { node, strings } = this;
    if (!node) return nothing;
    const rows = tableRows(node, this.sorting);
    const heads: [SortBy, string][] = [
      ['order', 'order'],
      ['name', 'name'],
      ['tokens', 'tokensColumn'],
      ['held', 'heldColumn'],
    ];
    return html`<table data-testid="map-table" data-rows=${rows.length}>
        <caption>
          ${words(strings, 'tableCaption', node.name, exactCount(node.tokens), heldPercent(node.held, node.tokens))}
        </caption>
        <thead>
          <tr>
            ${heads.map(([by, name]) => this.#head(by, strings[name] ?? ''))}
            <th scope="col">${strings['state']}</th>
            <th scope="col">${strings['actions']}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, this.shown).map((row) => this.#row(row))}
        </tbody>
      </table>
      ${
        rows.length > this.shown
          ? html`<button type="button" class="secondary" @click=${() => (this.shown += page)}>
              ${words(strings, 'showMore', exactCount(Math.min(page, rows.length - this.shown)), exactCount(rows.length - this.shown))}
            </button>`
          : nothing
      }`;
  }

  #head(by: SortBy, name: string) {
    const { sorting } = this;
    const direction = sorting.by === by ? (sorting.descending ? 'descending' : 'ascending') : undefined;
    return html`<th scope="col" aria-sort=${direction ?? nothing}>
      <button type="button" class="link" data-testid=${`map-sort-${by}`} @click=${() => (this.sorting = sortedBy(by, sorting))}>
        ${name}${direction ? html` <span aria-hidden="true">${direction === 'descending' ? '▾' : '▴'}</span>` : nothing}
      </button>
    </th>`;
  }

  #row({ node: row, place }: TableRow) {
    const { strings } = this;
    const { path, kind, tokens, held } = row;
    const name = kind === 'folder' ? `${path}/` : kind === 'file' ? path : row.name;
    const actions = actionsOf(row).filter((action) => action !== 'open' && action !== 'enter');
    const way = kind === 'folder' ? 'enter' : 'open';
    return html`<tr
      data-testid="map-row"
      data-path=${path}
      data-kind=${kind}
      data-held=${held}
      data-state=${heldState(held, tokens, row.archived)}
      data-recalled=${row.recalled}
    >
      <td>${place === undefined ? '' : exactCount(place)}</td>
      <th scope="row">
        <button type="button" class="link" @click=${() => this.#tell(way, row)}>${name}</button>${
          kind === 'symbol' && row.lines ? html` <small>${row.symbolKind} · ${row.lines.from}–${row.lines.to}</small>` : nothing
        }
      </th>
      <td>${exactCount(tokens)}</td>
      <td>${heldPercent(held, tokens)}</td>
      <td>
        ${stateWords(strings, held, tokens, row.archived)}${row.pinned ? html` · ${strings['pinned']}` : nothing}${
          row.recalled > 0 ? html` · ${words(strings, 'recalledCount', exactCount(row.recalled))}` : nothing
        }
      </td>
      <td class="row-actions">
        ${actions.map(
          (action) =>
            html`<button
              type="button"
              class="secondary"
              data-action=${action}
              aria-label=${words(strings, 'actionOn', strings[action] ?? '', name)}
              ?disabled=${this.busy}
              @click=${() => this.#tell(action, row)}
            >
              ${strings[action]}
            </button>`,
        )}
      </td>
    </tr>`;
  }

  #tell(action: TileAction, node: MapNode): void {
    this.dispatchEvent(new CustomEvent('action', { detail: { action, node } }) satisfies ActionEvent);
  }
}
