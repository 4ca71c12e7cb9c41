/** What a repository run writes down, so that it can be gone on with and reported from. */
import * as z from 'zod/mini';
import { taskNames } from './items';

export const scoreSchema = z.object({
  id: z.string(),
  /** 1 when the answer was exactly right, or the right choice had the highest probability; else 0. */
  right: z.number(),
  /** Mean negative log-likelihood of the right answer, nats per token. */
  nats: z.number(),
  /** Of a held-out line: 1 minus the normalised edit distance. */
  similarity: z.optional(z.number()),
  /** Of the prompt and, where rows were asked for, of what was read again in their place. */
  readTokens: z.int(),
  /** Given as rows, beside the prompt. */
  recalledTokens: z.optional(z.int()),
  milliseconds: z.number(),
  /** Whether the source in the prompt held every place that answers. */
  found: z.boolean(),
  /** Of `turns`: `right` of each turn. */
  turns: z.optional(z.array(z.number())),
});
export type Score = z.infer<typeof scoreSchema>;

/** One row on one repository. */
export const cellSchema = z.object({
  /** Entries of each layer, staging included. */
  budgets: z.array(z.int()),
  /** Keys and values of one sequence, bytes. */
  kvBytes: z.int(),
  /** Of the repository in the cache, tokens; 0 where there is none. */
  tokens: z.int(),
  /** Reading it once, seconds; 0 where there is nothing to read, or it was restored. */
  readingSeconds: z.number(),
  scores: z.partialRecord(z.enum(taskNames), z.array(scoreSchema)),
  notice: z.optional(z.string()),
});
export type Cell = z.infer<typeof cellSchema>;

export const settingsSchema = z.object({
  model: z.string(),
  modelBytes: z.int(),
  corpora: z.array(z.string()),
  characters: z.int(),
  items: z.int(),
  tasks: z.array(z.enum(taskNames)),
  recall: z.int(),
  chunk: z.int(),
  seed: z.int(),
});

export const runSchema = z.object({
  settings: settingsSchema,
  trainedWindow: z.int(),
  machine: z.string(),
  commands: z.array(z.string()),
  repositories: z.record(z.string(), z.object({ name: z.string(), files: z.int(), characters: z.int(), tokens: z.int() })),
  /** By row, then by repository folder. */
  rows: z.record(z.string(), z.record(z.string(), cellSchema)),
});
export type RepositoryRun = z.infer<typeof runSchema>;
