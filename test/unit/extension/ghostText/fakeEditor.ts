/**
 * One editor of one document, as VS Code behaves: every change cancels what was asked, and 50 ms later it asks again; after
 * an accepted suggestion it asks at once. `█` marks the cursor in the texts of tests.
 */
import type { GhostText, Outcome } from '../../../../src/extension/ghostText/ghostText';
import type { Cursor, GhostDocument, SelectedEntry } from '../../../../src/extension/ghostText/cursorPlace';
import type { Suggestion } from '../../../../src/extension/ghostText/suggestion';
import type { TypingSituation } from '../../../../src/extension/ghostText/suppression';
import type { Timer } from '../../../../src/extension/util/timer';

export class FakeDocument implements GhostDocument {
  version = 1;
  isClosed = false;
  #lines: string[];
  /** What takes each change back, the newest last. */
  readonly #back: { start: number; end: number; text: string }[] = [];

  constructor(
    public text: string,
    public languageId = 'typescript',
  ) {
    this.#lines = text.split('\n');
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  lineAt(line: number): { text: string } {
    const text = this.#lines[line];
    if (text === undefined) throw new Error(`there is no line ${line}`);
    return { text };
  }

  /** Replaces characters [start, end) of the whole text. */
  replace(start: number, end: number, text: string): void {
    this.#back.push({ start, end: start + text.length, text: this.text.slice(start, end) });
    this.#put(start, end, text);
  }

  /** Takes the last change back. @returns where that ends, or undefined when nothing was changed */
  undo(): number | undefined {
    const last = this.#back.pop();
    if (!last) return undefined;
    this.#put(last.start, last.end, last.text);
    return last.start + last.text.length;
  }

  #put(start: number, end: number, text: string): void {
    this.text = this.text.slice(0, start) + text + this.text.slice(end);
    this.#lines = this.text.split('\n');
    this.version++;
  }
}

export const calm: Omit<TypingSituation, 'languageId' | 'suffix' | 'longestLine' | 'commenting' | 'length'> = {
  explicit: false,
  enabled: true,
  disabledLanguages: [],
  inComments: true,
  trusted: true,
  kind: 'code',
  fim: true,
  comparing: false,
  cursors: 1,
  selecting: false,
};

/** What the editor waits before it asks, milliseconds. */
export const editorWaits = 50;

export class FakeEditor {
  document: FakeDocument;
  /** Of the whole text. */
  offset: number;
  shown: Suggestion | undefined;
  outcome: Outcome | undefined;
  failures: unknown[] = [];
  /** Requests that have not come back. */
  pending = 0;
  situation = calm;
  entry: SelectedEntry | undefined;
  /** Called with everything that comes back, and whether the request had been cancelled by then. */
  onReturn: (outcome: Outcome, cancelled: boolean) => void = () => undefined;
  #stop = new AbortController();
  #seen: { version: number; offset: number; cursor: Cursor } | undefined;

  constructor(
    private readonly ghost: GhostText,
    private readonly timer: Timer,
    marked: string,
    public address = 'file:///a.ts',
    languageId = 'typescript',
  ) {
    this.offset = marked.indexOf('█');
    if (this.offset < 0) throw new Error(`no cursor in ${marked}`);
    this.document = new FakeDocument(marked.replace('█', ''), languageId);
  }

  get cursor(): Cursor {
    if (this.#seen?.version !== this.document.version || this.#seen.offset !== this.offset) this.look();
    return this.#seen?.cursor ?? { line: 0, character: 0 };
  }

  /** Finds the cursor's line, so that nobody has to wait for it later. */
  look(): void {
    const before = this.document.text.slice(0, this.offset).split('\n');
    const cursor = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    this.#seen = { version: this.document.version, offset: this.offset, cursor };
  }

  /** The text with the cursor, and the suggestion between `[` and `]` as accepting it would leave it. */
  get seen(): string {
    const { text } = this.document;
    if (!this.shown) return `${text.slice(0, this.offset)}█${text.slice(this.offset)}`;
    const [start, end] = this.range(this.shown);
    return `${text.slice(0, start)}[${this.shown.text}]${text.slice(end)}`;
  }

  type(text: string): void {
    this.ghost.typed();
    this.edit(this.offset, this.offset, text);
  }

  backspace(count = 1): void {
    this.ghost.typed();
    this.edit(Math.max(0, this.offset - count), this.offset, '');
  }

  /** Changes the document, and puts the cursor behind the change. */
  edit(start: number, end: number, text: string): void {
    this.document.replace(start, end, text);
    this.#changed(start + text.length);
  }

  undo(): void {
    const end = this.document.undo();
    if (end !== undefined) this.#changed(end);
  }

  #changed(offset: number): void {
    this.offset = offset;
    this.cancel();
    const signal = this.#stop.signal;
    this.timer.after(editorWaits, () => signal.aborted || this.request(signal));
  }

  /** Types a bracket or quote; the editor puts its other half behind the cursor. */
  typeAndClose(open: string, close: string): void {
    this.ghost.typed();
    this.edit(this.offset, this.offset, open + close);
    this.offset -= close.length;
  }

  move(offset: number): void {
    this.offset = offset;
    this.cancel();
  }

  cancel(): void {
    this.#stop.abort('cancelled');
    this.#stop = new AbortController();
    this.shown = undefined;
  }

  /** Accepts what is shown. */
  accept(): void {
    if (!this.shown) throw new Error(`nothing is shown in ${this.seen}`);
    const [start, end] = this.range(this.shown);
    const { text } = this.shown;
    this.document.replace(start, end, text);
    this.offset = start + text.length;
    this.cancel();
    void this.ghost.accepted(this.address);
    this.request();
  }

  close(): void {
    this.document.isClosed = true;
    this.cancel();
    this.ghost.forget(this.address);
  }

  /** Asks now, as by hand. */
  trigger(): void {
    this.situation = { ...this.situation, explicit: true };
    this.request();
    this.situation = { ...this.situation, explicit: false };
  }

  request(signal = this.#stop.signal): void {
    const { document, cursor, situation, entry } = this;
    this.pending++;
    const name = { document: this.address, path: this.address.slice('file:///'.length) };
    this.ghost.suggest({ document, name, cursor, entry, situation: { ...situation, length: document.text.length } }, signal).then(
      (outcome) => {
        this.pending--;
        this.onReturn(outcome, signal.aborted);
        if (signal.aborted) return;
        this.outcome = outcome;
        this.shown = outcome.suggestion;
      },
      (error: unknown) => {
        this.pending--;
        this.failures.push(error);
      },
    );
  }

  /** The part of the whole text that a suggestion takes the place of. */
  range({ start, end }: Suggestion): [number, number] {
    const line = this.offset - this.cursor.character;
    return [line + start, line + end];
  }
}
