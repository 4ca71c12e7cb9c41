/** Policy: the three states by name, each with the very fill that its tiles have. */
import { html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ThemeWatch } from '../shared/themeWatch';
import type { Strings } from '../shared/words';
import { heldStates, type HeldState } from './heldState';
import { prepare } from './paint';
import { themePalette } from './themePalette';

/** Shares that stand for the states; of so many tokens that half of them is not gone. */
const examples: Record<HeldState, number> = { held: 1, thinned: 0.4, gone: 0 };
const exampleTokens = 1000;

@customElement('bonsai-legend')
export class LegendElement extends LitElement {
  @property({ attribute: false }) strings: Strings = {};

  constructor() {
    super();
    new ThemeWatch(this, () => this.#paint());
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    return html`<ul class="map-legend" data-testid="map-legend">
      ${heldStates.map(
        (state) => html`<li><canvas class="swatch" data-state=${state} aria-hidden="true"></canvas> ${this.strings[`${state}Legend`]}</li>`,
      )}
    </ul>`;
  }

  protected override firstUpdated(): void {
    this.#paint();
  }

  #paint(): void {
    const palette = themePalette();
    const canvases = this.querySelectorAll<HTMLCanvasElement>('canvas.swatch');
    heldStates.forEach((state, i) => {
      const canvas = canvases[i];
      const ready = canvas && prepare(canvas);
      if (!ready) return;
      const fill = palette.fill(examples[state], exampleTokens);
      ready.context.fillStyle = typeof fill === 'string' ? fill : (ready.context.createPattern(fill.image, fill.repeat) ?? palette.edge);
      ready.context.fillRect(0, 0, ready.width, ready.height);
    });
  }
}
