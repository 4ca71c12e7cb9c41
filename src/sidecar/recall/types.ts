/** What recall gives to whoever builds a prompt: exact source, cut by lines, with the reason it was chosen. */
import type { FileCode } from '../../repo';

export interface Candidate {
  path: string;
  startLine: number;
  endLine: number;
  text: string;
  why: string;
  /** Higher is better; comparable within one query only. */
  score: number;
}

export interface RecallQuery {
  /** The question, or the lines around a cursor. */
  text: string;
  /** Earlier turns, newest last; they count less. */
  history?: readonly string[] | undefined;
  /** Exact in the prompt already: nothing from here is brought again. */
  present?: readonly { path: string; startLine: number; endLine: number }[] | undefined;
}

/** Exact text and symbols of the files as they are on disk, searchable. All methods are synchronous and quick (milliseconds). */
export interface RecallIndex {
  /** Takes the place of what was known of the path. */
  put(path: string, text: string, code: FileCode | undefined): void;
  remove(path: string): void;
  /** Best first, not overlapping; more than will be used. */
  search(query: RecallQuery): Candidate[];
  readonly files: number;
  close(): void;
}
