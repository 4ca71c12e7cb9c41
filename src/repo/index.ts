/** Reading a repository from disk: which files, in which order, and their text. Pure Node; knows nothing of models. */
export { listRepository, type Listing } from './listRepository';
export { readText, type ReadResult } from './readText';
export type { RepositoryFile, SkippedFile } from './types';
