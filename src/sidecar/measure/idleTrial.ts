/**
 * In idle time, decides for `auto` how the layers share the budget: a trial on the repository's own text, in a small cache
 * beside the one in use. It begins when a repository has been read and nobody has asked for anything for a while; it
 * rests while somebody does, every unit of it waits for everything else, and what it has read is noted, so that
 * stopping costs one reading at most. The memory in use keeps the budgets that it was built with.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { readText } from '../../repo';
import { messageOf } from '../../protocol/messageOf';
import { trialPlan } from '../engine/allocation';
import { trialReadings } from './layerTrial';
import type { LoadedModel } from '../engine/loadedModel';
import type { SchedulerSession } from '../engine/scheduler';
import { Cancelled } from '../errors';
import { runTrial, type TrialTexts } from './runTrial';
import type { CatalogueFile } from '../memory/catalogue';
import { fileTokens, repositoryHead } from '../prompt/repositoryPrompt';

/** What is tried, and for how long: about 54,000 tokens, of a small cache. */
const search = { squeezeP: [0.35, 0.6, 0.8], evaluations: 12, groups: 8 };
const tokens = { search: 2560, decide: 4096 };
/** Milliseconds without a request. */
const quiet = 20_000;

/** A repository's name, and what was read of it, in reading order. */
export interface TrialSource {
  name: string;
  entries: readonly CatalogueFile[];
}

export interface IdleTrialParts {
  loaded: Pick<LoadedModel, 'shares' | 'scheduler' | 'measuringCache' | 'model' | 'llama' | 'tokens' | 'budgetMemory'>;
  /** Undefined: no repository was read whole. */
  source: () => TrialSource | undefined;
  /** Whether somebody waits for something. */
  busy: () => boolean;
  onChange: () => void;
  log: (text: string) => void;
  /** Milliseconds; absent: 20 s. */
  quiet?: number;
}

export class IdleTrial {
  private timer: NodeJS.Timeout | undefined;
  private touchedAt = performance.now();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private done = 0;
  private given = false;

  constructor(private readonly parts: IdleTrialParts) {}

  /** While it runs: readings of the text so far, and at most. */
  get progress(): { done: number; total: number } | undefined {
    return this.running && { done: this.done, total: trialReadings(search) };
  }

  /** Something was asked for, or has ended. */
  touched(): void {
    this.touchedAt = performance.now();
    if (this.running || this.given || this.stopping.signal.aborted || !this.parts.loaded.shares?.undecided) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), this.quiet);
    this.timer.unref();
  }

  /** Ends what runs and waits for it. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort(new Cancelled('The model is needed for something else.'));
    await this.running;
  }

  private get quiet(): number {
    return this.parts.quiet ?? quiet;
  }

  private begin(): void {
    const source = this.parts.source();
    if (this.parts.busy() || !source) return;
    this.running = this.run(source)
      .catch((error: unknown) => {
        if (this.stopping.signal.aborted) return;
        this.given = true;
        this.parts.log(`Layer budgets could not be tested; the layers keep equal budgets: ${messageOf(error)}`);
      })
      .finally(() => {
        this.running = undefined;
        this.parts.onChange();
      });
    this.parts.onChange();
  }

  private async run(source: TrialSource): Promise<void> {
    const { loaded, onChange } = this.parts;
    const { shares, scheduler } = loaded;
    const { signal } = this.stopping;
    const texts = await trialTexts(loaded, source, signal);
    // A repository that is too small to tell fits into the cache as it is.
    if (!shares || !texts) {
      this.given = true;
      return;
    }
    const plan = trialPlan(shares.plan);
    const session = scheduler.openSession('idle');
    const resting: SchedulerSession = {
      unit: async (work, stop) => {
        await this.rest();
        return session.unit(work, stop);
      },
      close: () => session.close(),
    };
    try {
      const created = await resting.unit(() => loaded.measuringCache(plan), signal);
      try {
        this.done = 0;
        await runTrial(loaded, created, {
          ...{ texts, plan, search, memory: loaded.budgetMemory, session: resting, signal },
          onReading: (done) => {
            this.done = done;
            onChange();
          },
        });
        shares.learn();
      } finally {
        await session.unit(() => created.context.dispose());
      }
    } finally {
      session.close();
    }
  }

  /** Until nobody has asked for anything for a while. @throws the signal's reason when stopped */
  private async rest(): Promise<void> {
    for (;;) {
      const left = this.touchedAt + this.quiet - performance.now();
      if (left <= 0 && !this.parts.busy()) return;
      await delay(Math.max(left, this.quiet / 10), undefined, { signal: this.stopping.signal });
    }
  }
}

/**
 * Files from the middle of the reading order on, in turn for either text, so that both are alike.
 * @returns undefined when there are not enough
 */
export async function trialTexts(
  { model, tokens: known }: Pick<LoadedModel, 'model' | 'tokens'>,
  { name, entries }: TrialSource,
  signal: AbortSignal,
  wanted: Record<keyof TrialTexts, number> = tokens,
): Promise<TrialTexts | undefined> {
  const texts = { search: new Uint32Array(wanted.search), decide: new Uint32Array(wanted.decide) };
  // As a reading begins; models with a token for the beginning predict nothing without it.
  const head = repositoryHead(model, known, name);
  const filled = { search: head.length, decide: head.length };
  texts.search.set(head);
  texts.decide.set(head);
  const middle = Math.floor(entries.length / 2);
  for (const { path, folder, file } of [...entries.slice(middle), ...entries.slice(0, middle)]) {
    signal.throwIfAborted();
    const read = await readText(folder, file);
    if (!('text' in read)) continue;
    const shares = { search: filled.search / wanted.search, decide: filled.decide / wanted.decide };
    const which = shares.search < shares.decide ? 'search' : 'decide';
    const part = fileTokens(model, known, path, read.text).subarray(0, wanted[which] - filled[which]);
    texts[which].set(part, filled[which]);
    filled[which] += part.length;
    if (filled.search === wanted.search && filled.decide === wanted.decide) return texts;
  }
  return undefined;
}
