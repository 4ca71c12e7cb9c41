/**
 * A model's output is read as search/replace blocks in the form that Aider made common, line by line as it comes.
 * Fences, text around and sloppy markers are forgiven; where the borders of a block cannot be told for certain it is refused.
 * Never throws, and never keeps more than one block's worth of text.
 *
 * ```
 * src/a.ts
 * <<<<<<< SEARCH
 * lines as they are
 * =======
 * lines as they shall be
 * >>>>>>> REPLACE
 * ```
 *
 * Format: https://aider.chat/docs/more/edit-formats.html. A line may follow SEARCH, as in `<<<<<<< SEARCH :120`.
 */
import { pathAlone, pathInFence, pathsMentioned } from './blockPath';
import type { RefusalCode } from './refusals';
import type { EditBlock } from '../types';

/** A block that cannot be read. */
interface Broken {
  kind: 'broken';
  path: string;
  code: RefusalCode;
  /** The block before it was cut short and must not be offered either. */
  withdraws: boolean;
}
export type EditEvent = { kind: 'block'; block: EditBlock } | Broken;

const opener = /^([ \t]*)(<{5,9})[ \t]*SEARCH\b[> \t]*(?:[:@]|lines?[ \t:]*)?[ \t]*(\d{1,7})?(?:-\d{1,7})?[ \t]*:?[ \t]*$/i;
const divider = /^([ \t]*)(={5,9})[ \t]*$/;
const closer = /^([ \t]*)(>{5,9})[ \t]*REPLACE\b[ \t]*$/i;
const fenceLine = /^[ \t]*(`{3,}|~{3,})([^`]*)$/;

/** Characters of one block, and of a line without an end. */
const longestBlock = 1_000_000;
/** Lines before a block in which its path is looked for. */
const remembered = 3;

interface OpenBlock {
  indent: string;
  /** Number of signs in the opening marker; a divider of the same width is preferred to others. */
  width: number;
  path: string | undefined;
  guesses: readonly string[];
  line: number | undefined;
  body: string[];
  size: number;
}

export class EditBlockParser {
  #partial = '';
  #discarding = false;
  #recent: string[] = [];
  #fence: string | undefined;
  #open: OpenBlock | undefined;
  /** Complete, but offered only when what follows shows that its end was its end. */
  #held: EditBlock | undefined;
  #last: string | undefined;

  /** Takes the next piece of output. @returns what became certain by it */
  push(text: string): EditEvent[] {
    const [first = '', ...others] = text.split('\n');
    const lines = [this.#partial + first, ...others];
    this.#partial = lines.pop() ?? '';
    const events = lines.flatMap((line) => this.#line(line.endsWith('\r') ? line.slice(0, -1) : line));
    if (this.#partial.length > longestBlock) {
      events.push(...this.#line(this.#partial));
      this.#partial = '';
    }
    return events;
  }

  /** Takes the end of the output, complete or not. */
  end(): EditEvent[] {
    const events = this.#partial === '' ? [] : this.#line(this.#partial.replace(/\r$/, ''));
    this.#partial = '';
    events.push(...this.#release());
    if (this.#open) events.push(this.#broken(this.#open.path, 'cut-off'));
    this.#open = undefined;
    return events;
  }

  #line(line: string): EditEvent[] {
    return this.#open ? this.#inside(this.#open, line) : this.#outside(line);
  }

  #outside(line: string): EditEvent[] {
    const opening = opener.exec(line);
    if (opening) return [...this.#release(), ...this.#begin(opening)];
    if (closer.test(line)) return this.#stray();
    const fence = fenceLine.exec(line);
    if (fence) return this.#fenced(fence);
    if (line.trim() === '') return [];
    // In a fence, a line after the end marker may belong to a text that holds the marker: its fence has to close first.
    const released = this.#fence === undefined ? this.#release() : [];
    this.#remember(line.slice(0, 1000));
    return released;
  }

  #begin([, indent = '', signs = '', line]: RegExpExecArray): EditEvent[] {
    this.#discarding = false;
    const path = this.#recent
      .map(pathAlone)
      .reverse()
      .find((found) => found !== undefined);
    const guesses = path === undefined ? [...this.#recent].reverse().flatMap(pathsMentioned) : [];
    this.#open = { indent, width: signs.length, path, guesses, line: line === undefined ? undefined : Number(line), body: [], size: 0 };
    this.#recent = [];
    return [];
  }

  #inside(block: OpenBlock, line: string): EditEvent[] {
    const opening = opener.exec(line);
    if (opening?.[1] === block.indent) return [this.#broken(block.path, 'nested'), ...this.#begin(opening)];
    if (closer.exec(line)?.[1] === block.indent) return this.#finish(block);
    block.body.push(line);
    block.size += line.length + 1;
    if (block.size <= longestBlock) return [];
    this.#open = undefined;
    this.#discarding = true;
    return [this.#broken(block.path, 'too-long')];
  }

  #finish(block: OpenBlock): EditEvent[] {
    this.#open = undefined;
    const at = dividerIn(block);
    if (at === undefined) return [this.#broken(block.path, 'dividers')];
    const { indent, path, guesses, line } = block;
    const body = block.body.every((text) => text.startsWith(indent) || text.trim() === '')
      ? block.body.map((text) => text.slice(indent.length))
      : block.body;
    this.#held = { path, guesses, line, search: body.slice(0, at), replace: body.slice(at + 1) };
    return [];
  }

  /** An end marker where no block is open: the text of the block before holds such a line, so its true end is unknown. */
  #stray(): EditEvent[] {
    if (this.#discarding) {
      this.#discarding = false;
      return [];
    }
    const held = this.#held;
    const last = this.#last;
    this.#held = undefined;
    const event = this.#broken(held ? held.path : last, 'stray');
    return [held === undefined && last !== undefined ? { ...event, withdraws: true } : event];
  }

  #fenced([, signs = '', info = '']: RegExpExecArray): EditEvent[] {
    if (this.#fence === undefined) {
      this.#fence = signs;
      const path = pathInFence(info);
      if (path !== undefined) this.#remember(`\`${path}\``);
    } else if (signs.startsWith(this.#fence)) {
      this.#fence = undefined;
    }
    return this.#release();
  }

  #release(): EditEvent[] {
    const block = this.#held;
    this.#held = undefined;
    if (!block) return [];
    this.#last = block.path ?? '';
    return [{ kind: 'block', block }];
  }

  #remember(line: string): void {
    this.#recent = [...this.#recent, line].slice(-remembered);
  }

  #broken(path: string | undefined, code: RefusalCode): Broken {
    this.#last = undefined;
    return { kind: 'broken', path: path ?? '', code, withdraws: false };
  }
}

/** Index of the one line that parts old from new; undefined when there is none, or no telling which. */
function dividerIn({ body, indent, width }: OpenBlock): number | undefined {
  const found = body.flatMap((line, index) => {
    const [, before, signs] = divider.exec(line) ?? [];
    return before === indent && signs !== undefined ? [{ index, exact: signs.length === width }] : [];
  });
  const exact = found.filter((one) => one.exact);
  const candidates = exact.length > 0 ? exact : found;
  return candidates.length === 1 ? candidates[0]?.index : undefined;
}
