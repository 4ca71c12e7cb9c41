/** The states by name, each with the very fill that its tiles have, and the edge of what the last answer recalled. */
import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ThemeWatch } from '../shared/themeWatch';
import type { Strings } from '../shared/words';
import { heldStates, type HeldState } from './heldWords';
import { prepare } from './paint';
import { themePalette } from './themePalette';

/** Shares that stand for the states; of so many tokens that half of them is not gone. */
const examples: Record<HeldState, number> = { held: 1, thinned: 0.4, recallable: 0, gone: 0 };
const exampleTokens = 1000;

@customElement('bonsai-legend')
export class LegendElement extends LitElement {
  @property({ attribute: false }) strings: Strings = {};
  /** Whether anything on the map is recallable. */
  @property({ attribute: false }) archived = false;
  /** Whether the last answer recalled anything of what is on the map. */
  @property({ attribute: false }) lit = false;

  constructor() {
    super();
    new ThemeWatch(this, () => this.#paint());
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    return html`<ul class="map-legend" data-testid="map-legend">
      ${this.#states.map(
        (state) => html`<li><canvas class="swatch" data-state=${state} aria-hidden="true"></canvas> ${this.strings[`${state}Legend`]}</li>`,
      )}
      ${
        this.lit
          ? html`<li data-testid="map-legend-lit"><span class="swatch lit" aria-hidden="true"></span> ${this.strings['litLegend']}</li>`
          : nothing
      }
    </ul>`;
  }

  protected override updated(): void {
    this.#paint();
  }

  get #states(): readonly HeldState[] {
    return this.archived ? heldStates : heldStates.filter((state) => state !== 'recallable');
  }

  #paint(): void {
    const palette = themePalette();
    const canvases = this.querySelectorAll<HTMLCanvasElement>('canvas.swatch');
    this.#states.forEach((state, i) => {
      const canvas = canvases[i];
      const ready = canvas && prepare(canvas);
      if (!ready) return;
      ready.context.fillStyle = palette.fill(examples[state], exampleTokens, state === 'recallable');
      ready.context.fillRect(0, 0, ready.width, ready.height);
    });
  }
}
