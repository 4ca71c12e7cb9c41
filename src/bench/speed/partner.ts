/**
 * One side of a comparison in turns: a model with its cache that stays, and for every turn reads a text from nothing and
 * generates. Both sides are in one process, whichever engine they run.
 */
import { Scheduler } from '../../sidecar/engine/scheduler';
import { BonsaiError } from '../../sidecar/errors';
import { openMeasured, type Measured } from './measured';
import type { ProbeRequest } from './probeMessages';
import { decodeRate, rate } from './rates';
import type { Speeds } from './takeTurns';

export class Partner {
  private readonly session = new Scheduler().openSession('reading');

  private constructor(
    private readonly decode: number,
    private readonly measured: Measured,
  ) {}

  /**
   * @param request its only length is what is read in a turn
   * @throws BonsaiError `model-*`, `out-of-memory`, or `engine-failed` where the engine that was asked for cannot be had
   */
  static async open(request: ProbeRequest): Promise<Partner> {
    const measured = await openMeasured(request, request.decode + 1);
    const { bounded, notice } = measured.created;
    if (bounded === (request.engine === 'bonsai')) return new Partner(request.decode, measured);
    await measured.dispose();
    throw new BonsaiError('engine-failed', notice ?? `The engine ${request.engine} cannot be had.`);
  }

  /** @throws the signal's reason when stopped */
  async measure(signal: AbortSignal): Promise<Speeds> {
    const { created, tokens, sampler } = this.measured;
    const { memory } = created.sequences;
    const work = { session: this.session, signal };
    await this.session.unit(() => memory.clear());
    const read = await rate(tokens.length, () => memory.evaluate(tokens, work));
    const last = tokens.at(-1) ?? 0;
    const written = this.decode === 0 ? 0 : await decodeRate(memory, last, this.decode, sampler, work);
    return { read, written };
  }

  async dispose(): Promise<void> {
    this.session.close();
    await this.measured.dispose();
  }
}
