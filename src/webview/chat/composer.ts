/**
 * Enter sends, Shift+Enter breaks the line, Escape stops. What is typed is kept until it was sent. While the list
 * of suggestions is open these keys are its own.
 */
import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { AtHand, FromChat, ToChat } from '../../protocol';
import { withoutMention } from '../../protocol/mentions';
import { savedDraft, saveDraft } from '../shared/vscodeApi';
import { words, type Strings } from '../shared/words';
import { ComposerList, type Field } from './composerList';
import { DraftPreview } from './draftPreview';
import { listId, mentionChips, offeredMentions, optionId, suggestionList } from './suggestions';

@customElement('bonsai-composer')
export class ComposerElement extends LitElement {
  @property({ attribute: false }) strings: Strings = {};
  @property({ attribute: false }) send: (message: FromChat) => void = () => undefined;
  @property({ type: Boolean }) streaming = false;
  @property({ type: Boolean }) empty = true;
  /** Name of the model that answers; '' while none is loaded. */
  @property() model = '';
  @state() private draft = savedDraft();
  @state() private atHand: AtHand = { file: '', selection: '' };
  @query('textarea') private input!: HTMLTextAreaElement;
  readonly #completion = new ComposerList(
    (id, text) => this.send({ type: 'complete', id, text }),
    () => this.requestUpdate(),
  );
  readonly #received = ({ data }: MessageEvent<ToChat>): void => {
    if (data.type === 'candidates') this.#completion.received(data.id, data.items);
    else if (data.type === 'atHand') this.atHand = data.atHand;
    else if (data.type === 'preview') this.#preview.received(data.text, data.preview);
    else if (data.type === 'insert') this.#attach(data.text);
  };
  readonly #preview = new DraftPreview(
    (text) => this.send({ type: 'preview', text }),
    () => this.requestUpdate(),
    (text) => {
      if (text === this.draft) this.#submit();
    },
  );

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('message', this.#received);
    this.#preview.typed(this.draft);
  }

  override disconnectedCallback(): void {
    window.removeEventListener('message', this.#received);
    this.#preview.dispose();
    super.disconnectedCallback();
  }

  protected override updated(): void {
    if (this.#completion.open) this.querySelector('[role="option"][aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render() {
    const { strings } = this;
    const { open, active } = this.#completion;
    return html`<form
      class="composer"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#submit();
      }}
    >
      ${suggestionList(this.#completion, strings, (index) => this.#take(index))}
      ${mentionChips(this.draft, { known: (written) => this.#preview.known(written), offered: offeredMentions(this.atHand) }, strings, {
        remove: (found) => {
          this.#put(withoutMention(this.draft, found));
          this.input.focus();
        },
        attach: (written) => this.#attach(written),
      })}
      ${this.#preview
        .notes(this.draft, strings)
        .map(
          (note) =>
            html`<div class="draft-note" role="status" data-testid="chat-draft-note">
              <span class="codicon codicon-warning" aria-hidden="true"></span> <span>${note}</span>
            </div>`,
        )}
      <textarea
        data-testid="chat-input"
        rows="1"
        role="combobox"
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-expanded=${open ? 'true' : 'false'}
        aria-controls=${open ? listId : nothing}
        aria-activedescendant=${open ? optionId(active) : nothing}
        aria-label=${strings['input'] ?? ''}
        placeholder=${strings['placeholder'] ?? ''}
        .value=${this.draft}
        @input=${() => {
          this.#draft(this.input.value);
          this.#typed();
        }}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
        @keyup=${(event: KeyboardEvent) => {
          if (/^(?:Arrow(?:Left|Right)|Home|End)$/.test(event.key)) this.#typed();
        }}
        @click=${() => this.#typed()}
        @blur=${() => this.#completion.close()}
      ></textarea>
      <div class="composer-buttons">
        ${this.#icon('newChat', 'chat-new', 'codicon-add', this.empty, () => this.send({ type: 'command', command: 'newChat' }))}
        ${this.#icon('showHistory', 'chat-history', 'codicon-history', false, () => this.send({ type: 'command', command: 'showHistory' }))}
        ${this.#modelButton()}
        ${this.streaming ? this.#icon('stop', 'chat-stop', 'codicon-debug-stop', false, () => this.send({ type: 'stop' })) : nothing}
        ${
          this.streaming && this.draft.trim() === ''
            ? nothing
            : this.#icon(this.streaming ? 'sendLater' : 'send', 'chat-send', 'codicon-send', this.draft.trim() === '', () => this.#submit())
        }
      </div>
    </form>`;
  }

  #modelButton() {
    const name = this.model || (this.strings['chooseModel'] ?? '');
    const label = this.model ? words(this.strings, 'modelHint', this.model) : name;
    return html`<button
      type="button"
      class="icon model"
      data-testid="chat-model"
      title=${label}
      aria-label=${label}
      @click=${() => this.send({ type: 'command', command: 'chooseModel' })}
    >
      <span class="model-name">${name}</span><span class="codicon codicon-chevron-down" aria-hidden="true"></span>
    </button>`;
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
    this.#preview.typed(text);
  }

  #typed(): void {
    this.#completion.typed({ text: this.input.value, caret: this.input.selectionStart });
  }

  /** Puts text into the field and the cursor where it goes on. */
  #put(text: string, caret = text.length): void {
    this.#draft(text);
    this.input.value = text;
    this.input.setSelectionRange(caret, caret);
  }

  #attach(written: string): void {
    for (const mention of written.split(' ')) this.#preview.chose(mention);
    const { draft } = this;
    this.#put(`${draft === '' || /\s$/.test(draft) ? draft : `${draft} `}${written} `);
    this.input.focus();
  }

  #take(index?: number): void {
    const insert = this.#completion.items[index ?? this.#completion.active]?.insert ?? '';
    const field: Field | undefined = this.#completion.take(index);
    if (field) this.#preview.chose(insert);
    if (field) this.#put(field.text, field.caret);
  }

  /** @returns whether the key was the list's */
  #listKey(event: KeyboardEvent): boolean {
    const completion = this.#completion;
    if (!completion.open || event.isComposing) return false;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') completion.move(event.key === 'ArrowDown' ? 1 : -1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && completion.takeable) this.#take();
    else if (event.key === 'Escape') completion.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #key(event: KeyboardEvent): void {
    if (this.#listKey(event)) return;
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.draft.trim();
    if (!text || !this.#preview.maySend(this.draft)) return;
    this.send({ type: 'ask', text });
    this.#completion.close();
    this.#draft('');
  }
}
