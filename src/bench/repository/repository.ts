/**
 * `bonsai bench repository`: what a person gains over what they would do without a memory. Every arm is asked the same
 * items on the same repositories. A repository is read once for each cache and its memory saved; what has been measured
 * is written down after each task, so that a run that was stopped goes on with --resume.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../../cli/commands/context';
import { showReading } from '../../cli/commands/context';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import type { CacheOptions } from '../../protocol';
import { defaultChunk, stagingFor } from '../../sidecar/engine/budget';
import { loadModel, type LoadedModel } from '../../sidecar/engine/loadedModel';
import type { EngineTuning } from '../../sidecar/engine/tuning';
import { BonsaiError } from '../../sidecar/errors';
import type { Work } from '../../sidecar/engine/sequence';
import { createMemory, type Memory } from '../../sidecar/memory/createMemory';
import { defaultMemoryFolder } from '../../sidecar/memory/store';
import { recallBudget } from '../../sidecar/recall/recall';
import { loadCorpus } from '../corpus';
import { earlierRun } from '../earlierRun';
import { commandLine, machineName } from '../machine';
import { Report } from '../report';
import { armShape, cacheOf, needsRows, overMemory, rowKey, type Arm, type MemoryConfig, type RowsConfig } from './arms';
import { Examiner } from './examiner';
import type { Item, Task } from './items';
import { taskNames } from './items';
import { prepareMaterial, type Material } from './material';
import { repositoryPage, repositoryPlots } from './page';
import { runSchema, type Cell, type RepositoryRun } from './result';
import { computedBy, computeRows, RowStore, type FileRows } from './rowStore';

export interface RepositoryOptions {
  modelPath: string | undefined;
  gpu: 'auto' | 'off' | undefined;
  threads: number | undefined;
  chunk: number | undefined;
  corpora: readonly string[];
  arms: readonly Arm[];
  tasks: readonly Task[];
  configs: readonly MemoryConfig[];
  /** How the rows are computed, for the arms that put some back. */
  rows: readonly RowsConfig[];
  /** Source text of a repository at most, characters. */
  characters: number;
  /** Of each task and repository, at most. */
  items: number;
  /** Tokens of source added by search; undefined: as the product does. */
  recall: number | undefined;
  seed: number;
  out: string;
  name: string;
  resume: boolean;
}

/** One cache, and the arms that are asked over it. */
interface Session {
  cache: (tokens: number) => CacheOptions;
  tuning?: EngineTuning;
  rows: { key: string; arm: Arm; rows?: RowsConfig }[];
  /** Whether the repository is read into it. */
  reads: boolean;
  /** Whether the reading stops where the trained window ends. */
  window: boolean;
}

/** Tokens beside the repository that a question, its source and its answer may take. */
const questionRoom = 4096;
/** Of the trained window, left free for a question where the repository fills it; at most so many tokens. */
const windowReserve = { share: 1 / 4, most: 1024 };

export async function repository(context: CommandContext, options: RepositoryOptions): Promise<void> {
  const { output } = context;
  const work = join(defaultMemoryFolder(), 'bench');
  const materials: Material[] = [];
  for (const folder of options.corpora)
    materials.push(
      await prepareMaterial(folder, join(work, 'repositories'), {
        characters: options.characters,
        count: options.items,
        tasks: options.tasks,
        seed: options.seed,
      }),
    );
  const report = new Report(options.out, options.name);
  const bench = await Bench.begin(context, options, report, join(work, 'memories'));
  for (const material of materials) await bench.measure(material);
  output.result({ json: report.jsonFile, markdown: report.markdownFile }, () => readFileSync(report.markdownFile, 'utf8'));
}

class Bench {
  private constructor(
    private readonly context: CommandContext,
    private readonly options: RepositoryOptions,
    private readonly report: Report,
    private readonly memories: string,
    private readonly run: RepositoryRun,
    private readonly recall: number,
  ) {}

