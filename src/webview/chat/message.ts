/** Policy: one message; an answer's markdown is rendered anew when its text or its end changed it, and only then. */
import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ChatMessage, CodeAction, FromChat } from '../../protocol';
import { exact, seconds, words, type Strings } from '../shared/words';
import { answerFragment, pressed } from './answerDom';
import { attachedList, questionNotes } from './attached';
import { citationBadges } from './citationBadges';
import './questionEditor';
import { behindNote, recalledList } from './sources';

/** Milliseconds that a copy is confirmed. */
const confirmed = 1500;

@customElement('bonsai-message')
export class MessageElement extends LitElement {
  @property({ attribute: false }) message: ChatMessage | undefined;
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) send: (message: FromChat) => void = () => undefined;
  /** The last answer, which can be asked for again. */
  @property({ type: Boolean }) last = false;
  /** An answer is being written, somewhere below: nothing can be asked meanwhile. */
  @property({ type: Boolean }) busy = false;
  @state() private editing = false;
  #shown = '';

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
        if (event.key === 'Enter') this.#link(event);
      }}
    >
      ${message.about ? this.#about(message.about) : nothing} ${attachedList(message.attached ?? [], strings)}
      ${questionNotes(message.notes ?? [])} ${message.role === 'user' ? this.#question(message) : html`<div class="answer"></div>`}
      ${
        streaming && !message.text
          ? html`<div class="waiting"><span class="codicon codicon-loading"></span> ${strings['thinking']}</div>`
          : nothing
      }
      ${message.error === undefined ? nothing : this.#error(message.error)}
      ${message.behind ? behindNote(message.behind, strings) : nothing}
      ${message.recalled ? recalledList(message.recalled, strings) : nothing}
      ${message.role === 'user' || streaming ? nothing : this.#foot(message)}
    </article>`;
  }

  protected override updated(): void {
    const { message, strings } = this;
    const answer = message?.role === 'assistant' ? this.querySelector('.answer') : null;
    if (!message || !answer) return;
    const whole = message.state !== 'streaming';
    const shown = `${whole} ${message.text}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      answer.replaceChildren(answerFragment(message.text, whole, strings));
    }
    if (whole) citationBadges.show(message.id, answer, strings, this.send);
  }

  #about(about: string) {
    return html`<a class="about" role="link" tabindex="0" data-href=${about}><span class="codicon codicon-selection"></span> ${about}</a>`;
  }

  #question(message: ChatMessage) {
    if (this.editing && !this.busy)
      return html`<bonsai-question-editor
        .text=${message.text}
        .strings=${this.strings}
        .done=${(text: string | undefined) => this.#edited(message.id, text)}
      ></bonsai-question-editor>`;
    return html`<div class="question">
      <span class="question-text">${message.text}</span>
      ${
        this.busy
          ? nothing
          : this.#icon('edit', 'codicon-edit', () => {
              this.editing = true;
            })
      }
    </div>`;
  }

  #error(error: string) {
    return html`<div class="error" role="alert" data-testid="chat-error">
      <span class="codicon codicon-error"></span>
      <div>
        <div>${error}</div>
        ${
          this.last
            ? html`<button type="button" class="secondary" data-testid="chat-retry" @click=${() => this.send({ type: 'regenerate' })}>
                ${this.strings['retry']}
              </button>`
            : nothing
        }
      </div>
    </div>`;
  }

  #foot(message: ChatMessage) {
    const again = this.last && message.state !== 'failed';
    return html`<div class="answer-foot">
      <div>
        ${message.state === 'stopped' ? html`<div class="footnote">${this.strings['stopped']}</div>` : nothing}
        ${message.numbers ? this.#numbers(message.numbers) : nothing}
      </div>
      ${again ? this.#icon('regenerate', 'codicon-refresh', () => this.send({ type: 'regenerate' })) : nothing}
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

  #icon(key: string, icon: string, action: () => void) {
    const label = this.strings[key] ?? '';
    return html`<button type="button" class="icon ${key}" data-testid="chat-${key}" title=${label} aria-label=${label} @click=${action}>
      <span class="codicon ${icon}"></span>
    </button>`;
  }

  #edited(id: string, text: string | undefined): void {
    this.editing = false;
    if (text !== undefined) this.send({ type: 'edit', id, text });
    // The button that opened the editor is there again, and keeps the place on the keyboard.
    else void this.updateComplete.then(() => this.querySelector<HTMLElement>('.edit')?.focus());
  }

  #clicked(event: Event): void {
    if (this.#link(event) || !(event.target instanceof Element)) return;
    const use = pressed(event.target);
    if (!use) return;
    if (use.action === 'copy') this.#copy(use.button, use.block.text);
    else if (isCodeAction(use.action)) this.send({ type: 'code', action: use.action, block: use.block });
  }

  /** @returns whether a link was used */
  #link(event: Event): boolean {
    const link = event.target instanceof Element ? event.target.closest('[data-href]') : null;
    if (!(link instanceof HTMLElement)) return false;
    event.preventDefault();
    event.stopPropagation();
    this.send({ type: 'openLink', href: link.dataset['href'] ?? '' });
    return true;
  }

  #copy(button: HTMLElement, text: string): void {
    this.send({ type: 'copy', text });
    const icon = button.querySelector('.codicon');
    icon?.classList.replace('codicon-copy', 'codicon-check');
    button.setAttribute('aria-label', this.strings['copied'] ?? '');
    setTimeout(() => {
      icon?.classList.replace('codicon-check', 'codicon-copy');
      button.setAttribute('aria-label', this.strings['copy'] ?? '');
    }, confirmed);
  }
}

function isCodeAction(action: string): action is CodeAction {
  return action === 'insert' || action === 'apply' || action === 'newFile' || action === 'compare';
}
