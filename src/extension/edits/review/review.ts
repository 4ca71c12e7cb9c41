/**
 * What is proposed and not decided yet, file by file, in step with the live buffers. Holds no buffer and writes to
 * none; a caller that carries changes out claims them first, so that no other does, and says afterwards what the buffer holds:
 * what did not land is still to be decided. Knows nothing of the editor.
 */
import { Emitter } from 'vscode-jsonrpc/node';
import { followHunks, relocated, stands, type BufferChange } from './hunkTracking';
import { changedLines } from '../lineEdits';
import { replacedLines } from './planBlock';
import type { Change, Hunk } from '../types';

export interface ReviewedFile {
  /** Names the file among all others: its address as text. */
  readonly key: string;
  /** As people are shown it. */
  readonly path: string;
  /** The live buffer; undefined while there is no such file. */
  readonly lines: readonly string[] | undefined;
  /** To be decided, in order of place. */
  readonly hunks: readonly Hunk[];
  /** Lines that were proposed to be replaced so far, decided or not. */
  readonly replaced: number;
}

export type OpenedFile = Pick<ReviewedFile, 'key' | 'path' | 'lines'>;

export class Review {
  readonly #changes = new Emitter<string>();
  /** Something about the file with this key changed. */
  readonly onChange = this.#changes.event;
  readonly #files = new Map<string, ReviewedFile>();
  /** Ids of hunks that are being carried out; they can be seen until their buffer changes. */
  readonly #claimed = new Set<number>();
  #nextId = 1;

  /** Files with something to decide, in the order in which they were proposed. */
  get pending(): ReviewedFile[] {
    return [...this.#files.values()].filter(({ hunks }) => hunks.length > 0);
  }

  file(key: string): ReviewedFile | undefined {
    return this.#files.get(key);
  }

  /** Brings a file in, or in step with what its buffer holds now. @returns how many hunks lost their place */
  open(file: OpenedFile): { file: ReviewedFile; lost: number } {
    const known = this.#files.get(file.key);
    if (known && sameLines(known.lines, file.lines)) return { file: known, lost: 0 };
    const before = known?.hunks ?? [];
    const hunks = before.flatMap((hunk) => relocated(hunk, file.lines ?? []) ?? []);
    const opened = { ...file, hunks, replaced: known?.replaced ?? 0 };
    if (known) this.#put(opened);
    else this.#files.set(file.key, opened);
    return { file: opened, lost: before.length - hunks.length };
  }

  /** Offers changes that fit the file as it is. @returns their ids */
  add(key: string, changes: readonly Change[]): number[] {
    const file = this.#files.get(key);
    if (!file) return [];
    const lines = file.lines ?? [];
    const hunks = changes.map((change): Hunk => {
      const { start, from } = change;
      return { ...change, id: this.#nextId++, before: lines[start - 1], after: lines[start + from.length] };
    });
    this.#put({ ...file, hunks: inOrder([...file.hunks, ...hunks]), replaced: file.replaced + replacedLines(changes) });
    return hunks.map(({ id }) => id);
  }

  /** The editor says what changed in a buffer. @returns how many hunks lost their place */
  bufferChanged(key: string, changes: readonly BufferChange[], lines: readonly string[]): number {
    const file = this.#files.get(key);
    if (!file) return 0;
    const { hunks, lost } = followHunks(file.hunks.filter(this.#free), changes, lines);
    this.#put({ ...file, lines, hunks: inOrder(hunks) });
    return lost.length;
  }

  /** Forgets hunks that nobody has claimed. @param ids absent: all of the file */
  reject(key: string, ids?: readonly number[]): void {
    const file = this.#files.get(key);
    const gone = this.#chosen(file, ids);
    if (file && gone.length > 0) this.#put({ ...file, hunks: file.hunks.filter((hunk) => !gone.includes(hunk)) });
  }

  /** Hands hunks that nobody has claimed to one who carries them out. @param ids absent: all of the file */
  claim(key: string, ids?: readonly number[]): Hunk[] {
    const hunks = this.#chosen(this.#files.get(key), ids);
    for (const { id } of hunks) this.#claimed.add(id);
    return hunks;
  }

  /**
   * Ends a claim, however it went.
   * @param before the buffer when the hunks were claimed
   * @param lines the buffer now
   * @returns the hunks that did not land and are to be decided again
   */
  settle(key: string, claimed: readonly Hunk[], before: readonly string[], lines: readonly string[]): Hunk[] {
    const ids = new Set(claimed.map(({ id }) => id));
    for (const id of ids) this.#claimed.delete(id);
    const file = this.#files.get(key);
    if (!file) return [];
    const allLanded = sameLines(changedLines(before, claimed), lines);
    const back = (allLanded ? [] : claimed).flatMap((hunk) => {
      const { start, from } = hunk;
      const here = stands(hunk, start, lines) && lines[start - 1] === hunk.before && lines[start + from.length] === hunk.after;
      return here ? hunk : (relocated(hunk, lines) ?? []);
    });
    const others = file.hunks.filter(({ id }) => !ids.has(id));
    this.#put({ ...file, lines: file.lines && lines, hunks: inOrder([...others, ...back]) });
    return back;
  }

  dispose(): void {
    this.#files.clear();
    this.#changes.dispose();
  }

  readonly #free = ({ id }: Hunk): boolean => !this.#claimed.has(id);

  #chosen(file: ReviewedFile | undefined, ids: readonly number[] | undefined): Hunk[] {
    return (file?.hunks ?? []).filter((hunk) => this.#free(hunk) && (ids === undefined || ids.includes(hunk.id)));
  }

  #put(file: ReviewedFile): void {
    this.#files.set(file.key, file);
    this.#changes.fire(file.key);
  }
}

const inOrder = (hunks: readonly Hunk[]): Hunk[] => [...hunks].sort((a, b) => a.start - b.start || a.from.length - b.from.length);

function sameLines(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((line, index) => line === b[index]));
}
