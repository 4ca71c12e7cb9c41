/**
 * `bonsai bench completion`: what ghost text gives on lines of repositories that the model has not seen, with the rest of
 * the repository in memory and without, and how fast it is while somebody types. Goes on after a break with `resume`.
 */
import { readFileSync } from 'node:fs';
import { loadForCommand, showReading, type CommandContext } from '../../cli/commands/context';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import { messages, type CompleteParams, type LoadModelParams, type ModelInfo } from '../../protocol';
import { createCodeAnalyser } from '../../repo';
import { grammarsFolder } from '../../sidecar/bundleRoot';
import type { LoadedModel } from '../../sidecar/engine/loadedModel';
import { BonsaiError } from '../../sidecar/errors';
import { seeded } from '../../sidecar/random';
import { loadCorpus } from '../corpus';
import { earlierRun } from '../earlierRun';
import { commandLine, machineName } from '../machine';
import { Report } from '../report';
import { holdOut, withFolder, type HeldOut } from './heldOut';
import { paramsAt, typeLines } from './keystrokes';
import { LineScorer } from './lineScorer';
import { completionPage, completionPlots } from './page';
import type { HeldOutPlace } from './heldOutPlaces';
import { completionRun, type CompletionRun, type CompletionSettings, type Guess, type MeasuredRepository } from './result';
import { withSidecar } from './sidecarChild';
import { nearness } from './similarity';
import { completionRows, summariseTyping } from './summary';
import { replay } from './typing';

export interface CompletionOptions {
  load: LoadModelParams;
  corpora: readonly string[];
  files: number;
  lines: number;
  keys: number;
  seed: number;
  way?: CompleteParams['way'];
  out: string;
  name: string;
  resume: boolean;
}

export async function completion(context: CommandContext, options: CompletionOptions): Promise<void> {
  const { bonsai, output } = context;
  const held = await drawRepositories(options);
  const info = await loadForCommand(context, options.load);
  const { loaded } = bonsai;
  if (!loaded) throw new BonsaiError('no-model', `${info.name} was unloaded before it could be measured. Type the command again.`);
  const report = new Report(options.out, options.name);
  const settings = settingsOf(info, options);
  const run = startRun(report, settings, loaded, options.resume);
  const write = () => {
    report.json(run);
    report.markdown(completionPage(run, completionPlots(run, report)));
  };
  const bench = new Bench(context, new LineScorer(loaded), options.way);
  // Nothing must have been read before, so this comes first for all of them.
  for (const [folder, repository] of held) {
    run.repositories[folder] ??= await bench.alone(repository);
    write();
  }
  for (const [folder, repository] of held) {
    const measured = run.repositories[folder];
    if (!measured || measured.tokens > 0) continue;
    run.repositories[folder] = await bench.withMemory(repository, measured);
    write();
  }
  const [first] = held.values();
  if (first && !run.typing) run.typing = await typeAgainst(context, first, info, options);
  write();
  const summary = { ...completionRows(run), ...(run.typing ? { typing: summariseTyping(run.typing) } : {}) };
  output.result({ json: report.jsonFile, markdown: report.markdownFile, ...summary }, () => readFileSync(report.markdownFile, 'utf8'));
}

function settingsOf({ path, bytes, engine }: ModelInfo, { corpora, files, lines, keys, seed, way }: CompletionOptions): CompletionSettings {
  const asked = way === undefined ? {} : { way };
  return {
    model: path.split(/[\\/]/).at(-1) ?? path,
    modelBytes: bytes,
    engine,
    corpora: [...corpora],
    files,
    lines,
    keys,
    seed,
    ...asked,
  };
}

function startRun(report: Report, settings: CompletionSettings, loaded: LoadedModel, resume: boolean): CompletionRun {
  const command = commandLine();
  const before = resume ? earlierRun(report.jsonFile, completionRun, settings) : undefined;
  if (before) return { ...before, commands: [...new Set([...before.commands, command])] };
  return {
    settings,
    budgets: loaded.cache.stats(loaded.sequences.memory.id).budgets,
    machine: machineName(loaded.info.device),
    commands: [command],
    repositories: {},
  };
}

