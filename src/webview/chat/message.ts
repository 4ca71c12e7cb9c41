/** Policy: one message; an answer's markdown is rendered anew when its text changed, and only then. */
import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ChatMessage, FromChat } from '../../protocol';
import { exact, seconds, words, type Strings } from '../shared/words';
import { answerFragment } from './answerDom';
import { attachedList, questionNotes } from './attached';
import { citationBadges } from './citationBadges';
import { behindNote, recalledList } from './sources';

@customElement('bonsai-message')
export class MessageElement extends LitElement {
  @property({ attribute: false }) message: ChatMessage | undefined;
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) send: (message: FromChat) => void = () => undefined;
  /** Asks the question of this answer again. */
  @property({ attribute: false }) retry: (() => void) | undefined;
  #shown: string | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    const { message, strings } = this;
    if (!message) return nothing;
    const streaming = message.state === 'streaming';
    return html`<article
      data-testid="chat-message"
      data-role=${message.role}
      data-state=${message.state}
      aria-label=${strings[message.role === 'user' ? 'you' : 'bonsai'] ?? ''}
      aria-busy=${streaming ? 'true' : 'false'}
      @click=${(event: Event) => this.#clicked(event)}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Enter') this.#clicked(event);
      }}
    >
      ${message.about ? this.#about(message.about) : nothing} ${attachedList(message.attached ?? [], strings)}
      ${questionNotes(message.notes ?? [])}
      ${message.role === 'user' ? html`<div class="question">${message.text}</div>` : html`<div class="answer"></div>`}
      ${
        streaming && !message.text
          ? html`<div class="waiting"><span class="codicon codicon-loading"></span> ${strings['thinking']}</div>`
          : nothing
      }
      ${message.state === 'stopped' ? html`<div class="footnote">${strings['stopped']}</div>` : nothing}
      ${message.error === undefined ? nothing : this.#error(message.error)}
      ${message.behind ? behindNote(message.behind, strings) : nothing}
      ${message.recalled ? recalledList(message.recalled, strings) : nothing} ${message.numbers ? this.#numbers(message.numbers) : nothing}
    </article>`;
  }

  protected override updated(): void {
    const { message, strings } = this;
    const answer = message?.role === 'assistant' ? this.querySelector('.answer') : null;
    if (!message || !answer) return;
    if (message.text !== this.#shown) {
      this.#shown = message.text;
      answer.replaceChildren(answerFragment(message.text, strings['copy'] ?? ''));
    }
    if (message.state !== 'streaming') citationBadges.show(message.id, answer, strings, this.send);
  }

  #about(about: string) {
    return html`<a class="about" role="link" tabindex="0" data-href=${about}><span class="codicon codicon-selection"></span> ${about}</a>`;
  }

  #error(error: string) {
    return html`<div class="error" role="alert" data-testid="chat-error">
      <span class="codicon codicon-error"></span>
      <div>
        <div>${error}</div>
        ${
          this.retry
            ? html`<button type="button" class="secondary" data-testid="chat-retry" @click=${this.retry}>${this.strings['retry']}</button>`
            : nothing
        }
      </div>
    </div>`;
  }

  #numbers(numbers: NonNullable<ChatMessage['numbers']>) {
    const { strings } = this;
    const line = words(strings, 'numbers', exact(numbers.reusedTokens), exact(numbers.readTokens), seconds(numbers.seconds));
    const hint = words(strings, 'numbersHint', exact(numbers.generatedTokens));
    return html`<div
      class="footnote"
      data-testid="chat-numbers"
      data-reused=${numbers.reusedTokens}
      data-read=${numbers.readTokens}
      title=${hint}
    >
      ${line}
    </div>`;
  }

  /** A link or a copy button inside the answer was used. */
  #clicked(event: Event): void {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest('[data-href]');
    if (link instanceof HTMLElement) {
      event.preventDefault();
      event.stopPropagation();
      this.send({ type: 'openLink', href: link.dataset['href'] ?? '' });
      return;
    }
    const copy = event.type === 'click' ? event.target.closest('[data-copy]') : null;
    if (!copy) return;
    this.send({ type: 'copy', text: copy.closest('.code-block')?.querySelector('code')?.textContent ?? '' });
    const icon = copy.querySelector('.codicon');
    icon?.classList.replace('codicon-copy', 'codicon-check');
    copy.setAttribute('aria-label', this.strings['copied'] ?? '');
    setTimeout(() => {
      icon?.classList.replace('codicon-check', 'codicon-copy');
      copy.setAttribute('aria-label', this.strings['copy'] ?? '');
    }, 1500);
  }
}
