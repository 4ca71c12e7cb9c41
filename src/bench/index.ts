/** `bonsai bench`: the measurements behind docs/results. Loaded only when it is typed, and no part of the installed extension. */
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import * as z from 'zod/mini';
import type { CommandContext } from '../cli/commands/context';
import { collect, engineOption, loadOptions, positiveInteger, withCacheOptions, withModelOptions, withOpenOptions } from '../cli/options';
import { tuningOf, withTuningOptions } from '../cli/tuningOptions';
import { schemas } from '../protocol';
import { bundleRoot } from '../sidecar/bundleRoot';
import { BonsaiError } from '../sidecar/errors';
import { archive } from './archive/archive';
import { completion, type CompletionOptions } from './completion/completion';
import { calibrationFolder, corpusFolders, repositoryFolders, speedFolder } from './corpus';
import { modelName } from './machine';
import { cacheTypes, explicitConfigs, integers, oneOrMoreOf } from './options';
import { shared, withReportOptions, type Run } from './reportOptions';
import { sampling } from './sampling/sampling';
import { addSharedArchive } from './sharedArchive/command';
import { crossProduct } from './quality/config';
import { quality } from './quality/quality';
import { armNames, defaultArms, rowPlaces, rowReadings, type MemoryConfig } from './repository/arms';
import { taskNames } from './repository/items';
import { repository, type RepositoryOptions } from './repository/repository';
import { beside } from './speed/beside';
import { constancy } from './speed/constancy';
import { memory } from './speed/memory';
import { probe } from './speed/probe';
import { probeRequest } from './speed/probeMessages';
import { speed, type SpeedOptions } from './speed/speed';

/** @param run starts the right engine and reports errors, as for every other command */
export function addBenchCommands(bench: Command, run: Run): void {
  addQuality(bench, run);
  addSpeed(bench, run);
  addBeside(bench, run);
  addConstancy(bench, run);
  addMemory(bench, run);
  addCompletion(bench, run);
  addSampling(bench, run);
  addArchive(bench, run);
  addSharedArchive(bench, run);
  addRepository(bench, run);
  addProbe(bench, run);
}

const qualityOptions = z.extend(shared, {
  policies: z.array(schemas.policySchema),
  scores: z.array(schemas.scoreSchema),
  allocators: z.array(schemas.allocatorSchema),
  budgets: z.array(z.number()),
  cacheTypes: z.array(z.object({ keyType: schemas.cacheTypeSchema, valueType: schemas.cacheTypeSchema })),
  positions: schemas.positionsSchema,
  configs: z.optional(z.string()),
  corpus: z.optional(z.array(z.string())),
  calibration: z.optional(z.string()),
  tokens: z.number(),
  streams: z.number(),
  lines: z.number(),
  distances: z.array(z.number()),
  distantTexts: z.number(),
  evaluations: z.number(),
  seed: z.number(),
  ask: z.optional(z.enum(['chat', 'code'])),
  resume: z.optional(z.boolean()),
});

const benchChunk = 128;

function addQuality(bench: Command, run: Run): void {
  const command = bench
    .command('quality')
    .description('policies, scores and allocators at equal bytes: loss, recall and next lines above a cache that keeps everything');
  withTuningOptions(withReportOptions(withOpenOptions(command), 'quality'))
    .option('--policies <list>', 'such as streaming,tree', oneOrMoreOf(schemas.policySchema.options), ['streaming', 'tree'])
    .option('--scores <list>', 'such as none,attention', oneOrMoreOf(schemas.scoreSchema.options), ['none'])
    .option('--allocators <list>', 'such as uniform,squeeze', oneOrMoreOf(schemas.allocatorSchema.options), ['uniform'])
    .option('--budgets <list>', 'KV entries of f16 per layer, such as 512,2048', integers, [2048])
    .option('--cache-types <list>', 'such as f16,q8_0,q8_0/q4_0 (keys/values), at equal bytes', cacheTypes, cacheTypes('f16'))
    .addOption(new Option('--positions <positions>', 'how positions are encoded').choices(schemas.positionsSchema.options).default('auto'))
    .option('--configs <json>', 'instead: a JSON list of configurations, or a file with one')
    .option('--corpus <dir>', 'source text to measure on; repeatable', collect)
    .option('--calibration <dir>', 'source text that layers are measured on')
    .option('--tokens <count>', 'tokens of a stream', positiveInteger, 32_768)
    .option('--streams <count>', 'streams, from the corpora in turn', positiveInteger, 4)
    .option('--lines <count>', 'held-out lines per stream', positiveInteger, 16)
    .option('--distances <list>', 'tokens between a constant and the question for it', integers, [850])
    .option('--distant-texts <count>', 'texts per distance', positiveInteger, 16)
    .option('--evaluations <count>', 'readings of the calibration text for the allocator measured', positiveInteger, 30)
    .option('--seed <number>', 'draws the texts', positiveInteger, 1)
    .addOption(
      new Option('--ask <how>', 'for planted constants: by a chat turn, or by the beginning of their line').choices(['chat', 'code']),
    )
    .option('--resume', 'continue with the results in the file')
    .action((options: unknown) => run(options, (context) => quality(qualityRequest(options, context))));
}

