/**
 * What is said about the repository memory: its plan before anything is read, what is saved of it, how it changes with
 * the files, and how well it recalls. Limits are in tokens and bytes, times in milliseconds unless a name says seconds.
 */
import * as z from 'zod/mini';
import { absolutePath, cacheTypeSchema, encodings, folders, label, text } from './bounds';

/** Where the memory is saved; absent fields: the user's cache folder, 8 GB, yes, another 8 GB, q8_0. */
export const storageOptions = z.object({
  folder: z.optional(absolutePath),
  /** Bytes of all saved memories together; the least recently used go first. */
  quotaBytes: z.optional(z.int().check(z.positive())),
  save: z.optional(z.boolean()),
  /** Bytes of the archive, the keys and values of files that were read; 0: nothing is archived. The least recently used go first. */
  archiveBytes: z.optional(z.int().check(z.nonnegative())),
  /** Precision of the archive. */
  archiveType: z.optional(cacheTypeSchema),
});

export const skippedFile = z.object({ path: z.string(), reason: z.string() });

/** Which files Bonsai would read, by their names alone; needs no model. */
export const listFilesParams = z.object({ folders });
export const listedFiles = z.object({ files: z.array(z.string()) });

/** A text as a repository with it would be read: markers stand where data was put into it, and of a notebook there are the cells. */
export const textToReadParams = z.object({ path: label, text });
export const readText = z.object({ text: z.string() });

/** The card shown before anything is paid. */
export const planRepositoryParams = z.object({
  folders,
  name: z.optional(label),
  encodings: z.optional(encodings),
});
export const repositoryPlan = z.object({
  name: z.string(),
  files: z.int(),
  /** Of all files, exact. */
  tokens: z.int(),
  /** Of these, what the saved memory (or the one in use) already holds. */
  tokensHeld: z.int(),
  /** Those that are neither held nor in the archive. */
  tokensToRead: z.int(),
  /** Of all tokens, those whose keys and values are in the archive: they need not be read, whatever is held. */
  tokensArchived: z.int(),
  /** What the archive takes on disk once everything is read; 0: nothing is archived. */
  archiveBytes: z.int(),
  skipped: z.array(skippedFile),
  /** Last, next to the questions: the most depended-upon and recently changed files, each with why it stands there. */
  lastFiles: z.array(z.object({ path: z.string(), why: z.string() })),
  modelBytes: z.int(),
  /** What the repository's cache takes, whatever is read. */
  kvBytes: z.int(),
  /** What an unbounded cache of the same precision would take for the repository. */
  kvBytesFull: z.int(),
  /** Caches of `kvBytes` each: of the repository, chat and ghost text; where the cache is bounded, of a newer memory too. */
  kvBanks: z.int(),
  /** Measured on this machine with this model and cache; null: nothing was read yet. */
  tokensPerSecond: z.nullable(z.number()),
  secondsToRead: z.nullable(z.number()),
  /** Of all tokens, those that stay in the cache once everything is read; mean of the layers. */
  tokensResident: z.int(),
  /** Whether the whole repository can be read with these settings, and model and cache are within this machine's memory. */
  fits: z.boolean(),
  /** What to know of how the files were found, and what to change when they do not fit or would take long; sentences. */
  advice: z.array(z.string()),
});

/** What came back of a repository without being read. */
export const openedRepository = z.object({
  /** In memory now; 0: nothing is saved, or nothing of it can be used. */
  restoredTokens: z.int(),
  /** Until all of it is there and up to date. */
  tokensToRead: z.int(),
  /** Why something that is saved was not used; sentences. */
  notes: z.array(z.string()),
});

/** Files (absolute paths) that the editor saw change; none: anything may have changed, as after a branch switch. */
export const filesChanged = z.object({ paths: z.array(label) });

export const savedMemory = z.object({
  id: z.string(),
  name: z.string(),
  folders: z.array(z.string()),
  model: z.string(),
  tokens: z.int(),
  bytes: z.int(),
  /** Milliseconds since 1970. */
  usedAt: z.number(),
});
export const savedMemories = z.object({
  folder: z.string(),
  memories: z.array(savedMemory),
  /** What the archive of all models takes. */
  archiveBytes: z.int(),
});
export const deleteSavedParams = z.object({
  /** Absent: all of them. The one in use stays in the engine, and is saved again when it changes. */
  ids: z.optional(z.array(label)),
  /** Whether the archive goes, too; absent: with all memories. */
  archive: z.optional(z.boolean()),
});
export const deletedSaved = z.object({ memories: z.int(), bytes: z.int() });

