/** An earlier question is changed in its place. Enter asks it, Shift+Enter breaks the line, Escape leaves it as it was. */
import { html, LitElement } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { Strings } from '../shared/words';

@customElement('bonsai-question-editor')
export class QuestionEditorElement extends LitElement {
  @property({ attribute: false }) text = '';
  @property({ attribute: false }) strings: Strings = {};
  /** Gets the new text, or nothing when it was left. */
  @property({ attribute: false }) done: (text: string | undefined) => void = () => undefined;
  @query('textarea') private input!: HTMLTextAreaElement;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override firstUpdated(): void {
    this.input.focus();
    this.input.setSelectionRange(this.text.length, this.text.length);
  }

  protected override render() {
    const { strings } = this;
    return html`<form
      class="question-editor"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#ask();
      }}
    >
      <textarea
        data-testid="chat-edit-input"
        rows="1"
        aria-label=${strings['editing'] ?? ''}
        aria-description=${strings['editHint'] ?? ''}
        .value=${this.text}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      ></textarea>
      <div class="buttons">
        <button type="submit" data-testid="chat-edit-send">${strings['editSend']}</button>
        <button type="button" class="secondary" data-testid="chat-edit-cancel" @click=${() => this.done(undefined)}>
          ${strings['editCancel']}
        </button>
      </div>
      <div class="footnote">${strings['editHint']}</div>
    </form>`;
  }

  #key(event: KeyboardEvent): void {
    // While an input method composes a character, its keys belong to it.
    if (event.isComposing) return;
    if (event.key === 'Escape') this.done(undefined);
    else if (event.key === 'Enter' && !event.shiftKey) this.#ask();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #ask(): void {
    const text = this.input.value.trim();
    if (text) this.done(text);
  }
}
