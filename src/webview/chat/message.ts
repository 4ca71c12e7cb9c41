/** One message; an answer's markdown is rendered again when its text or its end changed it, and only then. */
import { html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ChatMessage, CodeAction, FromChat } from '../../protocol';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';
import { answerFragment, pressed } from './answerDom';
import { attachedList, questionNotes } from './attached';
import { citationBadges } from './citationBadges';
import './questionEditor';
import { behindNote, recalledList } from './sources';
import { toolCalls } from './toolCalls';

/** Milliseconds that a copy is confirmed. */
const confirmed = 1500;

@customElement('bonsai-message')
export class MessageElement extends LitElement {
  @property({ attribute: false }) message: ChatMessage | undefined;
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) send: (message: FromChat) => void = () => undefined;
  /** The last answer, which can be asked for again. */
  @property({ type: Boolean }) last = false;
  /** Still answering, somewhere below: nothing can be asked meanwhile. */
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
      ${questionNotes(message.notes ?? [])} ${toolCalls(message.calls ?? [], strings, this.send)}
      ${message.role === 'user' ? this.#question(message) : html`<div class="answer"></div>`}
      ${
        streaming && !message.text && message.calls?.at(-1)?.state !== 'asking'
          ? html`<div class="waiting" data-testid="chat-waiting">
              <span class="codicon codicon-loading"></span>
              ${message.ahead ? words(strings, message.ahead === 1 ? 'aheadOne' : 'aheadMany', message.ahead) : strings['thinking']}
            </div>`
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
        ${message.cut ? this.#cut(message.cut) : nothing} ${message.numbers ? this.#numbers(message.numbers) : nothing}
      </div>
      <div class="answer-actions">
        ${message.version && !this.busy ? this.#versions(message.id, message.version) : nothing}
        ${message.text ? this.#icon('copyAnswer', 'codicon-copy', (button) => this.#copy(button, message.text, 'copyAnswer')) : nothing}
        ${again ? this.#icon('regenerate', 'codicon-refresh', () => this.send({ type: 'regenerate' })) : nothing}
      </div>
    </div>`;
  }

  /** Why the answer is not whole, and the way on. */
  #cut(cut: NonNullable<ChatMessage['cut']>) {
    const { strings } = this;
    return html`<div class="cut" role="note" data-testid="chat-cut" data-cut=${cut}>
      <span>${strings[cut === 'repeating' ? 'cutRepeating' : 'cutLength']}</span>
      ${
        this.last && !this.busy
          ? html`<button type="button" class="secondary" data-testid="chat-go-on" @click=${() => this.send({ type: 'goOn' })}>
              ${strings['goOn']}
            </button>`
          : nothing
      }
    </div>`;
  }

  /** Other answers to the same question are turned to. */
  #versions(id: string, { at, count }: NonNullable<ChatMessage['version']>) {
    const step = (key: string, icon: string, by: 1 | -1, there: boolean) =>
      this.#icon(key, icon, () => this.send({ type: 'turn', id, by }), !there);
    return html`<span class="versions" data-testid="chat-versions">
      ${step('earlierAnswer', 'codicon-chevron-left', -1, at > 0)}
      <span class="footnote">${words(this.strings, 'version', at + 1, count)}</span>
      ${step('laterAnswer', 'codicon-chevron-right', 1, at < count - 1)}
    </span>`;
  }

  #numbers(numbers: NonNullable<ChatMessage['numbers']>) {
    const { strings } = this;
    const { reusedTokens, readTokens, generatedTokens, archivedTokens, archiveMilliseconds } = numbers;
    const parts = [
      words(strings, 'numbersRead', exactCount(readTokens)),
      ...(archivedTokens > 0
        ? [words(strings, 'numbersRecalled', exactCount(archivedTokens), exactCount(Math.round(archiveMilliseconds)))]
        : []),
      ...(reusedTokens > 0 ? [strings['numbersReused'] ?? ''] : []),
    ];
    const line = `${parts.join(', ')} · ${shortSeconds(numbers.seconds)}`;
    const hint = [
      words(strings, 'numbersHint', exactCount(reusedTokens), exactCount(readTokens), exactCount(generatedTokens)),
      ...(archivedTokens > 0 ? [strings['numbersRecalledHint'] ?? ''] : []),
    ].join(' ');
    return html`<div
      class="footnote"
      data-testid="chat-numbers"
      data-reused=${numbers.reusedTokens}
      data-read=${numbers.readTokens}
      data-recalled=${archivedTokens}
      title=${hint}
    >
      ${line}
    </div>`;
  }

  #icon(key: string, icon: string, action: (button: HTMLElement) => void, disabled = false) {
    const label = this.strings[key] ?? '';
    return html`<button
      type="button"
      class="icon ${key}"
      data-testid="chat-${key}"
      title=${label}
      aria-label=${label}
      ?disabled=${disabled}
      @click=${({ currentTarget }: Event) => {
        if (currentTarget instanceof HTMLElement) action(currentTarget);
      }}
    >
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
    if (use.action === 'copy') this.#copy(use.button, use.block.text, 'copy');
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

  /** @param label the button's name when the copy has been confirmed */
  #copy(button: HTMLElement, text: string, label: 'copy' | 'copyAnswer'): void {
    this.send({ type: 'copy', text });
    const icon = button.querySelector('.codicon');
    icon?.classList.replace('codicon-copy', 'codicon-check');
    button.setAttribute('aria-label', this.strings['copied'] ?? '');
    setTimeout(() => {
      icon?.classList.replace('codicon-check', 'codicon-copy');
      button.setAttribute('aria-label', this.strings[label] ?? '');
    }, confirmed);
  }
}

function isCodeAction(action: string): action is CodeAction {
  return action === 'insert' || action === 'apply' || action === 'newFile' || action === 'compare';
}
