/** What recall gives to whoever builds a prompt: exact source, cut by lines, with the reason it was chosen. */
import type { IndexedSymbol } from '../../protocol';
import type { FileCode } from '../../repo';

export interface RecallCandidate {
  path: string;
  startLine: number;
  endLine: number;
  text: string;
  why: string;
  /** Higher is better; comparable within one query only. */
  score: number;
  /** The line that it is about: what stays when there is room for less. */
  at: number;
}

export interface RecallQuery {
  /** The question, or the lines around a cursor. */
  text: string;
  /** Earlier turns, newest last; they count less. */
  history?: readonly string[] | undefined;
  /** Exact in the prompt already: nothing from here is brought again. */
  present?: Present | undefined;
}

export type Present = readonly { path: string; startLine: number; endLine: number }[];

/** Exact text and symbols of the files as they are on disk, searchable. All methods are synchronous and quick (milliseconds). */
export interface RecallIndex {
  /** Takes the place of what was known of the path. */
  put(path: string, text: string, code: FileCode | undefined): void;
  remove(path: string): void;
  /** Best first, not overlapping; more than will be used. */
  search(query: RecallQuery): RecallCandidate[];
  /** Where these names are defined, in the order of the names; not overlapping. */
  definitionsOf(names: readonly string[], present?: Present): RecallCandidate[];
  /**
   * Definitions with these letters in their names, in this order: exactly so named first, then those that begin with it.
   * @param path only in this file
   */
  symbols(query: string, path?: string): IndexedSymbol[];
  readonly files: number;
  /** Whether the path is among the files, which are those that may be read: nothing ignored, nothing with a secret. */
  has(path: string): boolean;
  close(): void;
}