/** How well values of the repository's own constants come back. */
export const recallScore = z.object({
  /** Answers that were exactly right. */
  exact: z.int(),
  /** Mean negative log-likelihood of the right answer, nats per token. */
  nats: z.number(),
});
export const fidelity = z.object({
  needles: z.int(),
  /** From the compressed memory alone. */
  memory: recallScore,
  /**
   * With rows of the archive in the place of these spans, none of them read as text; of the needles whose spans the archive has,
   * which may be none (both numbers are then 0). Absent: measured before this was.
   */
  rows: z.optional(z.extend(recallScore, { needles: z.int() })),
  /** With the exact source spans added to the prompt as text. */
  recalled: recallScore,
  /** Share (0..1) of the needles whose defining line was among the spans added. */
  found: z.number(),
  measuredAt: z.number(),
});
export const measureFidelityParams = z.object({ needles: z.optional(z.int().check(z.positive(), z.lte(1000))) });
export const fidelityProgress = z.object({ done: z.int(), total: z.int() });

/** An exact source span that was added to a prompt. Lines count from 1, both ends included. */
export const recalledSpan = z.object({
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  tokens: z.int(),
  /** Why it was chosen: `defines parseManifest`, `mentions quota`. */
  why: z.string(),
});

/** What is defined where, found by its name or by letters of it. */
export const findSymbolsParams = z.object({
  query: label,
  /** Only in this file. */
  path: z.optional(label),
});
/** Lines count from 1, both ends included. */
export const indexedSymbol = z.object({ name: z.string(), path: z.string(), startLine: z.int(), nameLine: z.int(), endLine: z.int() });
/** The likeliest first; the best few dozen. */
export const foundSymbols = z.object({ symbols: z.array(indexedSymbol) });

/** A definition, or a file, that much of the repository rests on. */
export const landmark = z.object({
  kind: z.enum(['function', 'file', 'constant', 'type']),
  /** Of a file its path. Letters, digits and `_$`, in a path also `./+~-`. */
  name: z.string(),
  path: z.string(),
});
/** At most one of each kind; none when nothing was read that can be parsed. */
export const landmarks = z.object({ landmarks: z.array(landmark) });

/** What the memory is doing beside being used. */
export const memoryState = z.object({
  /** Stopped before the end; reading goes on from there. */
  paused: z.boolean(),
  /** Files changed on disk since they were read, and not read again yet. */
  behind: z.int(),
  /** Files whose newest version follows the rest of the repository, and their tokens. */
  journalFiles: z.int(),
  journalTokens: z.int(),
  /** Set while a newer memory is being built beside the one in use. */
  renewing: z.optional(z.object({ tokensRead: z.int(), tokensTotal: z.int() })),
  /** Milliseconds since 1970; absent: not saved. */
  savedAt: z.optional(z.number()),
  fidelity: z.optional(fidelity),
});

/** What a person does with one file in memory; `path` as the cache map shows it. */
export const fileActionParams = z.object({ path: label, action: z.enum(['pin', 'unpin', 'drop', 'restore', 'reread']) });
export const fileActionResult = z.object({
  /** That were read for it. */
  tokens: z.int(),
  /** What came of it; sentences for the person. */
  note: z.string(),
});

export type StorageOptions = z.infer<typeof storageOptions>;
export type SkippedFile = z.infer<typeof skippedFile>;
export type ListFilesParams = z.infer<typeof listFilesParams>;
export type TextToReadParams = z.infer<typeof textToReadParams>;
export type ReadText = z.infer<typeof readText>;
export type ListedFiles = z.infer<typeof listedFiles>;
export type PlanRepositoryParams = z.infer<typeof planRepositoryParams>;
export type RepositoryPlan = z.infer<typeof repositoryPlan>;
export type OpenedRepository = z.infer<typeof openedRepository>;
export type FilesChanged = z.infer<typeof filesChanged>;
export type SavedMemory = z.infer<typeof savedMemory>;
export type SavedMemories = z.infer<typeof savedMemories>;
export type DeleteSavedParams = z.infer<typeof deleteSavedParams>;
export type DeletedSaved = z.infer<typeof deletedSaved>;
export type RecallScore = z.infer<typeof recallScore>;
export type Fidelity = z.infer<typeof fidelity>;
export type MeasureFidelityParams = z.infer<typeof measureFidelityParams>;
export type FidelityProgress = z.infer<typeof fidelityProgress>;
export type FileActionParams = z.infer<typeof fileActionParams>;
export type FileActionResult = z.infer<typeof fileActionResult>;
export type FindSymbolsParams = z.infer<typeof findSymbolsParams>;
export type IndexedSymbol = z.infer<typeof indexedSymbol>;
export type FoundSymbols = z.infer<typeof foundSymbols>;
export type Landmark = z.infer<typeof landmark>;
export type Landmarks = z.infer<typeof landmarks>;
export type RecalledSpan = z.infer<typeof recalledSpan>;
export type MemoryState = z.infer<typeof memoryState>;
