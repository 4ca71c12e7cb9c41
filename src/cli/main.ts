/** The command line: the sidecar's own code, for people without an editor, for scripts and for every measurement. */
import { Command, CommanderError, Option } from 'commander';
import * as z from 'zod/mini';
import { schemas } from '../protocol';
import { defaultMaxTokens as longestAnswer } from '../sidecar/chat/assistant';
import { Bonsai } from '../sidecar/bonsai';
import { defaultMaxTokens as longestInfill } from '../sidecar/ghost/completer';
import { mustHaveEngine } from '../sidecar/engine/engineFiles';
import { setEngine, setLogListener } from '../sidecar/engine/llama';
import { asBonsaiError, BonsaiError } from '../sidecar/errors';
import { version } from '../sidecar/version';
import { checkArchive, exportArchive, importArchive, pruneArchive, showArchive, showKey } from './commands/archive';
import { ask } from './commands/ask';
import { calibrate } from './commands/calibrate';
import { complete } from './commands/complete';
import type { CommandContext } from './commands/context';
import { doctor } from './commands/doctor';
import { model } from './commands/model';
import { pack } from './commands/pack';
import { perplexity } from './commands/perplexity';
import { plan } from './commands/plan';
import { recall } from './commands/recall';
import { readTimes } from './mcp/readTimes';
import {
  collect,
  engineOption,
  gigabytes,
  loadOptions,
  minutes,
  ownOptions,
  positiveInteger,
  withCacheOptions,
  withMemoryOptions,
  withModelOptions,
  withOpenOptions,
  withQuotaOptions,
} from './options';
import { createOutput, writeError } from './output';
import { endBySignal, exitCodeOf, Stopped, Stopping } from './stopping';

const stopping = new Stopping();
stopping.watchOutput();

const program = new Command('bonsai')
  .description("Keeps a whole repository in a local model's context.")
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({ writeErr: () => undefined });

const add = (usage: string, description: string) =>
  program.command(usage).description(description).option('--json', 'one JSON document on stdout');
const withModel = (usage: string, description: string) => withModelOptions(add(usage, description));

withMemoryOptions(withModel('plan <dir>', 'what reading a folder would cost, before anything is read')).action(
  (dir: string, options: unknown) => run(options, (context) => plan(context, dir, loadOptions(options))),
);
withModel('pack <dir>', 'stream a folder through the cache and report')
  .option('--max-tokens <count>', 'stop after this many tokens', positiveInteger)
  .option('--sample-every <tokens>', 'report memory and speed along the way', positiveInteger)
  .action((dir: string, options: unknown) => run(options, (context) => pack(context, dir, loadOptions(options), ownOptions(options))));
withMemoryOptions(withModel('ask <dir> <question>', 'answer a question about a folder'))
  .option('--max-tokens <count>', `longest answer (default: ${longestAnswer})`, positiveInteger)
  .action((dir: string, question: string, options: unknown) =>
    run(options, (context) => ask(context, dir, question, loadOptions(options), ownOptions(options).maxTokens)),
  );
withMemoryOptions(withModel('complete <place>', 'fill in at file:line:column, both from 1'))
  .option('--repo <dir>', 'read this folder first')
  .option('--max-tokens <count>', `longest infill (default: ${longestInfill})`, positiveInteger)
  .action((place: string, options: unknown) =>
    run(options, (context) => complete(context, place, loadOptions(options), ownOptions(options))),
  );
withModel('perplexity <textfile>', 'how well a text is predicted through the cache')
  .option('--tokens <count>', 'use only this many tokens, from the start', positiveInteger)
  .action((file: string, options: unknown) =>
    run(options, (context) => perplexity(context, file, { ...loadOptions(options), tokens: ownOptions(options).tokens })),
  );
withModel('calibrate <source>', 'try on a text file or folder how layers should share the budget, for the allocators auto and measured')
  .option('--tokens <count>', 'use only this many tokens, from the start', positiveInteger)
  .option('--evaluations <count>', 'search with at most this many readings', positiveInteger)
  .action((source: string, options: unknown) =>
    run(options, (context) => {
      const { tokens, evaluations } = ownOptions(options);
      return calibrate(context, source, { ...loadOptions(options), tokens, evaluations });
    }),
  );
