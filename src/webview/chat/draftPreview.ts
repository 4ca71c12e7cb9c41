/**
 * Looks the mentions of a draft up a moment after the last key, so that a chip stands for something that is there and what
 * does not fit is said before the question is sent. What nobody can have read yet, and a mention that names nothing, is said at
 * the first Enter, and the question is sent at the second.
 */
import type { MentionPreview } from '../../protocol';
import { words, type Strings } from '../shared/words';

/** Milliseconds after the last key. */
const patience = 300;
/** Milliseconds that sending waits for the answer; then it goes without. */
const longestWait = 1500;
const mayMention = /@(?:file|folder|symbol|selection|problems)/;

export class DraftPreview {
  #text = '';
  #preview: MentionPreview = { unknown: [], notes: [] };
  /** The text that the preview is of. */
  #answered = '';
  readonly #chosen = new Set<string>();
  #waiting: ReturnType<typeof setTimeout> | undefined;
  /** A text that was to be sent before its answer had come. */
  #toSend: string | undefined;
  /** A text that the person was warned of. */
  #warned: string | undefined;

  /**
   * @param ask for the preview of a text
   * @param changed what is shown is to be redrawn
   * @param send a text whose preview had to be waited for
   */
  constructor(
    private readonly ask: (text: string) => void,
    private readonly changed: () => void,
    private readonly send: (text: string) => void,
  ) {}

  typed(text: string): void {
    this.#text = text;
    this.#toSend = undefined;
    clearTimeout(this.#waiting);
    if (mayMention.test(text) && text !== this.#answered) this.#waiting = setTimeout(() => this.ask(text), patience);
  }

  received(text: string, preview: MentionPreview): void {
    if (text !== this.#text) return;
    this.#answered = text;
    this.#preview = preview;
    const toSend = this.#toSend === text;
    // Nobody has read yet what does not fit.
    const toRead = toSend && preview.notes.length > 0;
    if (toRead) this.#warned = text;
    this.changed();
    if (toRead) this.#waits();
    else if (toSend) this.#sendNow(text);
  }

  /** A mention was taken from what is there, so it need not be looked up to be known. */
  chose(written: string): void {
    this.#chosen.add(written.trim());
  }

  /** Whether a mention, as it is written, was chosen or found. What is still being looked up is not known. */
  known(written: string): boolean {
    if (this.#chosen.has(written)) return true;
    return !this.#preview.unknown.includes(written) && this.#answered !== '' && this.#answered.includes(written);
  }

  /** What is said of the draft, sentences. */
  notes(draft: string, strings: Strings): string[] {
    if (draft !== this.#answered) return [];
    const unknown = this.#warned === draft ? this.#preview.unknown.map((written) => words(strings, 'unknownMention', written)) : [];
    return [...unknown, ...this.#preview.notes];
  }

  /** Whether the text can be sent now. If not, it is sent when its mentions were looked up, or at the next time. */
  maySend(text: string): boolean {
    if (!mayMention.test(text) || this.#warned === text) return true;
    if (this.#answered === text) {
      if (this.#preview.unknown.length === 0) return true;
      this.#warned = text;
      this.changed();
      return false;
    }
    if (this.#toSend === text) return false;
    clearTimeout(this.#waiting);
    this.#toSend = text;
    this.ask(text);
    this.#waiting = setTimeout(() => this.received(text, { unknown: [], notes: [] }), longestWait);
    return false;
  }

  dispose(): void {
    clearTimeout(this.#waiting);
  }

  #waits(): void {
    clearTimeout(this.#waiting);
    this.#toSend = undefined;
  }

  #sendNow(text: string): void {
    this.#waits();
    this.send(text);
  }
}
