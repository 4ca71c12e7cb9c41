/** Reading a repository from disk: which files, in which order, their text and what it defines. Pure Node; knows nothing of models. */
export { judge } from './judge';
export { listFolders, type FoldersEntry, type FoldersListing } from './listFolders';
export { listRepository, type Listing } from './listRepository';
export { readText, type FileText, type ReadResult } from './readText';
export type { RepositoryFile, SkippedFile } from './types';
export { createCodeAnalyser } from './code/codeAnalyser';
export { createInfillEnds, type InfillEnds } from './code/infillEnds';
export { lineWeights, roleWeights } from './code/lineWeights';
export type { CodeAnalyser, Definition, DefinitionKind, FileCode, LineRole } from './code/types';
export { changedAt } from './order/gitHistory';
export { readingOrder } from './order/readingOrder';
export type { OrderedInput, Placed } from './order/types';
