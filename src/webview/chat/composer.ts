/** Policy: Enter sends, Shift+Enter breaks the line, Escape stops. What is typed is kept until it was sent. */
import { html, LitElement } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { FromChat } from '../../protocol';
import { savedDraft, saveDraft } from '../shared/vscodeApi';
import type { Strings } from '../shared/words';

@customElement('bonsai-composer')
export class ComposerElement extends LitElement {
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) send: (message: FromChat) => void = () => undefined;
  @property({ type: Boolean }) streaming = false;
  @property({ type: Boolean }) empty = true;
  @state() private draft = savedDraft();
  @query('textarea') private input!: HTMLTextAreaElement;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render() {
    const { strings } = this;
    return html`<form
      class="composer"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#submit();
      }}
    >
      <textarea
        data-testid="chat-input"
        rows="1"
        aria-label=${strings['input'] ?? ''}
        placeholder=${strings['placeholder'] ?? ''}
        .value=${this.draft}
        @input=${() => this.#draft(this.input.value)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      ></textarea>
      <div class="composer-buttons">
        ${this.#icon('newChat', 'chat-new', 'codicon-add', this.empty, () => this.send({ type: 'command', command: 'newChat' }))}
        ${this.#icon('showHistory', 'chat-history', 'codicon-history', false, () => this.send({ type: 'command', command: 'showHistory' }))}
        <span class="spring"></span>
        ${
          this.streaming
            ? this.#icon('stop', 'chat-stop', 'codicon-debug-stop', false, () => this.send({ type: 'stop' }))
            : this.#icon('send', 'chat-send', 'codicon-send', this.draft.trim() === '', () => this.#submit())
        }
      </div>
    </form>`;
  }

  #icon(key: string, testId: string, icon: string, disabled: boolean, action: () => void) {
    const label = this.strings[key] ?? '';
    return html`<button
      type="button"
      class="icon"
      data-testid=${testId}
      title=${label}
      aria-label=${label}
      ?disabled=${disabled}
      @click=${action}
    >
      <span class="codicon ${icon}"></span>
    </button>`;
  }

  #draft(text: string): void {
    this.draft = text;
    saveDraft(text);
  }

  #key(event: KeyboardEvent): void {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.draft.trim();
    if (!text || this.streaming) return;
    this.send({ type: 'ask', text });
    this.#draft('');
  }
}
