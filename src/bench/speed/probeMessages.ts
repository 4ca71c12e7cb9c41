/** What a probe's process is asked for, and what it prints. */
import * as z from 'zod/mini';
import { schemas } from '../../protocol';
import { tuningSchema } from '../quality/config';

export const probeRequest = z.object({
  engine: schemas.engineKindSchema,
  modelPath: z.optional(z.string()),
  gpu: z.optional(z.enum(['auto', 'off'])),
  threads: z.optional(z.int()),
  chunk: z.int(),
  cache: schemas.cacheOptions,
  tuning: tuningSchema,
  corpus: z.string(),
  seed: z.int(),
  /** Tokens, ascending. */
  lengths: z.array(z.int()),
  /** Generated at every length; 0: reading alone is measured. */
  decode: z.int(),
  /** Times the whole is done, after one untimed chunk. */
  repeats: z.int(),
});

export const probeSample = z.object({
  tokens: z.int(),
  /** Tokens a second over the last `span` tokens before this length. */
  prefill: z.number(),
  span: z.int(),
  /** Tokens a second; 0 when not measured. */
  decode: z.number(),
  /** Bytes of K and V of one sequence, as allocated. */
  kvBytes: z.number(),
  /** Bytes of K and V that these tokens need when everything is kept. */
  kvBytesFull: z.number(),
  /** Bytes of the process in memory. */
  rss: z.number(),
});

export const probeAnswer = z.object({
  samples: z.array(probeSample),
  device: z.string(),
  model: z.string(),
  notice: z.optional(z.string()),
});

export type ProbeRequest = z.infer<typeof probeRequest>;
export type ProbeSample = z.infer<typeof probeSample>;
export type ProbeAnswer = z.infer<typeof probeAnswer>;
