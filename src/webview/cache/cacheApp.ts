/** The same facts twice: a picture for the eye and a table for everyone; both from one map of the engine. */
import { html, LitElement, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { CacheMap, Status, ToCache } from '../../protocol';
import { send } from '../shared/vscodeApi';
import { words, type Strings } from '../shared/words';
import { facts } from './facts';
import './layerStrips';
import './mapView';

@customElement('bonsai-cache')
export class CacheElement extends LitElement {
  @state() private map: CacheMap | undefined;
  @state() private status: Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
  @state() private strings: Strings = {};
  @state() private note: { text: string; failed: boolean } | undefined;
  @state() private busy = false;
  @state() private trusted = true;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('message', this.#received);
    send({ type: 'ready' });
  }

  override disconnectedCallback(): void {
    window.removeEventListener('message', this.#received);
    super.disconnectedCallback();
  }

  protected override render() {
    const { map, status, strings, note } = this;
    if (!map) return this.#empty();
    return html`<main data-state=${status.state}>
      <h1>${strings['title']}</h1>
      ${facts(map, status, strings)} ${status.model?.engine === 'stock' ? html`<p class="hint">${strings['stock']}</p>` : nothing}
      <p class=${note?.failed ? 'note failed' : 'note'} role="status" data-testid="map-note">
        ${this.busy ? strings['working'] : (note?.text ?? '')}
      </p>
      <bonsai-map
        .map=${map}
        .name=${status.repository?.name ?? ''}
        .strings=${strings}
        .busy=${this.busy}
        @fileAction=${() => {
          this.busy = true;
        }}
      ></bonsai-map>
      <bonsai-layers .map=${map} .strings=${strings}></bonsai-layers>
    </main>`;
  }

  #empty() {
    const { strings, status } = this;
    if (!strings['title']) return nothing;
    const command = this.trusted ? 'readRepository' : 'manageTrust';
    const empty = status.model ? 'emptyNothing' : 'emptyNoModel';
    const text =
      status.state === 'failed' ? words(strings, 'emptyFailed', status.message ?? '') : strings[this.trusted ? empty : 'emptyUntrusted'];
    return html`<main class="empty" data-state=${status.state}>
      <h1>${strings['title']}</h1>
      <p data-testid="cache-empty">${text}</p>
      <button
        type="button"
        data-testid=${this.trusted ? 'cache-read-repository' : 'cache-manage-trust'}
        ?disabled=${status.state === 'reading'}
        @click=${() => send({ type: 'command', command })}
      >
        ${strings[command]}
      </button>
    </main>`;
  }

  readonly #received = ({ data }: MessageEvent<ToCache>): void => {
    if (data.type === 'fileActionDone') {
      this.busy = false;
      this.note = { text: data.note, failed: data.failed };
      return;
    }
    this.status = data.status;
    this.strings = data.strings;
    this.map = data.type === 'map' ? data.map : undefined;
    if (data.type === 'empty') this.trusted = data.trusted;
    if (!this.map) this.busy = false;
  };
}
