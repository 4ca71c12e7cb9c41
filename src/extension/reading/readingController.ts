/**
 * One reading at a time, of every folder of the workspace, and its price is known before it is paid. Asked by
 * hand, a small price is paid at once and a large one after a yes; unasked (at startup, after a crash) a small one is
 * paid without a word and a large one only offered. Pausing keeps what was read. Knows nothing of the editor.
 */
import { CancellationTokenSource, Emitter, type CancellationToken } from 'vscode-jsonrpc/node';
import type { OpenedRepository, ReadProgress, ReadRepositoryParams, ReadSummary, RepositoryPlan, SkippedFile } from '../../protocol';
import type { MemoryRequests } from '../engine/memoryRequests';
import { toSidecarError } from '../engine/sidecarError';
import { priceOf } from './price';

/** What is to be read: absolute folders, and the name to show. */
export type ReadingTarget = Pick<ReadRepositoryParams, 'folders' | 'name' | 'encodings'>;

/** A price that was found too large to be paid without a yes. */
export interface Offer {
  plan: RepositoryPlan;
  /** Everything is to be read again. */
  again: boolean;
}

/** What the status item, the chat view and the menu show. */
export interface ReadingView {
  doing: 'nothing' | 'planning' | 'reading';
  /** The newest progress of the running read. */
  progress: ReadProgress | undefined;
  /** Stands until it is taken up, dismissed, or replaced by a newer one. */
  offer: Offer | undefined;
  /** The memory is of other folders than the workspace has now. */
  otherFolders: boolean;
}

/** How the controller speaks with the person. */
export interface Desk {
  /** The workspace, if something may be read from it; otherwise the person is told why not, unless `quiet`. */
  place(quiet: boolean): ReadingTarget | undefined;
  /** Asks whether to pay the price; false: no answer, or it will come from where the offer is shown. */
  confirm(offer: Offer): Promise<boolean>;
  busy(): void;
  /** @param quiet the person did not ask: no popups */
  tell(summary: ReadSummary, quiet: boolean): void;
  fail(error: unknown, quiet: boolean): void;
}

interface Running {
  doing: 'planning' | 'reading';
  quiet: boolean;
  source: CancellationTokenSource;
  ended: Promise<unknown>;
}

export class ReadingController {
  readonly #changes = new Emitter<void>();
  /** The view changed. */
  readonly onChange = this.#changes.event;
  #view: ReadingView = { doing: 'nothing', progress: undefined, offer: undefined, otherFolders: false };
  #running: Running | undefined;
  #summary: ReadSummary | undefined;
  /** Those of the memory in use. */
  #folders: readonly string[] | undefined;
  #skipped: { name: string; files: readonly SkippedFile[] } | undefined;

  constructor(
    private readonly client: Pick<MemoryRequests, 'plan' | 'read'>,
    private readonly desk: Desk,
  ) {}

  get view(): ReadingView {
    return this.#view;
  }

  /** What the last finished read said. */
  get summary(): ReadSummary | undefined {
    return this.#summary;
  }

  /** The files left out by the newest plan or read, with the reason for each. */
  get skipped(): { name: string; files: readonly SkippedFile[] } | undefined {
    return this.#skipped;
  }

  /**
   * Plans, asks when the price is large, and reads.
   * @param again everything is read again, and what is held is thrown away
   * @returns the engine's summary, or nothing when nothing was read; the person has then been told why
   */
  async read(again = false): Promise<ReadSummary | undefined> {
    const place = this.desk.place(false);
    if (!place) return undefined;
    const plan = await this.#plan(place, false);
    if (!plan) return undefined;
    if (priceOf(plan, again).small) return this.#read(place, { again, quiet: false });
    const offer = { plan, again };
    this.#set({ offer });
    const agreed = await this.desk.confirm(offer);
    // The question may stand longer than what it asks about.
    return agreed && this.#view.offer === offer ? this.accept() : undefined;
  }

  /** Reads without asking: what was offered, or the rest after a pause. */
  async accept(again = this.#view.offer?.again ?? false): Promise<ReadSummary | undefined> {
    const place = this.desk.place(false);
    return place && this.#read(place, { again, quiet: false });
  }