function qualityRequest(parsed: unknown, { output, signal }: CommandContext): Parameters<typeof quality>[0] {
  const options = z.parse(qualityOptions, parsed);
  const { modelPath, gpu, threads, chunk } = loadOptions(parsed);
  const tuning = tuningOf(parsed);
  const { policies, scores, allocators, budgets, positions } = options;
  const [policy = 'tree', score = 'none', allocator = 'uniform', budget = 2048] = [policies[0], scores[0], allocators[0], budgets[0]];
  const [types = { keyType: 'f16', valueType: 'f16' }] = options.cacheTypes;
  return {
    ...options,
    ask: options.ask,
    modelPath,
    gpu,
    threads,
    chunk: chunk ?? benchChunk,
    configs:
      options.configs === undefined
        ? crossProduct({ policies, scores, allocators, budgets, positions, tuning, cacheTypes: options.cacheTypes })
        : explicitConfigs(options.configs, { policy, score, allocator, budget, positions, tuning, ...types }),
    corpora: corpusFolders(options.corpus),
    calibration: calibrationFolder(options.calibration),
    out: resolve(options.out),
    resume: options.resume ?? false,
    output,
    signal,
  };
}

const speedOptions = z.extend(shared, {
  max: z._default(z.number(), 0),
  stockMax: z._default(z.number(), 0),
  decode: z._default(z.number(), 0),
  repeats: z._default(z.number(), 1),
  corpus: z.optional(z.string()),
  seed: z.number(),
});

const speedBudget = 2048;
const speedChunk = 256;

function withLengths(command: Command): Command {
  return command
    .option('--max <tokens>', 'longest text for the bounded cache', positiveInteger, 1 << 20)
    .option('--stock-max <tokens>', "longest text for llama.cpp's own cache", positiveInteger, 1 << 16)
    .option('--corpus <dir>', 'source text to read')
    .option('--seed <number>', 'draws the text', positiveInteger, 1);
}

function addSpeed(bench: Command, run: Run): void {
  const command = bench.command('speed').description("reading and generating by length, the bounded cache and llama.cpp's own in turn");
  withLengths(withReportOptions(withModelOptions(command), 'speed'))
    .option('--decode <tokens>', 'generated at every length', positiveInteger, 64)
    .option('--repeats <count>', 'rounds', positiveInteger, 3)
    .action((options: unknown) => run(withEngine(options), (context) => speed(speedRequest(options, context))));
}

function addBeside(bench: Command, run: Run): void {
  const command = bench.command('beside').description("the bounded cache and llama.cpp's own where everything fits, in turns");
  withReportOptions(withModelOptions(command), 'beside')
    .option('--corpus <dir>', 'source text to read')
    .option('--seed <number>', 'draws the text', positiveInteger, 1)
    .option('--decode <tokens>', 'generated in a turn', positiveInteger, 128)
    .option('--turns <count>', 'one after the other', positiveInteger, 41)
    .action((options: unknown) =>
      run(withEngine(options), (context) => {
        const { turns } = z.parse(z.object({ turns: z.number() }), options);
        return beside(context, { ...speedRequest(options, context), turns });
      }),
    );
}

function addConstancy(bench: Command, run: Run): void {
  const command = bench.command('constancy').description('a cache that has seen much against one that was just filled, in turns');
  withReportOptions(withModelOptions(command), 'constancy')
    .option('--max <tokens>', 'of the longer one', positiveInteger, 1 << 20)
    .option('--corpus <dir>', 'source text to read')
    .option('--seed <number>', 'draws the text', positiveInteger, 1)
    .option('--decode <tokens>', 'generated in a turn', positiveInteger, 128)
    .option('--turns <count>', 'one after the other', positiveInteger, 41)
    .action((options: unknown) =>
      run(options, (context) => {
        const { turns } = z.parse(z.object({ turns: z.number() }), options);
        return constancy(context, { ...speedRequest(z.parse(z.looseObject({}), options), context), turns });
      }),
    );
}

function addMemory(bench: Command, run: Run): void {
  const command = bench.command('memory').description('bytes of the cache and of the process by length');
  withLengths(withReportOptions(withModelOptions(command), 'memory')).action((options: unknown) =>
    run(withEngine(options), (context) => memory(speedRequest(options, context))),
  );
}

