/**
 * One cache in a process of its own, as the speed and memory benchmarks start it: it reads a text to its end and, at the
 * lengths asked for, measures how fast it reads and generates and what it holds. Prints one JSON document.
 */
import type { OpenModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import type { Work } from '../../sidecar/engine/sequence';
import { openMeasured } from './measured';
import type { ProbeAnswer, ProbeRequest, ProbeSample } from './probeMessages';
import { decodeRate, rate } from './rates';

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
