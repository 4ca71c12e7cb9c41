/**
 * The list of the composer follows what is typed before the cursor. It is asked for a moment after the last key,
 * only the newest answer counts, and once it was closed it stays closed until the text changes. Knows nothing of the page.
 */
import type { Candidate } from '../../protocol';
import { parseMentions, typingAt, type Typing } from '../../protocol/mentions';

/** Milliseconds after the last key. */
const patience = 60;

export interface Field {
  text: string;
  /** Of the cursor, in UTF-16 units. */
  caret: number;
}

export class ComposerList {
  items: readonly Candidate[] = [];
  /** Index of the line that Enter takes. */
  active = 0;
  #field: Field = { text: '', caret: 0 };
  #typing: Typing | undefined;
  #id = 0;
  /** Which question the list answers. */
  #answered = 0;
  #closedAt: string | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param ask what is being typed, to be answered under this id
   * @param changed the list is to be redrawn
   */
  constructor(
    private readonly ask: (id: number, text: string) => void,
    private readonly changed: () => void,
  ) {}

  get open(): boolean {
    return this.items.length > 0;
  }

  /** Whether any line can be taken; a list that only says something does not keep the keys. */
  get takeable(): boolean {
    return this.items.some(({ insert }) => insert !== '');
  }

  /** Whether the list is behind the last key, and its answer on the way. */
  get busy(): boolean {
    return this.#answered !== this.#id;
  }

  /** The text or the cursor changed. */
  typed(field: Field): void {
    if (field.text !== this.#field.text) this.#closedAt = undefined;
    this.#field = field;
    const before = field.text.slice(0, field.caret);
    this.#typing = this.#closedAt === undefined ? typingAt(before) : undefined;
    this.#id++;
    clearTimeout(this.#waiting);
    const typing = this.#typing;
    if (!typing) {
      this.#show([]);
      return;
    }
    if (this.open) this.changed();
    const id = this.#id;
    this.#waiting = setTimeout(() => this.ask(id, before.slice(typing.start)), patience);
  }

  /** An answer to `ask`. */
  received(id: number, items: readonly Candidate[]): void {
    if (id !== this.#id || !this.#typing) return;
    this.#answered = id;
    this.#show(items);
  }

  /** Goes up or down, round the ends. */
  move(by: 1 | -1): void {
    this.active = (this.active + by + this.items.length) % this.items.length;
    this.changed();
  }

  /**
   * Takes a line of the list. A list that is behind the last key is not what the person means.
   * @returns what stands in the field then, or nothing when that line cannot be taken
   */
  take(index = this.active): Field | undefined {
    const item = this.items[index];
    const typing = this.#typing;
    if (!item?.insert || !typing || this.busy) return undefined;
    const { text } = this.#field;
    const after = text.slice(this.#endOfWord(typing)).replace(/^ /, item.insert.endsWith(' ') ? '' : ' ');
    const before = text.slice(0, typing.start) + item.insert;
    const field = { text: before + after, caret: before.length };
    if (item.goesOn) {
      this.#show([]);
      this.typed(field);
    } else {
      this.#field = field;
      this.close();
    }
    return field;
  }

  /** Until the text changes. */
  close(): void {
    clearTimeout(this.#waiting);
    this.#closedAt = this.#field.text;
    this.#typing = undefined;
    this.#id++;
    this.#show([]);
  }

  /** Where what is typed ends: with the mention that the cursor is in, else at the cursor. */
  #endOfWord({ kind, start }: Typing): number {
    const { text, caret } = this.#field;
    if (kind === 'command') return caret + (/^\S*/.exec(text.slice(caret))?.[0].length ?? 0);
    const around = parseMentions(text).find((found) => found.start === start && found.end > caret);
    return around?.end ?? caret;
  }

  #show(items: readonly Candidate[]): void {
    if (items.length === 0 && !this.open) return;
    this.items = items;
    this.active = 0;
    this.changed();
  }
}