  static async begin(context: CommandContext, options: RepositoryOptions, report: Report, memories: string): Promise<Bench> {
    const { chunk = defaultChunk } = options;
    const loaded = await load(options, chunk, smallest(chunk));
    const { info } = loaded;
    await loaded.dispose();
    const recall = options.recall ?? recallBudget(info.trainedWindow, questionRoom, []);
    const settings = {
      model: info.path.split(/[\\/]/).at(-1) ?? info.path,
      modelBytes: info.bytes,
      corpora: [...options.corpora],
      characters: options.characters,
      items: options.items,
      tasks: [...options.tasks],
      recall,
      chunk,
      seed: options.seed,
    };
    const command = commandLine();
    const before = options.resume ? earlierRun(report.jsonFile, runSchema, settings) : undefined;
    const run: RepositoryRun = before
      ? { ...before, commands: [...new Set([...before.commands, command])] }
      : {
          settings,
          trainedWindow: info.trainedWindow,
          machine: machineName(info.device),
          commands: [command],
          repositories: {},
          rows: {},
        };
    return new Bench(context, options, report, memories, run, recall);
  }

  async measure(material: Material): Promise<void> {
    for (const session of this.sessions()) {
      const waiting = session.rows.filter(({ key }) => this.missing(key, material).length > 0);
      if (waiting.length === 0) continue;
      this.context.signal.throwIfAborted();
      await this.over(material, { ...session, rows: waiting });
    }
  }

  private *sessions(): Generator<Session> {
    const { arms, configs } = this.options;
    const plain = arms.filter((arm) => !overMemory(arm));
    const without = plain.filter((arm) => arm !== 'window').map((arm) => ({ key: rowKey(arm), arm }));
    const full = (tokens: number) => ({ policy: 'full' as const, budget: 32 * Math.ceil((tokens + questionRoom) / 32) });
    if (without.length > 0) yield { cache: () => full(0), rows: without, reads: false, window: false };
    if (plain.includes('window')) yield { cache: full, rows: [{ key: 'window', arm: 'window' }], reads: true, window: true };
    // What is assembled takes the place of what was read, so it comes last.
    const over = arms.filter(overMemory).toSorted((a, b) => Number(isAssembled(a)) - Number(isAssembled(b)));
    for (const config of over.length > 0 ? configs : [])
      yield {
        cache: (tokens) => cacheOf(config, tokens, this.run.settings.chunk),
        tuning: config.tuning,
        rows: over.flatMap((arm) =>
          needsRows(arm)
            ? this.options.rows.map((rows) => ({ key: rowKey(arm, config, rows), arm, rows }))
            : [{ key: rowKey(arm, config), arm }],
        ),
        reads: true,
        window: false,
      };
  }

  private missing(key: string, { folder, items }: Material): Task[] {
    const cell = this.run.rows[key]?.[folder];
    return taskNames.filter((task) => items[task].length > 0 && (cell?.scores[task]?.length ?? 0) < items[task].length);
  }

  private async over(material: Material, session: Session): Promise<void> {
    const { chunk } = this.run.settings;
    const tokens = await this.tokensOf(material);
    const { trainedWindow } = this.run;
    const free = Math.min(windowReserve.most, Math.floor(trainedWindow * windowReserve.share));
    const readable = session.window ? Math.min(tokens, trainedWindow - free) : tokens;
    const loaded = await load(this.options, chunk, session.cache(readable), session.tuning);
    try {
      const memory = await createMemory(loaded, { folder: this.memories, save: session.reads && !session.window }, () => undefined);
      try {
        await this.ask(material, session, loaded, memory, session.window ? readable : undefined);
      } finally {
        await memory.close();
      }
    } finally {
      await loaded.dispose();
    }
  }

  /** Of the whole repository, counted once for each model. */
  private async tokensOf(material: Material): Promise<number> {
    const known = this.run.repositories[material.folder];
    if (known) return known.tokens;
    const { chunk } = this.run.settings;
    const loaded = await load(this.options, chunk, smallest(chunk));
    try {
      const memory = await createMemory(loaded, { save: false }, () => undefined);
      const { tokens } = await memory.plan({ folders: [material.copy] });
      await memory.close();
      const { name, files, characters } = material;
      this.run.repositories[material.folder] = { name, files, characters, tokens };
      return tokens;
    } finally {
      await loaded.dispose();
    }
  }

