/**
 * The plan stands above the conversation until it is read or closed. What must be known to agree is open; lists
 * are folded. It is a region with a heading, and what it says is read aloud once when it comes.
 */
import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ChatCommand, PlanCard } from '../../protocol';
import { send } from '../shared/vscodeApi';
import { exactCount } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';

@customElement('bonsai-plan')
export class PlanElement extends LitElement {
  @property({ attribute: false }) card: PlanCard | null = null;
  @property({ attribute: false }) strings: Strings = {};

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    // The live region has to be there before its words are, or they are not read aloud.
    return html`<div class="for-readers" role="status" aria-live="polite">${this.card?.spoken ?? ''}</div>
      ${this.card ? this.#card(this.card) : nothing}`;
  }

  #card(card: PlanCard) {
    const { strings } = this;
    return html`<section class="plan" role="region" aria-labelledby="plan-title" data-testid="plan-card">
      <header>
        <h2 id="plan-title">${card.title}</h2>
        <button
          type="button"
          class="icon"
          data-testid="plan-dismiss"
          title=${strings['planDismiss'] ?? ''}
          aria-label=${strings['planDismiss'] ?? ''}
          @click=${() => send({ type: 'dismissPlan' })}
        >
          <span class="codicon codicon-close"></span>
        </button>
      </header>
      <dl>
        ${card.facts.map(
          ({ id, name, value }) =>
            html`<dt>${name}</dt>
              <dd data-testid=${`plan-fact-${id}`}>${value}</dd>`,
        )}
      </dl>
      <p class="verdict" data-testid="plan-verdict" data-fits=${card.fits}>
        <span class="codicon ${card.fits ? 'codicon-pass' : 'codicon-warning'}" aria-hidden="true"></span>
        <span>${card.verdict}</span>
      </p>
      ${
        card.advice.length === 0
          ? nothing
          : html`<ul class="advice" aria-label=${strings['planAdvice'] ?? ''}>
              ${card.advice.map((line) => html`<li>${line}</li>`)}
            </ul>`
      }
      <div class="buttons">
        <button type="button" data-testid="plan-read" @click=${() => send({ type: 'readNow' })}>${strings['planNow']}</button>
        ${this.#command('chooseModel', 'plan-choose-model')}
        ${card.skippedCount > 0 ? this.#command('showSkipped', 'plan-show-skipped') : nothing}
      </div>
      ${this.#skipped(card)} ${this.#lastFiles(card)}
    </section>`;
  }

  #skipped({ skippedCount, skipped }: PlanCard) {
    const { strings } = this;
    if (skippedCount === 0) return nothing;
    return html`<details data-testid="plan-skipped">
      <summary>${words(strings, 'planSkipped', exactCount(skippedCount))}</summary>
      <ul class="reasons">
        ${skipped.map(
          ({ reason, count, files }) =>
            html`<li>
              <details>
                <summary>${words(strings, 'planReason', reason, exactCount(count))}</summary>
                <ul class="paths">
                  ${files.map((file) => html`<li>${file}</li>`)}
                  ${count > files.length ? html`<li>${words(strings, 'planMore', exactCount(count - files.length))}</li>` : nothing}
                </ul>
              </details>
            </li>`,
        )}
      </ul>
    </details>`;
  }

  #lastFiles({ lastFiles }: PlanCard) {
    if (lastFiles.length === 0) return nothing;
    return html`<details data-testid="plan-last">
      <summary>${words(this.strings, 'planLast', lastFiles.length)}</summary>
      <ol class="paths">
        ${lastFiles.map(({ path, why }) => html`<li>${path} <small>${why}</small></li>`)}
      </ol>
    </details>`;
  }

  #command(command: ChatCommand, testId: string) {
    return html`<button type="button" class="secondary" data-testid=${testId} @click=${() => send({ type: 'command', command })}>
      ${this.strings[command]}
    </button>`;
  }
}