withMemoryOptions(withModel('recall <dir>', 'how well constants of a folder come back, from memory alone and with exact source added'))
  .option('--needles <count>', 'ask for at most this many (default: 40)', positiveInteger)
  .action((dir: string, options: unknown) =>
    run(options, (context) => recall(context, dir, loadOptions(options), ownOptions(options).needles)),
  );
add('model', 'prints the path of a model: one from the models folder, or else one that is downloaded')
  .option('--fetch', 'only the model that Bonsai downloads, whatever else is in the folder')
  .option('--folder <folder>', "where models are kept (default: the user's cache folder)")
  .option('--source <address...>', 'fetch from these https addresses instead, tried in this order')
  .option('--optional', 'succeed with one line of explanation when no model can be fetched')
  .action((options: unknown) => run(options, (context) => model(context, options)));
withQuotaOptions(withMemoryOptions(withOpenOptions(withCacheOptions(program.command('mcp <folders...>')), 'one in the models folder')))
  .description('serve folders to agents, by the Model Context Protocol on standard input and output')
  .addOption(
    new Option(
      '--read <when>',
      'load the model and read the folders at once, when something is asked, or never read: only what was read before is used',
    )
      .choices(readTimes)
      .default('start'),
  )
  .option('--idle <minutes>', 'unload the model after this many minutes without a question; 0: never', minutes, 30)
  .option('--shared', 'share one engine, and its model, with windows and servers that have the same folders and settings', false)
  .action((folders: string[], options: unknown) => serveMcp(folders, options));
const archive = program.command('archive').description('keys and values of files that were read, so that nothing is read twice');
const addArchive = (usage: string, description: string) =>
  archive
    .command(usage)
    .description(description)
    .option('--memory <folder>', "where memories are saved, and the archive beside them (default: the user's cache folder)")
    .option('--json', 'one JSON document on stdout');
/** No engine is started for it. */
const runArchive = (options: unknown, command: (context: CommandContext, asked: ArchiveAsked) => Promise<void>) =>
  run({ ...z.parse(z.looseObject({}), options), engine: 'stock' }, (context) => command(context, z.parse(archiveAsked, options)));
addArchive('stats', 'how many objects there are, and what they take').action((options: unknown) => runArchive(options, showArchive));
addArchive('verify', 'reads every object and names those that are damaged')
  .option('--remove', 'delete them')
  .action((options: unknown) => runArchive(options, checkArchive));
addArchive('prune', 'deletes the least recently used objects')
  .argument('<gigabytes>', 'the size to shrink it to', gigabytes)
  .action((left: number, options: unknown) =>
    runArchive(options, (context, asked) => pruneArchive(context, { ...asked, gigabytes: left })),
  );
archive
  .command('key')
  .description('prints your public key, by which others recognise what you export; the pair is made when it is first needed')
  .option('--json', 'one JSON document on stdout')
  .action((options: unknown) => runArchive(options, showKey));
const addExchange = (usage: string, description: string) =>
  addArchive(usage, description).option(
    '--endpoint <url>',
    "of an object store that is not Amazon's, such as https://minio.example.org (default: AWS_ENDPOINT_URL_S3)",
  );
addExchange(
  'export <where>',
  'copies every object that is missing there to a folder or to s3://bucket/prefix, signed with your key',
).action((where: string, options: unknown) => runArchive(options, (context, asked) => exportArchive(context, where, asked)));
addExchange('import <where>', 'copies objects of a folder or of s3://bucket/prefix into the archive')
  .option('--trust <key>', 'take what this public key has signed, or the keys in this file; repeatable', collect)
  .addOption(
    new Option('--trust-unsigned', 'take everything: whoever can write there decides what the model is told that your files say').conflicts(
      'trust',
    ),
  )
  .action((where: string, options: unknown) => runArchive(options, (context, asked) => importArchive(context, where, asked)));
const bench = program.command('bench').description('measure speed, memory and quality (from a clone)');
add('doctor', 'what is missing, and the line that fixes it')
  .addOption(engineOption())
  .action((options: unknown) => run(options, doctor));

