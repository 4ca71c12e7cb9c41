/**
 * Builds a newer memory beside the one in use, from a saved state before the first change, and hands it over when it is
 * whole. Until then everything is answered from the old one; what changes meanwhile is appended to whichever is in use.
 */
import type { SchedulerSession } from '../engine/scheduler';
import { Cancelled } from '../errors';
import type { Catalogue, CatalogueFile } from './catalogue';
import type { Held } from './held';
import { endOf, replacedIn } from './log';
import { Pace } from './readingProgress';
import { Reader } from './reader';
import type { MemoryParts } from './parts';
import { inOrder, withLast } from './stableOrder';
import { renewal, type Update } from './update';

export interface RenewalRequest {
  update: Update;
  /** That the update was made in. */
  order: string[];
  catalogue: Catalogue;
  /** What the memory in use holds. */
  held: Held;
  /** Tokens that fit. */
  limit: number;
  /** Whether it is done in place of appending what changed. */
  instead: boolean;
}

/** What changed once changes again: it goes last, and the next renewal reads less. */
export function renewalOf(
  { segments, order: before }: Held,
  { behind, points, files }: { behind: readonly string[]; points: readonly number[]; files: readonly CatalogueFile[] },
): { update: Update; order: string[] } {
  const order = withLast(before, new Set([...behind, ...replacedIn(segments).map(({ path }) => path)]));
  return { update: renewal(segments, points, inOrder(files, order)), order };
}

/** Takes the finished memory over, out of the background sequence. */
export type HandOver = (renewed: Held, session: SchedulerSession, takeDraft: () => Promise<void>) => Promise<void>;

/** Share of a memory. */
const manyChanges = 0.1;

interface Run {
  instead: boolean;
  stop: AbortController;
  done: Promise<void>;
  goal: number;
}

export class Renewer {
  private run: Run | undefined;
  private waiting: NodeJS.Timeout | undefined;

  constructor(private readonly parts: MemoryParts) {}

  /** Needs a sequence of its own, which llama.cpp's cache does not have. */
  get possible(): boolean {
    return this.parts.loaded.sequences.background !== undefined;
  }

  get running(): boolean {
    return this.run !== undefined;
  }

  /** Whether one runs that the newest changes wait for. */
  get instead(): boolean {
    return this.run?.instead ?? false;
  }

  get progress(): { tokensRead: number; tokensTotal: number } | undefined {
    if (!this.run) return undefined;
    const tokensRead = this.parts.loaded.sequences.background?.position ?? 0;
    return { tokensRead, tokensTotal: Math.max(tokensRead, this.run.goal) };
  }

  /** Calls back after so many quiet milliseconds; a later call starts the wait anew. */
  later(milliseconds: number, then: () => void): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(then, milliseconds);
    this.waiting.unref();
  }

  /** One at a time; asking while one runs does nothing. */
  start(request: RenewalRequest, handOver: HandOver): void {
    if (this.run) return;
    const stop = new AbortController();
    const goal = endOf(request.update.kept) + request.update.tokensToRead;
    const done = this.build(request, stop.signal, handOver)
      .catch((error: unknown) => {
        if (!(error instanceof Cancelled)) this.parts.onError(error);
      })
      .finally(() => {
        this.run = undefined;
        this.parts.onChange();
      });
    this.run = { instead: request.instead, stop, done, goal };
  }

  /** Stops what runs, and what was to run later. */
  async stop(): Promise<void> {
    clearTimeout(this.waiting);
    this.run?.stop.abort(new Cancelled('The memory is wanted for something else.'));
    await this.run?.done;
  }

  private async build(
    { update, order, catalogue, held, limit, instead }: RenewalRequest,
    signal: AbortSignal,
    handOver: HandOver,
  ): Promise<void> {
    const { loaded, disk, keeper, code, archive, onChange } = this.parts;
    const { background } = loaded.sequences;
    if (!background) return;
    const session = loaded.scheduler.openSession('reading');
    const work = { session, signal };
    const goal = endOf(update.kept) + update.tokensToRead;
    const draft = await keeper.draft(update.position);
    try {
      await keeper.restoreDraft(draft, background, work);
      const renewed: Held = { ...held, order, complete: false };
      const pace = new Pace();
      const reader = new Reader(loaded, disk, code, archive, {
        onChunk: async ({ tokens, milliseconds, recalled }) => {
          pace.add(tokens, milliseconds, recalled);
          onChange();
          if (draft.lineage.due(background.position, goal))
            await draft.lineage.checkpoint(background, { ...renewed, segments: reader.segments }, catalogue, work, 'reload');
        },
      });
      const complete = await reader.read({ update, catalogue, target: background, work, limit });
      // After many changes at once the state before them may come back, as a branch does.
      const replaces = update.tokensToRead < manyChanges * endOf(reader.segments) || !instead;
      await handOver({ ...renewed, segments: reader.segments, complete }, session, () => keeper.take(draft, replaces));
    } catch (error) {
      // What it has saved may still spare the next reading something.
      await draft.lineage.close();
      throw error;
    } finally {
      await session.unit(() => background.clear());
      session.close();
    }
  }
}