/** @returns by folder */
async function drawRepositories({ corpora, files, lines, seed }: CompletionOptions): Promise<Map<string, HeldOut>> {
  const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
  const held = new Map<string, HeldOut>();
  for (const folder of corpora) {
    const drawn = await holdOut(await loadCorpus(folder), analyser, { files, lines, seed });
    if (drawn.places.length === 0)
      throw new BonsaiError(
        'bad-request',
        `No line of the ${drawn.heldOut.length} files held out in ${folder} is worth asking for. Hold out more with --files, or name a larger repository.`,
      );
    held.set(folder, drawn);
  }
  return held;
}

class Bench {
  constructor(
    private readonly context: CommandContext,
    private readonly scorer: LineScorer,
    private readonly way: CompleteParams['way'],
  ) {}

  async alone({ corpus, heldOut, files, places }: HeldOut): Promise<MeasuredRepository> {
    const guesses = await this.guess(`${corpus.name} without memory`, places);
    const measured = places.flatMap(({ path, line, kind, truth }, i) => {
      const alone = guesses[i];
      return alone ? [{ path, line, kind, truth, alone }] : [];
    });
    return { name: corpus.name, files: files.length, heldOut, tokens: 0, places: measured };
  }

  async withMemory({ corpus, files, places }: HeldOut, before: MeasuredRepository): Promise<MeasuredRepository> {
    const { bonsai, signal } = this.context;
    return withFolder(files, async (folder) => {
      const onProgress = (progress: Parameters<typeof showReading>[1]) => showReading(this.context, progress);
      const { tokens } = await bonsai.readRepository({ folders: [folder], name: corpus.name }, { signal, onProgress });
      signal.throwIfAborted();
      const guesses = await this.guess(`${corpus.name} with memory`, places);
      return {
        ...before,
        tokens,
        places: before.places.map((place, i) => {
          const memory = guesses[i];
          return memory ? { ...place, memory } : place;
        }),
      };
    });
  }

  private async guess(label: string, places: readonly HeldOutPlace[]): Promise<Guess[]> {
    const { bonsai, signal, output } = this.context;
    const began = performance.now();
    const guesses: Guess[] = [];
    for (const place of places) {
      const { completion: written, nats } = await this.scorer.score(place.truth, () =>
        bonsai.complete({ ...paramsAt(place), way: this.way }, signal),
      );
      const { text, reusedTokens, readTokens, generatedTokens } = written;
      guesses.push({ text, ...nearness(text, place.truth), nats, reusedTokens, readTokens, generatedTokens });
      const seconds = (performance.now() - began) / 1000;
      output.progress(
        `${label}: ${guesses.length} of ${places.length} lines, ${shortSeconds((seconds * (places.length - guesses.length)) / guesses.length)} left`,
      );
    }
    return guesses;
  }
}

function typeAgainst(
  context: CommandContext,
  held: HeldOut,
  info: ModelInfo,
  options: CompletionOptions,
): Promise<CompletionRun['typing']> {
  const { output, signal } = context;
  const keys = typeLines(held.places, options.keys, seeded(options.seed));
  return withFolder(held.files, (folder) =>
    withSidecar(info.engine, options.load, signal, async (connection) => {
      output.note(`reading ${held.corpus.name} once more, in the sidecar; then ${exactCount(keys.length)} keys are typed against it`);
      const { tokens } = await connection.sendRequest(messages.readRepository, { folders: [folder], name: held.corpus.name });
      const onKey = (done: number) => output.progress(`typing: ${done} of ${keys.length} keys`);
      return { repository: held.corpus.name, tokens, requests: await replay(connection, keys, signal, onKey) };
    }),
  );
}
