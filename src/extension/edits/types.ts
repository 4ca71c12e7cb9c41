/**
 * What the parts of an edit hand to each other. A file is an array of lines without their ends; line numbers count
 * from 0 unless a name or a comment says otherwise.
 */

/** One search/replace block as the model wrote it; nothing in it has been checked. */
export interface EditBlock {
  /** The path that stood on a line of its own. It alone is meant, even when it turns out to be nonsense. */
  path: string | undefined;
  /** Paths mentioned in passing before the block; good only if such a file exists. */
  guesses: readonly string[];
  search: readonly string[];
  replace: readonly string[];
  /** Line, from 1, where the model says that the search text begins. */
  line: number | undefined;
}

/** Lines that change: `from` stands at `start`, `to` takes its place. Unchanged lines between two near changes are in both. */
export interface Change {
  start: number;
  from: readonly string[];
  to: readonly string[];
}

/** A change that can be accepted or rejected, with the lines next to it by which its place is known again. */
export interface Hunk extends Change {
  id: number;
  /** The line before; undefined at the start of the file. */
  before: string | undefined;
  /** The line after; undefined at the end of the file. */
  after: string | undefined;
}