const archiveAsked = z.object({
  memory: z.optional(z.string()),
  remove: z._default(z.boolean(), false),
  trust: z._default(z.array(z.string()), []),
  trustUnsigned: z._default(z.boolean(), false),
  endpoint: z.optional(z.string()),
});
type ArchiveAsked = z.infer<typeof archiveAsked>;

const engineChoice = z.object({ engine: z.optional(schemas.engineKindSchema) });

const mcpOptions = z.object({
  read: z.enum(readTimes),
  idle: z.number(),
  shared: z.boolean(),
  engine: z.optional(schemas.engineKindSchema),
});

/** No engine runs in this process: a sidecar has it. */
async function serveMcp(folders: readonly string[], options: unknown): Promise<void> {
  const { read, idle, shared, engine } = z.parse(mcpOptions, options);
  const load = loadOptions(options);
  stopping.watchSignals();
  // The protocol's library is much code for one command.
  const { mcp } = await import('./commands/mcp');
  await mcp(createOutput(false), folders, { load, engine, read, shared, idleMinutes: idle }, stopping.signal);
}

async function run(options: unknown, command: (context: CommandContext) => Promise<void>): Promise<void> {
  const output = createOutput(ownOptions(options).json ?? false);
  const { engine } = z.parse(engineChoice, options);
  mustHaveEngine(engine);
  setEngine(engine ?? 'bonsai');
  stopping.watchSignals();
  const engineErrors: string[] = [];
  setLogListener(({ level, text }, from) => {
    if (from === 'engine' && level === 'error') engineErrors.push(text);
    // Such as that the memory could not be saved.
    if (from === 'bonsai' && (level === 'error' || level === 'warn')) output.note(text);
  });
  const bonsai = new Bonsai();
  try {
    await command({ bonsai, output, signal: stopping.signal, engine });
  } catch (error) {
    if (stopping.reason) throw stopping.reason.withSaved(bonsai.status().repository?.memory.savedAt !== undefined);
    // What has a cause of its own says it itself.
    if (asBonsaiError(error).code === 'engine-failed') for (const line of new Set(engineErrors)) output.note(line);
    throw error;
  } finally {
    await bonsai.close();
  }
}

try {
  if (process.argv[2] === 'bench') (await loadBench()).addBenchCommands(bench, run);
  await program.parseAsync(questionsLast(process.argv));
} catch (error) {
  fail(error);
}
if (process.exitCode === exitCodeOf('SIGHUP')) endBySignal('SIGHUP');

/** What begins with a dash and has a space in it is no option but a question; behind `--` commander takes it as such. */
function questionsLast(args: readonly string[]): string[] {
  const isQuestion = (arg: string) => /^-[^=]*\s/.test(arg);
  const questions = args.includes('--') ? [] : args.filter(isQuestion);
  return questions.length === 0 ? [...args] : [...args.filter((arg) => !isQuestion(arg)), '--', ...questions];
}

/** Plots and corpora are much code for a few people: loaded when asked for, and left out of the packed extension. */
async function loadBench(): Promise<typeof import('../bench')> {
  try {
    return await import('../bench');
  } catch (error) {
    throw new BonsaiError('bad-request', 'The benchmarks are not part of the installed extension. Run them from a clone of Bonsai.', {
      cause: error,
    });
  }
}

function fail(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const json = process.argv.includes('--json');
  if (error instanceof Stopped) {
    process.exitCode = error.exitCode;
    if (!error.silent) writeError(json, { code: 'stopped', message: error.message });
    return;
  }
  process.exitCode ||= error instanceof CommanderError ? 2 : 1;
  if (!(error instanceof CommanderError)) {
    writeError(json, asBonsaiError(error));
  } else if (error.code === 'commander.help' && !json) {
    process.stderr.write(program.helpInformation());
  } else {
    const message = error.message.replace(/^error: /, '').replace(/[.]?$/, '.');
    const dashed = error.code === 'commander.unknownOption' ? ' If it is no option, put -- before it.' : '';
    writeError(json, new BonsaiError('bad-request', `${message}${dashed} Type: bonsai --help`));
  }
}