  private async ask(material: Material, session: Session, loaded: LoadedModel, memory: Memory, limit: number | undefined): Promise<void> {
    const { signal, output } = this.context;
    const read = await memory.repository.read(
      { folders: [material.copy], name: material.name, maxTokens: session.reads ? limit : 1 },
      { signal, onProgress: (progress) => showReading(this.context, progress) },
    );
    signal.throwIfAborted();
    await memory.indexed();
    const { index } = memory;
    if (!index) throw new BonsaiError('engine-failed', `${material.name} could not be indexed, so nothing can be found in it.`);
    const stats = memory.repository.stats;
    const sampler = loaded.sampler({ temperature: 0 });
    const scheduled = loaded.scheduler.openSession('reading');
    try {
      const examiner = new Examiner(loaded, index, this.recall, sampler, { session: scheduled, signal });
      const computed = new Map<string, ReadonlyMap<string, FileRows>>();
      for (const { key, arm, rows: config } of session.rows) {
        const rows = config && (await this.rowsOf(material, loaded, config, computed, { session: scheduled, signal }));
        if (rows && isAssembled(arm)) await rows.assemble(loaded.sequences.memory, { session: scheduled, signal });
        const cells = (this.run.rows[key] ??= {});
        const cell: Cell = (cells[material.folder] ??= {
          budgets: session.reads ? stats.budgets : [],
          kvBytes: session.reads ? stats.kvBytes : 0,
          tokens: session.reads ? read.tokens : 0,
          readingSeconds: session.reads ? read.seconds : 0,
          scores: {},
          ...(loaded.info.notice === undefined ? {} : { notice: loaded.info.notice }),
        });
        for (const task of this.missing(key, material)) {
          const scores = await this.askAll(
            material.items[task],
            (item) => examiner.ask(item, { arm, rows }),
            `${material.name}, ${key}, ${task}`,
          );
          cell.scores[task] = scores;
          this.write();
        }
        output.note(`${material.name}, ${key}: done`);
      }
    } finally {
      scheduled.close();
      sampler.dispose();
    }
  }

  /** @param known rows that were computed over this cache, each way once; added to */
  private async rowsOf(
    { copy, name }: Material,
    loaded: LoadedModel,
    config: RowsConfig,
    known: Map<string, ReadonlyMap<string, FileRows>>,
    work: Work,
  ): Promise<RowStore> {
    const way = { computed: computedBy(config), type: config.type };
    const key = `${way.computed} ${way.type}`;
    let rows = known.get(key);
    if (!rows) {
      const { files } = await loadCorpus(copy);
      this.context.output.note(`${name}: computing rows, ${key}`);
      rows = await computeRows(loaded, loaded.sequences.chat, { name, files }, way, work);
      known.set(key, rows);
    }
    return new RowStore(loaded, name, rows, config);
  }

  private async askAll<T>(items: readonly Item[], ask: (item: Item) => Promise<T>, label: string): Promise<T[]> {
    const began = performance.now();
    const answers: T[] = [];
    for (const item of items) {
      answers.push(await ask(item));
      const seconds = (performance.now() - began) / 1000;
      this.context.output.progress(
        `${label}: ${exactCount(answers.length)} of ${exactCount(items.length)}, ${shortSeconds((seconds * (items.length - answers.length)) / answers.length)} left`,
      );
    }
    return answers;
  }

  private write(): void {
    this.report.json(this.run);
    this.report.markdown(repositoryPage(this.run, repositoryPlots(this.run, this.report)));
  }
}

const isAssembled = (arm: Arm): boolean => armShape(arm).base === 'assembled';

type Opened = Pick<RepositoryOptions, 'modelPath' | 'gpu' | 'threads'>;

function load({ modelPath, gpu, threads }: Opened, chunk: number, cache: CacheOptions, tuning?: EngineTuning): Promise<LoadedModel> {
  return loadModel({
    ...(modelPath === undefined ? {} : { modelPath }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(threads === undefined ? {} : { threads }),
    ...(tuning ? { tuning } : {}),
    chunk,
    cache,
  });
}

/** Of a model that is only asked what it is, or to count. */
function smallest(chunk: number): CacheOptions {
  return { policy: 'full', budget: 2 * stagingFor(chunk) };
}