/** What these commands start has an engine each; they themselves need none. */
function withEngine(options: unknown): object {
  return { ...z.parse(z.looseObject({}), options), engine: 'stock' };
}

function speedRequest(parsed: unknown, { output, signal }: CommandContext): SpeedOptions {
  const options = z.parse(speedOptions, parsed);
  const { modelPath, gpu, threads, chunk, cache } = loadOptions(parsed);
  const { budget } = cache;
  if (Array.isArray(budget)) throw new BonsaiError('bad-request', 'Speed is measured with one budget for all layers; give one number.');
  return {
    ...options,
    modelPath,
    gpu,
    threads,
    chunk: chunk ?? speedChunk,
    cache: { ...cache, budget: budget ?? speedBudget },
    tuning: tuningOf(parsed),
    corpus: speedFolder(options.corpus),
    out: resolve(options.out),
    output,
    signal,
  };
}

const completionOptions = z.extend(shared, {
  corpus: z.optional(z.array(z.string())),
  files: z.number(),
  lines: z.number(),
  keys: z.number(),
  seed: z.number(),
  way: z.optional(schemas.infillWay),
  resume: z.optional(z.boolean()),
});

function addCompletion(bench: Command, run: Run): void {
  const command = bench
    .command('completion')
    .description('ghost text on held-out lines, with a repository in memory and without, and while somebody types');
  withReportOptions(withOpenOptions(withCacheOptions(command)), 'completion')
    .option('--corpus <dir>', 'a repository to hold lines out of; repeatable', collect)
    .option('--files <count>', 'files held out of each repository', positiveInteger, 6)
    .option('--lines <count>', 'lines of each class and repository', positiveInteger, 16)
    .option('--keys <count>', 'keys typed against the sidecar', positiveInteger, 400)
    .option('--seed <number>', 'draws files, lines and pauses', positiveInteger, 1)
    .addOption(new Option('--way <way>', 'how the model is asked, in place of what suits it').choices(schemas.infillWay.options))
    .option('--resume', 'continue with the results in the file')
    .action((options: unknown) => run(options, (context) => completion(context, completionRequest(options))));
}

function completionRequest(parsed: unknown): CompletionOptions {
  const options = z.parse(completionOptions, parsed);
  return {
    ...options,
    load: z.parse(schemas.loadModelParams, loadOptions(parsed)),
    corpora: repositoryFolders(options.corpus),
    out: resolve(options.out),
    resume: options.resume ?? false,
  };
}

const samplingOptions = z.extend(shared, {
  corpus: z.string(),
  guard: z.optional(z.array(z.string())),
  tasks: z.number(),
  tokens: z.number(),
});

function addSampling(bench: Command, run: Run): void {
  const command = bench.command('sampling').description('guards against repetition: loops, and the code that they spoil');
  withReportOptions(withOpenOptions(withCacheOptions(command)), 'sampling')
    .option('--corpus <dir>', 'what is read and asked about', join(bundleRoot, 'src/extension/terminal'))
    .option('--guard <name>', 'one of them, such as "DRY 16"; repeatable', collect)
    .option('--tasks <count>', 'questions and pieces of code', positiveInteger, 16)
    .option('--tokens <count>', 'of an answer at most', positiveInteger, 512)
    .action((options: unknown) =>
      run(options, (context) => {
        const { corpus, guard = [], tasks, tokens, out, name } = z.parse(samplingOptions, options);
        const load = z.parse(schemas.loadModelParams, { ...loadOptions(options), storage: { save: false } });
        return sampling(context, { load, folder: resolve(corpus), guards: guard, tasks, tokens, out: resolve(out), name });
      }),
    );
}

function addArchive(bench: Command, run: Run): void {
  const command = bench.command('archive').description('what keeping the rows of files costs, and what it spares, in turns');
  withReportOptions(withOpenOptions(withCacheOptions(command)), 'archive')
    .option('--corpus <dir>', 'a repository to read and ask about', join(bundleRoot, 'src/sidecar'))
    .option('--turns <count>', 'one after the other', positiveInteger, 3)
    .option('--source <tokens>', 'attached to the question', positiveInteger, 2000)
    .option('--places <count>', 'lines that ghost text is asked for', positiveInteger, 12)
    .action((options: unknown) =>
      run(options, (context) => {
        const { corpus, turns, source, places, out, name } = z.parse(archiveOptions, options);
        const load = z.parse(schemas.loadModelParams, loadOptions(options));
        return archive(context, { load, folder: resolve(corpus), turns, source, places, out: resolve(out), name });
      }),
    );
}