  /**
   * Restores what was saved and reads the little that is missing; if much is missing, only offers to read it.
   * @returns whether everything is in memory now
   */
  async restore(): Promise<boolean> {
    // A read that is failing with its engine has not ended yet.
    await this.#running?.ended;
    const place = this.desk.place(true);
    const plan = place && (await this.#plan(place, true));
    if (!plan) return false;
    if (!priceOf(plan, false).small) {
      this.#set({ offer: { plan, again: false } });
      return false;
    }
    const summary = await this.#read(place, { again: false, quiet: true });
    return summary !== undefined && summary.stopped === undefined;
  }

  /**
   * What was saved came back with the model. The little that is missing of it is read; more is left to the person, as after
   * a pause.
   */
  async opened({ restoredTokens, tokensToRead }: OpenedRepository): Promise<void> {
    if (restoredTokens === 0) return;
    const place = this.desk.place(true);
    this.#folders = place?.folders;
    this.#set({ otherFolders: false });
    if (tokensToRead === 0 || this.#running || !place) return;
    const plan = await this.#plan(place, true);
    if (plan && priceOf(plan, false).small) await this.#read(place, { again: false, quiet: true });
  }

  /** The workspace has other folders than the memory in use: offers to read them. */
  async foldersChanged(): Promise<void> {
    const place = this.desk.place(true);
    const otherFolders = JSON.stringify(place?.folders) !== JSON.stringify(this.#folders);
    this.#set({ otherFolders, offer: undefined });
    const plan = otherFolders && place ? await this.#plan(place, true) : undefined;
    if (plan && this.#view.otherFolders) this.#set({ offer: { plan, again: false } });
  }

  /** Stops at the next chunk; what was read stays, and reading goes on from there. */
  pause(): void {
    this.#running?.source.cancel();
  }

  dismissOffer(): void {
    this.#set({ offer: undefined });
  }

  dispose(): void {
    this.pause();
    this.#changes.dispose();
  }

  async #plan(place: ReadingTarget, quiet: boolean): Promise<RepositoryPlan | undefined> {
    const plan = await this.#run('planning', quiet, (token) => this.client.plan(place, token));
    if (plan) this.#skipped = { name: plan.name, files: plan.skipped };
    return plan;
  }

  async #read(place: ReadingTarget, { again, quiet }: { again: boolean; quiet: boolean }): Promise<ReadSummary | undefined> {
    const summary = await this.#run('reading', quiet, (token) =>
      this.client.read({ ...place, ...(again ? { again } : {}) }, (progress) => this.#set({ progress }), token),
    );
    if (!summary) return undefined;
    this.#summary = summary;
    this.#skipped = { name: summary.name, files: summary.skipped };
    this.#folders = place.folders;
    this.#set({ otherFolders: false });
    this.desk.tell(summary, quiet);
    return summary;
  }

  async #run<T>(doing: Running['doing'], quiet: boolean, work: (token: CancellationToken) => Promise<T>): Promise<T | undefined> {
    while (this.#running) if (!(await this.#givesWay(this.#running, quiet))) return undefined;
    const source = new CancellationTokenSource();
    this.#set({ doing, ...(doing === 'reading' ? { offer: undefined } : {}) });
    // The status item and the row of the chat view follow the view: no notification stands before the editor all the while.
    const done = work(source.token);
    this.#running = { doing, quiet, source, ended: done.catch(() => undefined) };
    try {
      return await done;
    } catch (error) {
      if (toSidecarError(error).code !== 'stopped') this.desk.fail(error, quiet);
      return undefined;
    } finally {
      this.#running = undefined;
      source.dispose();
      this.#set({ doing: 'nothing', progress: undefined });
    }
  }

  /** A person does not wait for a plan that nobody asked for; everything else is finished or paused first. */
  async #givesWay(running: Running, quiet: boolean): Promise<boolean> {
    if (!quiet && running.quiet && running.doing === 'planning') {
      running.source.cancel();
      await running.ended;
      return true;
    }
    if (!quiet) this.desk.busy();
    return false;
  }

  #set(change: Partial<ReadingView>): void {
    this.#view = { ...this.#view, ...change };
    this.#changes.fire();
  }
}
