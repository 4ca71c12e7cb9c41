/**
 * One answer of the model, from its first piece to its last, becomes proposals and refusals. Blocks are judged in the
 * order in which they come, each as soon as it is complete. However the answer ends, what was proposed stays proposed.
 */
import { EditBlockParser, type EditEvent } from '../blocks/editBlocks';
import type { LineSpan } from '../blocks/locate';
import { planBlock } from '../review/planBlock';
import type { Refusal, RefusalCode } from '../blocks/refusals';
import type { OpenedFile, Review } from '../review/review';
import type { EditBlock } from '../types';

/** Where the files of the workspace come from. */
export interface Files {
  /** The live buffer of the file that a path written by the model means. */
  open(path: string): Promise<OpenedFile | { refused: RefusalCode }>;
}

/** The file that the person was in, which is meant when the model names none. */
export interface Home {
  path: string;
  selected: LineSpan | undefined;
}

export interface EditOutcome {
  /** Blocks that can be reviewed. */
  offered: number;
  /** Keys of the files they are for, in order. */
  files: string[];
  refusals: Refusal[];
}

export interface RunHooks {
  /** A block can be reviewed, the `count`th of this answer. */
  onOffer?: (key: string, count: number) => void;
  /** Nothing more will be taken: an endless answer is to be stopped. */
  onFull?: () => void;
}

const mostBlocks = 200;
const mostFiles = 50;

export class EditRun {
  readonly #parser = new EditBlockParser();
  readonly #refusals: Refusal[] = [];
  readonly #files = new Set<string>();
  /** The blocks offered so far. */
  readonly #offered: { key: string; ids: number[] }[] = [];
  #queue: Promise<void> = Promise.resolve();
  #blocks = 0;
  #last: string | undefined;

  constructor(
    private readonly files: Files,
    private readonly review: Review,
    private readonly home: Home | undefined,
    private readonly hooks: RunHooks = {},
  ) {}

  feed(text: string): void {
    this.#take(this.#parser.push(text));
  }

  /** Takes the end of the answer. Resolves when every block has been judged; never rejects. */
  async finish(): Promise<EditOutcome> {
    this.#take(this.#parser.end());
    await this.#queue;
    return { offered: this.#offered.length, files: [...this.#files], refusals: this.#refusals };
  }

  #take(events: readonly EditEvent[]): void {
    for (const event of events) this.#queue = this.#queue.then(() => this.#handle(event));
  }

  async #handle(event: EditEvent): Promise<void> {
    if (this.#blocks > mostBlocks) return;
    this.#blocks++;
    if (this.#blocks > mostBlocks || this.#files.size > mostFiles) {
      this.#blocks = mostBlocks + 1;
      this.#refuse('', 'too-many');
      this.hooks.onFull?.();
    } else if (event.kind === 'block') {
      await this.#offer(event.block);
    } else {
      if (event.withdraws) this.#withdraw();
      this.#refuse(event.path, event.code);
    }
  }

  async #offer(block: EditBlock): Promise<void> {
    const written = block.path ?? '';
    const opened = await this.#open(block).catch((): { refused: RefusalCode } => ({ refused: 'not-a-file' }));
    if ('refused' in opened) {
      this.#refuse(written, opened.refused);
      return;
    }
    const { file } = this.review.open(opened);
    const near = file.path === this.home?.path ? this.home.selected : undefined;
    const planned = planBlock(block, file, { pending: file.hunks, replaced: file.replaced }, near);
    if ('refused' in planned) {
      this.#refuse(written === '' ? file.path : written, planned.refused);
      return;
    }
    this.#last = file.path;
    this.#files.add(file.key);
    this.#offered.push({ key: file.key, ids: this.review.add(file.key, planned.changes) });
    this.hooks.onOffer?.(file.key, this.#offered.length);
  }

  /** A path of its own is believed alone; without one, a file mentioned before, the last one, or the one the person is in. */
  async #open(block: EditBlock): Promise<OpenedFile | { refused: RefusalCode }> {
    if (block.path !== undefined) return this.files.open(block.path);
    for (const guess of block.guesses) {
      const opened = await this.files.open(guess);
      if (!('refused' in opened) && opened.lines) return opened;
    }
    const path = this.#last ?? this.home?.path;
    return path === undefined ? { refused: 'no-path' } : this.files.open(path);
  }

  #withdraw(): void {
    const block = this.#offered.pop();
    if (block) this.review.reject(block.key, block.ids);
  }

  #refuse(path: string, code: RefusalCode): void {
    this.#refusals.push({ path: path.slice(0, 400), code });
  }
}
