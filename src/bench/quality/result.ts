/** What a quality run writes down, so that it can be gone on with and reported from. Losses are nats, bytes are of one sequence. */
import * as z from 'zod/mini';
import { configSchema } from './config';

export const recallSchema = z.object({ where: z.number(), nats: z.number(), exact: z.boolean() });

export const streamSchema = z.object({
  corpus: z.string(),
  /** Sum of the negative log-likelihoods in blocks of `settings.blockTokens` tokens. */
  blocks: z.array(z.number()),
  /** By depth, 0 to 1. */
  recall: z.array(recallSchema),
  lines: z.object({ count: z.int(), similarity: z.number(), exact: z.int() }),
});

export const resultSchema = z.object({
  config: configSchema,
  /** Entries of each layer, staging included. */
  budgets: z.array(z.int()),
  kvBytes: z.int(),
  streams: z.array(streamSchema),
  /** By distance, tokens. */
  distant: z.array(recallSchema),
  seconds: z.number(),
  notice: z.optional(z.string()),
});

export const settingsSchema = z.object({
  model: z.string(),
  modelBytes: z.int(),
  engine: z.enum(['bonsai', 'stock']),
  corpora: z.array(z.string()),
  calibration: z.string(),
  tokens: z.int(),
  streams: z.int(),
  seed: z.int(),
  chunk: z.int(),
  blockTokens: z.int(),
  distances: z.array(z.int()),
  distantTexts: z.int(),
  lines: z.int(),
  ask: z.enum(['chat', 'code']),
});

export const runSchema = z.object({
  settings: settingsSchema,
  /** Trained window of the model, tokens. */
  trainedWindow: z.int(),
  machine: z.string(),
  device: z.string(),
  commands: z.array(z.string()),
  results: z.record(z.string(), resultSchema),
});

export type RecallResult = z.infer<typeof recallSchema>;
export type StreamResult = z.infer<typeof streamSchema>;
export type ConfigResult = z.infer<typeof resultSchema>;
export type QualitySettings = z.infer<typeof settingsSchema>;
export type QualityRun = z.infer<typeof runSchema>;
