/** What a listing is made of. */

export interface RepositoryFile {
  /** Relative to the listed folder, with forward slashes. */
  path: string;
  absolutePath: string;
  /** Size on disk when it was listed. */
  bytes: number;
  /** When its content last changed, as the listing saw it: milliseconds since 1970, with a fraction. */
  mtimeMs: number;
  /** `.gitattributes` says that it is not generated, whatever it looks like. */
  notGenerated?: true;
  /** What it is said to be written in: by `.gitattributes` (`working-tree-encoding`), else by the editor. */
  encoding?: string;
}

export interface SkippedFile {
  path: string;
  /** Why it is not read, in words for people. */
  reason: string;
}

export interface FoundPaths {
  /** Relative to the folder, forward slashes, no duplicates; a nested repository ends with a slash. */
  paths: string[];
  /** What could not even be named or entered. */
  skipped: SkippedFile[];
  /** Those that git's index names; any other one was seen on disk. */
  tracked: ReadonlySet<string>;
  /** Of the tracked ones, those that git was told not to have in the work tree (sparse checkout). */
  notCheckedOut: ReadonlySet<string>;
}
