/**
 * One cache in a process of its own, as the speed and memory benchmarks start it: it reads a text to its end and, at the
 * lengths asked for, measures how fast it reads and generates and what it holds. Prints one JSON document.
 */
import * as z from 'zod/mini';
import { schemas } from '../../protocol';
import type { OpenModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import type { Work } from '../../sidecar/engine/sequence';
import { tuningSchema } from '../quality/config';
import { openMeasured } from './measured';
import { decodeRate, rate } from './rates';

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

/** Enough chunks that one of them does not decide, few enough to be the speed at this length. */
const longestSpan = 8192;
const warmUp = 4;

export async function probe(request: ProbeRequest, modelName: (opened: OpenModel) => string): Promise<ProbeAnswer> {
  const { chunk, lengths, decode, repeats } = request;
  const measured = await openMeasured(request, decode === 0 ? 0 : (decode + 1) * lengths.length);
  const { opened, created, tokens, sampler } = measured;
  const session = new Scheduler().openSession('reading');
  const work: Work = { session };
  const { memory } = created.sequences;
  const samples: ProbeSample[] = [];
  try {
    await memory.evaluate(tokens.subarray(0, warmUp * chunk), work);
    for (let repeat = 0; repeat < repeats; repeat++) {
      await session.unit(() => memory.clear());
      let read = 0;
      for (const length of lengths) {
        const span = Math.min(longestSpan, length - read);
        await memory.evaluate(tokens.subarray(read, length - span), work);
        const prefill = await rate(span, () => memory.evaluate(tokens.subarray(length - span, length), work));
        read = length;
        const stats = created.cache.stats(memory.id);
        samples.push({
          tokens: length,
          prefill,
          span,
          kvBytes: stats.kvBytes,
          kvBytesFull: stats.kvBytesFull,
          decode: decode === 0 ? 0 : await decodeRate(memory, tokens[length - 1] ?? 0, decode, sampler, work),
          rss: process.memoryUsage.rss(),
        });
      }
    }
  } finally {
    session.close();
    await measured.dispose();
  }
  return { samples, device: opened.device, model: modelName(opened), ...(created.notice === undefined ? {} : { notice: created.notice }) };
}
