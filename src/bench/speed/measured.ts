/** What a speed benchmark measures: a model, one cache of its own with one sequence, and the text that is read into it. */
import { createSampler, type AddonSampler } from '../../sidecar/engine/addon';
import { temporaryBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { createCache, type CreatedCache } from '../../sidecar/engine/createCache';
import { openModel, type OpenModel } from '../../sidecar/engine/openModel';
import { seeded } from '../../sidecar/random';
import { corpusTokens, loadCorpus } from '../corpus';
import type { ProbeRequest } from './probeMessages';

export interface Measured {
  opened: OpenModel;
  created: CreatedCache;
  /** As many as the longest of the lengths that are asked for. */
  tokens: Uint32Array;
  /** Takes the most likely token. */
  sampler: AddonSampler;
  dispose(): Promise<void>;
}

/** @param generated tokens that are generated behind the text, for which the stock engine wants room @throws BonsaiError as opening a model */
export async function openMeasured(request: ProbeRequest, generated: number): Promise<Measured> {
  const { chunk, threads, cache: options, tuning, corpus, lengths, seed } = request;
  const longest = lengths.at(-1) ?? 0;
  const opened = await openModel(request);
  try {
    const tokens = corpusTokens(opened, await loadCorpus(corpus), longest, seeded(seed), true);
    const created = await createCache({
      ...{ ...opened, options, tuning, memory: temporaryBudgetMemory(), chunk, threads },
      // The stock engine rounds up to this itself.
      window: Math.ceil((longest + generated) / 256) * 256,
      sequences: 1,
    });
    const sampler = createSampler(opened.llama, opened.model, { temperature: 0 });
    const dispose = async () => {
      sampler.dispose();
      await created.context.dispose();
      await opened.model.dispose();
    };
    return { opened, created, tokens, sampler, dispose };
  } catch (error) {
    await opened.model.dispose();
    throw error;
  }
}
