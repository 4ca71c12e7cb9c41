/** Shows what the extension sends and sends what the person does; holds no truth but the scroll position and the draft. */
import { html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ChatCommand, ChatMessage, PlanCard, QueuedQuestion, ReadingNow, Status, ToChat } from '../../protocol';
import { closeDemoNote, demoNoteClosed, send } from '../shared/vscodeApi';
import type { Strings } from '../shared/words';
import { words } from '../shared/words';
import './composer';
import { contextMeter } from './contextMeter';
import { DeltaBuffer } from './deltas';
import './message';
import { NewestFirst } from './newestFirst';
import './planElement';
import { queuedQuestions } from './queue';
import { readingRow } from './readingRow';

/** Closer to the end than this, the transcript follows the answer. Pixels. */
const followWithin = 32;

@customElement('bonsai-chat')
export class ChatElement extends LitElement {
  @state() private messages: ChatMessage[] = [];
  @state() private status: Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
  @state() private strings: Strings = {};
  @state() private demo = { active: false, models: '' };
  @state() private demoClosed = demoNoteClosed();
  @state() private card: PlanCard | null = null;
  @state() private reading: ReadingNow = { doing: 'nothing', percent: null, text: '' };
  @state() private heading = '';
  @state() private queue: QueuedQuestion[] = [];
  @state() private trusted = true;
  @state() private starters: string[] = [];
  @state() private known = false;
  @query('.transcript') private transcript!: HTMLElement;
  readonly #deltas = new DeltaBuffer((grown) => {
    this.messages = this.messages.map((message) => {
      const more = grown.get(message.id);
      return more === undefined ? message : { ...message, text: message.text + more };
    });
  });
  readonly #newestFirst = new NewestFirst(this);
  readonly #growth = new ResizeObserver(() => this.#follow());
  #following = true;
  #lastTop = 0;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('message', this.#received);
    window.addEventListener('keydown', this.#key);
    send({ type: 'ready' });
  }

  override disconnectedCallback(): void {
    window.removeEventListener('message', this.#received);
    window.removeEventListener('keydown', this.#key);
    this.#growth.disconnect();
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    const content = this.querySelector('.transcript-content');
    if (content) this.#growth.observe(content);
    // A note that appears below takes room from the transcript.
    this.#growth.observe(this.transcript);
  }

  protected override render() {
    const { strings, messages } = this;
    const streaming = messages.some((message) => message.state === 'streaming');
    const shown = this.#newestFirst.of(messages);
    return html`<div class="chat">
      ${this.heading ? html`<h2 class="chat-title" data-testid="chat-title" title=${this.heading}>${this.heading}</h2>` : nothing}
      ${readingRow(this.reading, this.status, strings)}
      <bonsai-plan .card=${this.card} .strings=${strings}></bonsai-plan>
      <div
        class="transcript"
        data-testid="chat-transcript"
        role="log"
        aria-live="polite"
        aria-busy=${this.#newestFirst.busy ? 'true' : 'false'}
        aria-label=${strings['transcript'] ?? ''}
        tabindex="0"
        @scroll=${() => this.#scrolled()}
      >
        <div class="transcript-content">
          ${this.known && messages.length === 0 && !this.card ? this.#welcome() : nothing}
          ${repeat(
            shown,
            (message) => message.id,
            (message, index) =>
              html`<bonsai-message
                .message=${message}
                .strings=${strings}
                .send=${send}
                .last=${index === shown.length - 1}
                .busy=${streaming}
              ></bonsai-message>`,
          )}
        </div>
      </div>
      ${messages.length > 0 ? this.#unread() : nothing} ${this.demo.active && !this.demoClosed ? this.#demoNote() : nothing}
      ${this.#context()} ${queuedQuestions(this.queue, streaming, strings, send)}
      <bonsai-composer
        .strings=${strings}
        .send=${send}
        .streaming=${streaming}
        .empty=${messages.length === 0}
        .model=${this.status.model?.name ?? ''}
      ></bonsai-composer>
    </div>`;
  }

  #welcome() {
    const { strings } = this;
    const starters = this.#starterButtons();
    return html`<section class="welcome">
      ${
        starters === nothing
          ? html`<p>${strings['emptyOne']}</p>
              <p>${strings['emptyTwo']}</p>`
          : nothing
      }
      <p>${strings['emptyThree']}</p>
      ${starters} ${this.trusted ? nothing : html`<p data-testid="chat-untrusted">${strings['untrusted']}</p>`}
      <div class="buttons">
        ${this.trusted ? nothing : this.#trustButton()}
        ${this.#mayRead() && !this.status.repository?.complete ? this.#readButton() : nothing}
        ${this.#command('showCache', 'chat-show-cache')} ${this.#command('chooseModel', 'chat-choose-model')}
      </div>
    </section>`;
  }

  #starterButtons() {
    // While it is read again, they wait.
    if (this.starters.length === 0 || !this.status.repository?.complete) return nothing;
    return html`<p>${this.strings['starters']}</p>
      <ul class="starters">
        ${this.starters.map(
          (text) =>
            html`<li>
              <button type="button" class="secondary" data-testid="chat-starter" @click=${() => send({ type: 'ask', text })}>
                ${inCode(text)}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  #unread() {
    const { repository } = this.status;
    if (!this.trusted)
      return html`<div class="note" data-testid="chat-untrusted"><span>${this.strings['untrusted']}</span>${this.#trustButton()}</div>`;
    if (!this.#mayRead() || repository?.complete) return nothing;
    const text = repository ? words(this.strings, 'partlyRead', this.#percentRead()) : this.strings['notRead'];
    return html`<div class="note"><span>${text}</span>${this.#readButton()}</div>`;
  }

  #demoNote() {
    const talking = this.messages.length > 0;
    const models = this.demo.models ? words(this.strings, 'demoModels', this.demo.models) : '';
    // Once people talk, room belongs to the answers: the names move into the tooltip, the button stays.
    return html`<div class="note" data-testid="chat-demo-note" title=${talking ? models : ''}>
      <span> <span class="codicon codicon-beaker" aria-hidden="true"></span> ${this.strings['demo']} ${talking ? nothing : models} </span>
      ${talking ? this.#command('chooseModel', 'chat-choose-model') : nothing}
      <button
        type="button"
        class="icon"
        data-testid="chat-demo-close"
        title=${this.strings['demoClose'] ?? ''}
        aria-label=${this.strings['demoClose'] ?? ''}
        @click=${() => {
          closeDemoNote();
          this.demoClosed = true;
        }}
      >
        <span class="codicon codicon-close" aria-hidden="true"></span>
      </button>
    </div>`;
  }

  /** The plan and the progress row have buttons of their own. */
  #mayRead(): boolean {
    const { state, repository } = this.status;
    const coming = state === 'starting' || state === 'loading' || state === 'restoring';
    return this.trusted && this.reading.doing === 'nothing' && !this.card && !coming && repository?.memory.paused !== true;
  }

  #trustButton() {
    return html`<button type="button" data-testid="chat-manage-trust" @click=${() => send({ type: 'command', command: 'manageTrust' })}>
      ${this.strings['manageTrust']}
    </button>`;
  }

  #readButton() {
    return html`<button
      type="button"
      data-testid="chat-read-repository"
      @click=${() => send({ type: 'command', command: 'readRepository' })}
    >
      ${this.strings['readRepository']}
    </button>`;
  }

  #command(command: ChatCommand, testId: string) {
    return html`<button type="button" class="secondary" data-testid=${testId} @click=${() => send({ type: 'command', command })}>
      ${this.strings[command]}
    </button>`;
  }

  /** Of the newest answer that was counted. */
  #context() {
    const parts = this.messages.findLast((message) => message.context)?.context;
    if (!parts) return nothing;
    const showSkipped = () => send({ type: 'command', command: 'showSkipped' });
    return contextMeter(parts, this.status.repository?.skipped ?? 0, showSkipped, this.strings);
  }

  #percentRead(): number {
    const { tokensRead = 0, tokensTotal = 0 } = this.status.repository ?? {};
    return tokensTotal > 0 ? Math.min(100, Math.floor((100 * tokensRead) / tokensTotal)) : 0;
  }

  readonly #received = (event: MessageEvent<ToChat>): void => {
    const message = event.data;
    switch (message.type) {
      case 'state':
        this.#deltas.drop();
        this.#following = true;
        this.messages = message.messages;
        this.#newestFirst.begin(message.messages.length);
        this.status = message.status;
        this.strings = message.strings;
        this.known = true;
        return;
      case 'title':
        this.heading = message.title;
        return;
      case 'message':
        this.#deltas.drop(message.message.id);
        this.#put(message.message);
        return;
      case 'delta':
        this.#deltas.add(message.id, message.text);
        return;
      case 'queue':
        this.queue = message.questions;
        return;
      case 'status':
        this.status = message.status;
        return;
      case 'plan':
        this.card = message.card;
        return;
      case 'trust':
        this.trusted = message.trusted;
        return;
      case 'starters':
        this.starters = message.questions;
        return;
      case 'reading':
        this.reading = message.reading;
        return;
      case 'demo':
        this.demo = { active: message.active, models: message.models };
    }
  };

  #put(message: ChatMessage): void {
    const known = this.messages.some(({ id }) => id === message.id);
    // A new question is the person's own doing: show it wherever they had scrolled to.
    if (!known && message.role === 'user') this.#following = true;
    this.messages = known ? this.messages.map((old) => (old.id === message.id ? message : old)) : [...this.messages, message];
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.messages.some((message) => message.state === 'streaming')) send({ type: 'stop' });
  };

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.transcript;
    const atEnd = scrollHeight - scrollTop - clientHeight < followWithin;
    // Only scrolling up ends the following: an answer that grew since our own scroll is nothing the person did.
    this.#following = atEnd || (this.#following && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
  }

  #follow(): void {
    if (this.#following) this.transcript.scrollTop = this.transcript.scrollHeight;
  }
}

/** What stands between code marks is a name of the source. */
function inCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
