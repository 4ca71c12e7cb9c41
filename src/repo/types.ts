/** The two things a listing is made of. */

export interface RepositoryFile {
  /** Relative to the listed folder, with forward slashes. */
  path: string;
  absolutePath: string;
  /** Size on disk when it was listed. */
  bytes: number;
}

export interface SkippedFile {
  path: string;
  /** Why it is not read, in words for people. */
  reason: string;
}