const archiveOptions = z.extend(shared, { corpus: z.string(), turns: z.number(), source: z.number(), places: z.number() });

const repositoryOptions = z.extend(shared, {
  corpus: z.optional(z.array(z.string())),
  arms: z.array(z.enum(armNames)),
  tasks: z.array(z.enum(taskNames)),
  ratios: z.array(z.number()),
  policies: z.array(schemas.policySchema),
  scores: z.array(schemas.scoreSchema),
  allocators: z.array(schemas.allocatorSchema),
  cacheTypes: z.array(z.object({ keyType: schemas.cacheTypeSchema, valueType: schemas.cacheTypeSchema })),
  kilobytes: z.number(),
  items: z.number(),
  recall: z.optional(z.number()),
  seed: z.number(),
  resume: z.optional(z.boolean()),
  rows: z.array(z.enum(rowReadings)),
  rowPlaces: z.array(z.enum(rowPlaces)),
  rowTypes: z.array(schemas.cacheTypeSchema),
});

function addRepository(bench: Command, run: Run): void {
  const command = bench
    .command('repository')
    .description(
      'what the memory of a repository is worth: questions with known answers, with a memory, with search, with both, with neither',
    );
  withTuningOptions(withReportOptions(withOpenOptions(command), 'repository'))
    .option('--corpus <dir>', 'a repository to ask about; repeatable', collect)
    .option('--arms <list>', 'such as retrieval,memory', oneOrMoreOf(armNames), [...defaultArms])
    .option('--rows <list>', 'how rows are computed, of alone, stream, again, mixed', oneOrMoreOf(rowReadings), ['alone'])
    .option('--row-places <list>', 'where rows are put, of before, inside', oneOrMoreOf(rowPlaces), ['inside'])
    .option('--row-types <list>', 'what rows are kept in, such as f16,q8_0,q4_0', oneOrMoreOf(schemas.cacheTypeSchema.options), ['f16'])
    .option('--tasks <list>', 'such as constants,callers', oneOrMoreOf(taskNames), [...taskNames])
    .option('--ratios <list>', 'tokens of the repository for each entry, such as 4,16,64', integers, [16])
    .option('--policies <list>', 'such as streaming,hybrid', oneOrMoreOf(schemas.policySchema.options), ['hybrid'])
    .option('--scores <list>', 'such as none,keydiff', oneOrMoreOf(schemas.scoreSchema.options), ['keydiff'])
    .option('--allocators <list>', 'such as uniform,squeeze', oneOrMoreOf(schemas.allocatorSchema.options), ['uniform'])
    .option('--cache-types <list>', 'such as f16,q8_0,q8_0/q4_0 (keys/values), at equal bytes', cacheTypes, cacheTypes('f16'))
    .option('--kilobytes <count>', 'source text of a repository at most', positiveInteger, 100)
    .option('--items <count>', 'of each task and repository at most', positiveInteger, 40)
    .option('--recall <tokens>', 'source that search may add to a prompt (default: as in a chat)', positiveInteger)
    .option('--seed <number>', 'draws the items', positiveInteger, 1)
    .option('--resume', 'continue with the results in the file')
    .action((options: unknown) => run(options, (context) => repository(context, repositoryRequest(options))));
}

function repositoryRequest(parsed: unknown): RepositoryOptions {
  const options = z.parse(repositoryOptions, parsed);
  const { modelPath, gpu, threads, chunk } = loadOptions(parsed);
  const tuning = tuningOf(parsed);
  const { policies, scores, allocators, ratios } = options;
  const configs = ratios.flatMap((ratio) =>
    crossProduct({ policies, scores, allocators, budgets: [1], positions: 'auto', tuning, cacheTypes: options.cacheTypes }).map(
      (config): MemoryConfig => ({ ...config, ratio }),
    ),
  );
  return {
    ...options,
    recall: options.recall,
    modelPath,
    gpu,
    threads,
    chunk: chunk ?? benchChunk,
    configs,
    rows: options.rows.flatMap((reading) =>
      options.rowPlaces.flatMap((place) => options.rowTypes.map((type) => ({ reading, place, type }))),
    ),
    corpora: repositoryFolders(options.corpus),
    characters: options.kilobytes * 1000,
    out: resolve(options.out),
    resume: options.resume ?? false,
  };
}

/** What `speed` and `memory` start; not for people. */
function addProbe(bench: Command, run: Run): void {
  bench
    .command('probe', { hidden: true })
    .argument('<request>')
    .option('--json')
    .addOption(engineOption())
    .action((request: string, options: unknown) =>
      run(options, async ({ output }) => output.result(await probe(z.parse(probeRequest, JSON.parse(request)), modelName), () => [])),
    );
}
