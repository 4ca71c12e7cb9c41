/**
 * One side of a comparison in turns: a model with its cache that stays, and for every turn reads a text from nothing and
 * generates. Both sides are in one process, whichever engine they run.
 */
import type { AddonSampler } from '../../sidecar/engine/addon';
import { createSampler } from '../../sidecar/engine/addon';
import { temporaryBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { createCache, type CreatedCache } from '../../sidecar/engine/createCache';
import { openModel, type OpenModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import { BonsaiError } from '../../sidecar/errors';
import { seeded } from '../../sidecar/random';
import { corpusTokens, loadCorpus } from '../corpus';
import type { ProbeRequest } from './probe';
import { decodeRate, rate } from './rates';
import type { Speeds } from './turns';

export class Partner {
  private readonly session = new Scheduler().openSession('reading');

  private constructor(
    private readonly request: ProbeRequest,
    private readonly opened: OpenModel,
    private readonly created: CreatedCache,
    private readonly sampler: AddonSampler,
    private readonly tokens: Uint32Array,
  ) {}

  /**
   * @param request its only length is what is read in a turn
   * @throws BonsaiError `model-*`, `out-of-memory`, or `engine-failed` where the engine that was asked for cannot be had
   */
  static async open(request: ProbeRequest): Promise<Partner> {
    const { chunk, decode, lengths } = request;
    const length = lengths.at(-1) ?? 0;
    const opened = await openModel(request);
    try {
      const tokens = corpusTokens(opened, await loadCorpus(request.corpus), length, seeded(request.seed), true);
      const created = await createCache({
        ...opened,
        options: request.cache,
        tuning: request.tuning,
        memory: temporaryBudgetMemory(),
        chunk,
        threads: request.threads,
        window: Math.ceil((length + decode + 1) / 256) * 256,
        sequences: 1,
      });
      if (created.bounded !== (request.engine === 'bonsai'))
        throw new BonsaiError('engine-failed', created.notice ?? `The engine ${request.engine} cannot be had.`);
      return new Partner(request, opened, created, createSampler(opened.llama, opened.model, { temperature: 0 }), tokens);
    } catch (error) {
      await opened.model.dispose();
      throw error;
    }
  }

  /** @throws the signal's reason when stopped */
  async measure(signal: AbortSignal): Promise<Speeds> {
    const { memory } = this.created.sequences;
    const work = { session: this.session, signal };
    const { length } = this.tokens;
    const { decode } = this.request;
    await this.session.unit(() => memory.clear());
    const read = await rate(length, () => memory.evaluate(this.tokens, work));
    const written = decode === 0 ? 0 : await decodeRate(memory, this.tokens[length - 1] ?? 0, decode, this.sampler, work);
    return { read, written };
  }

  async dispose(): Promise<void> {
    this.session.close();
    this.sampler.dispose();
    await this.created.context.dispose();
    await this.opened.model.dispose();
  }
}
