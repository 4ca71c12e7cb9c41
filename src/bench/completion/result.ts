/** What a completion run writes down, so that it can be gone on with and reported from. Losses are nats, times milliseconds. */
import * as z from 'zod/mini';
import { schemas } from '../../protocol';
import { kinds } from './heldOutPlaces';

export const guessSchema = z.object({
  text: z.string(),
  exact: z.boolean(),
  first: z.boolean(),
  similarity: z.number(),
  /** Mean over the tokens of the true line, behind the prompt that the completer built. */
  nats: z.number(),
  reusedTokens: z.int(),
  readTokens: z.int(),
  generatedTokens: z.int(),
});

export const placeSchema = z.object({
  path: z.string(),
  line: z.int(),
  kind: z.enum(kinds),
  truth: z.string(),
  alone: guessSchema,
  /** With the repository in memory; absent: not measured yet. */
  memory: z.optional(guessSchema),
});

export const repositorySchema = z.object({
  name: z.string(),
  /** Files that are read, the held-out ones left out. */
  files: z.int(),
  heldOut: z.array(z.string()),
  /** Of the repository memory; 0: not read yet. */
  tokens: z.int(),
  places: z.array(placeSchema),
});

/** One request of the replayed typing. */
export const requestSchema = z.object({
  /** From the key to the answer, or until the request that a newer key stopped had ended. */
  milliseconds: z.number(),
  /** Present when it was answered. */
  answer: z.optional(z.object({ reusedTokens: z.int(), readTokens: z.int(), generatedTokens: z.int() })),
});

export const typingSchema = z.object({ repository: z.string(), tokens: z.int(), requests: z.array(requestSchema) });

export const completionSettings = z.object({
  model: z.string(),
  modelBytes: z.int(),
  engine: z.enum(['bonsai', 'stock']),
  corpora: z.array(z.string()),
  /** Held out of each corpus, at most. */
  files: z.int(),
  /** Of each class and corpus, at most. */
  lines: z.int(),
  keys: z.int(),
  seed: z.int(),
  /** How the model is asked; absent: as suits it. */
  way: z.optional(schemas.infillWay),
});

export const completionRun = z.object({
  settings: completionSettings,
  /** KV entries of each layer. */
  budgets: z.array(z.int()),
  machine: z.string(),
  commands: z.array(z.string()),
  repositories: z.record(z.string(), repositorySchema),
  typing: z.optional(typingSchema),
});

export type Guess = z.infer<typeof guessSchema>;
export type MeasuredPlace = z.infer<typeof placeSchema>;
export type MeasuredRepository = z.infer<typeof repositorySchema>;
export type TypedRequest = z.infer<typeof requestSchema>;
export type Typing = z.infer<typeof typingSchema>;
export type CompletionSettings = z.infer<typeof completionSettings>;
export type CompletionRun = z.infer<typeof completionRun>;
