/**
 * `bonsai bench archive`: what keeping rows costs, and what it spares. In turns in one process: a repository is read without an
 * archive, read with one, and put together from it; then a question with much source attached is asked, the source as text and as
 * rows; then ghost text is asked for at places where nothing can be reused, its prompt read and recalled. What is told is the mean
 * of the turns' ratios.
 */
import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shuffle } from 'simple-statistics';
import { showReading, type CommandContext } from '../../cli/commands/context';
import type { Answer, AskParams, CompleteParams, Completion, LoadModelParams, ReadSummary, SourceLines } from '../../protocol';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { archiveStats } from '../../sidecar/archive/archive';
import { BonsaiError } from '../../sidecar/errors';
import { archiveFolder } from '../../sidecar/memory/store';
import { tokenizeText } from '../../sidecar/prompt/modelTokens';
import { seeded } from '../../sidecar/random';
import { nearness } from '../completion/similarity';
import { commandLine, machineName } from '../machine';
import { markdownPage, markdownTable, Report } from '../report';

export interface ArchiveOptions {
  load: LoadModelParams;
  /** A repository; a copy of it is read and changed. */
  folder: string;
  /** Of each kind of reading, and of each way to ask. */
  turns: number;
  /** Tokens attached to the question. */
  source: number;
  /** Lines that ghost text is asked for. */
  places: number;
  out: string;
  name: string;
}

interface Reading {
  seconds: number;
  /** Computed, not put together. */
  tokensRead: number;
  tokens: number;
}

interface Turn {
  plain: Reading;
  archived: Reading;
  assembled: Reading;
}

interface Asked {
  seconds: number;
  tokensRead: number;
  recalled: number;
  /** To put the rows back. */
  milliseconds: number;
}

/** Ghost text for one line, as it is in the file. */
interface Guess {
  milliseconds: number;
  tokensRead: number;
  recalled: number;
  similarity: number;
  exact: boolean;
}

interface Guessed {
  path: string;
  line: number;
  text: Guess;
  rows: Guess;
}

const readAsText = 1_000_000;
/** Lines of a file before the first one that is asked for, and characters of such a line at least. */
const linesBefore = 20;
const shortestLine = 12;

/** @throws BonsaiError `bad-request` where nothing would be measured; as reading and asking */
export async function archive(context: CommandContext, options: ArchiveOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-bench-archive-'));
  try {
    await new ArchiveBench(context, options, folder).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class ArchiveBench {
  private readonly repository: string;

  constructor(
    private readonly context: CommandContext,
    private readonly options: ArchiveOptions,
    private readonly folder: string,
  ) {
    this.repository = join(folder, 'repository');
  }

  async run(): Promise<void> {
    const { context, options } = this;
    await cp(options.folder, this.repository, { recursive: true });
    const turns: Turn[] = [];
    for (let i = 0; i < options.turns; i++) turns.push(await this.turn(i));
    const stored = await archiveStats(archiveFolder(this.storage(0)));
    const asked = await this.ask();
    const guessed = await this.complete();
    const changed = await this.changed();
    const { loaded } = context.bonsai;
    if (!loaded) throw new BonsaiError('no-model', 'No model is loaded.');
    const machine = machineName(loaded.info.device);
    const report = new Report(options.out, options.name);
    const summary = {
      archivedToPlain: mean(turns.map(({ plain, archived }) => archived.seconds / plain.seconds)),
      assembledToPlain: mean(turns.map(({ plain, assembled }) => assembled.seconds / plain.seconds)),
      textToRows: mean(asked.map(({ text, rows }) => text.seconds / rows.seconds)),
      ghostTextToRows: median(guessed.map(({ text }) => text.milliseconds)) / median(guessed.map(({ rows }) => rows.milliseconds)),
    };
    report.json({
      machine,
      model: loaded.info.name,
      command: commandLine(),
      settings: loaded.settings,
      turns,
      asked,
      guessed,
      changed,
      stored,
      summary,
    });
    const last = turns.at(-1);
    report.markdown(
      markdownPage({
        title: 'The archive: what it costs, and what it spares',
        machine,
        model: loaded.info.name,
        commands: [commandLine()],
        sections: [
          `A repository of ${exactCount(last?.plain.tokens ?? 0)} tokens, ${turns.length} turns. Ratios are of one turn, the mean is told; times are medians.`,
          markdownTable(
            ['reading the repository', 'seconds', 'tokens read', 'against reading without an archive'],
            [
              ['without an archive', seconds(turns.map(({ plain }) => plain.seconds)), exactCount(last?.plain.tokensRead ?? 0), ''],
              [
                'with one that is empty',
                seconds(turns.map(({ archived }) => archived.seconds)),
                exactCount(last?.archived.tokensRead ?? 0),
                `${summary.archivedToPlain.toFixed(2)} times as long`,
              ],
              [
                'from the archive',
                seconds(turns.map(({ assembled }) => assembled.seconds)),
                exactCount(last?.assembled.tokensRead ?? 0),
                `${(1 / summary.assembledToPlain).toFixed(1)} times shorter`,
              ],
            ],
          ),
          `The archive has ${stored.objects} objects, ${shortBytes(stored.bytes)}. After one file of ${exactCount(changed.file)} tokens was changed and everything saved but the archive was deleted, ${exactCount(changed.tokensRead)} tokens were read, in ${changed.seconds.toFixed(2)} s.`,
          markdownTable(
            ['a question with source attached, to its first token', 'seconds', 'tokens read', 'tokens recalled', 'ms to put them back'],
            (['text', 'rows'] as const).map((how) => {
              const answers = asked.map((pair) => pair[how]);
              const one = answers.at(-1);
              return [
                `as ${how}`,
                seconds(answers.map((answer) => answer.seconds)),
                exactCount(one?.tokensRead ?? 0),
                exactCount(one?.recalled ?? 0),
                median(answers.map(({ milliseconds }) => milliseconds)).toFixed(0),
              ];
            }),
          ),
          `As rows ${summary.textToRows.toFixed(1)} times shorter.`,
          ...ghostText(guessed, summary.ghostTextToRows),
        ],
      }),
    );
    context.output.result({ json: report.jsonFile, markdown: report.markdownFile, ...summary }, () => [
      `reading with an archive takes ${summary.archivedToPlain.toFixed(2)} times as long, putting together from it is ${(1 / summary.assembledToPlain).toFixed(1)} times shorter,`,
      `the first token with source as rows comes ${summary.textToRows.toFixed(1)} times sooner,`,
      `ghost text at a new place ${summary.ghostTextToRows.toFixed(1)} times sooner: ${report.markdownFile}`,
    ]);
  }

  private storage(turn: number): string {
    return join(this.folder, `storage-${turn}`);
  }

  private async turn(i: number): Promise<Turn> {
    const plain = await this.read({ folder: join(this.folder, `plain-${i}`), archiveBytes: 0 });
    const archived = await this.read({ folder: this.storage(i) });
    return { plain, archived, assembled: await this.assemble(i) };
  }

  /** The archive alone is left of what was saved. */
  private async assemble(turn: number): Promise<Reading> {
    await this.context.bonsai.loadModel({ ...this.options.load, storage: { save: false } });
    await rm(join(this.storage(turn), 'states'), { recursive: true, force: true });
    return this.read({ folder: this.storage(turn) });
  }

  private async read(storage: LoadModelParams['storage']): Promise<Reading> {
    const { context, options } = this;
    await context.bonsai.loadModel({ ...options.load, storage });
    const began = performance.now();
    const summary = await context.bonsai.readRepository(
      { folders: [this.repository], name: 'repository' },
      { signal: context.signal, onProgress: (progress) => showReading(context, progress) },
    );
    context.signal.throwIfAborted();
    return { seconds: (performance.now() - began) / 1000, tokensRead: readOf(summary), tokens: summary.tokens };
  }

  /** In turns; between them something else is asked, so that nothing of the one before is gone on with. */
  private async ask(): Promise<{ text: Asked; rows: Asked }[]> {
    const attachments = await this.attachments();
    const once = async (textTokens: number): Promise<Asked> => {
      await this.answer({ question: 'Hello.', maxTokens: 1, textTokens: readAsText });
      const answer = await this.answer({ question: 'What do these lines do, and what calls them?', attachments, maxTokens: 1, textTokens });
      const { seconds, readTokens, archivedTokens, archiveMilliseconds } = answer;
      return { seconds, tokensRead: readTokens, recalled: archivedTokens, milliseconds: archiveMilliseconds };
    };
    const pairs: { text: Asked; rows: Asked }[] = [];
    for (let i = 0; i < this.options.turns; i++) pairs.push({ text: await once(readAsText), rows: await once(0) });
    return pairs;
  }

  private answer(params: AskParams): Promise<Answer> {
    return this.context.bonsai.ask(params, () => undefined, this.context.signal);
  }

  /** Whole lines of files of the repository, from the first on, of as many tokens as asked for. */
  private async attachments(): Promise<SourceLines[]> {
    const { loaded } = this.context.bonsai;
    if (!loaded) throw new BonsaiError('no-model', 'No model is loaded.');
    const lines: SourceLines[] = [];
    let left = this.options.source;
    for await (const { path, text } of this.files()) {
      if (left <= 0) break;
      const all = text.split('\n');
      let end = all.length;
      const tokens = () => tokenizeText(loaded.model, all.slice(0, end).join('\n')).length;
      while (end > 1 && tokens() > left) end = Math.floor(end * 0.9);
      if (tokens() > left) continue;
      left -= tokens();
      lines.push({ path, startLine: 1, endLine: end, text: all.slice(0, end).join('\n') });
    }
    if (lines.length === 0) throw new BonsaiError('bad-request', 'The repository has no file that could be attached. Give a larger one.');
    return lines;
  }

  /** At lines drawn from all files, in turns; between them another file is completed, so that nothing of the one before is gone on with. */
  private async complete(): Promise<Guessed[]> {
    const guessed: Guessed[] = [];
    for (const [i, { path, text, line }] of (await this.places()).entries()) {
      const lines = text.split('\n');
      const truth = lines[line - 1] ?? '';
      const indentation = /^\s*/.exec(truth)?.[0] ?? '';
      const params = {
        path,
        prefix: `${lines.slice(0, line - 1).join('\n')}\n${indentation}`,
        suffix: `\n${lines.slice(line).join('\n')}`,
      };
      const once = async (textTokens: number): Promise<Guess> => {
        await this.guess({ path: 'another.ts', prefix: 'let a = ', suffix: '', maxTokens: 1, textTokens: readAsText });
        const { milliseconds, readTokens, archivedTokens, text: said } = await this.guess({ ...params, singleLine: true, textTokens });
        return { milliseconds, tokensRead: readTokens, recalled: archivedTokens, ...nearness(said, truth) };
      };
      if (i % 2 === 0) guessed.push({ path, line, text: await once(readAsText), rows: await once(0) });
      else guessed.push({ path, line, rows: await once(0), text: await once(readAsText) });
    }
    return guessed;
  }

  private guess(params: CompleteParams): Promise<Completion> {
    return this.context.bonsai.complete(params, this.context.signal);
  }

  private async places(): Promise<{ path: string; text: string; line: number }[]> {
    const all: { path: string; text: string; line: number }[] = [];
    for await (const { path, text } of this.files()) {
      for (const [i, line] of text.split('\n').entries())
        if (i >= linesBefore && line.trim().length >= shortestLine) all.push({ path, text, line: i + 1 });
    }
    return shuffle(all, seeded(1)).slice(0, this.options.places);
  }

  /** What was read, in its order. */
  private async *files(): AsyncGenerator<{ path: string; text: string }, void, undefined> {
    const { files } = await this.context.bonsai.cacheMap({ buckets: 1 });
    for (const { path } of files) if (path !== '') yield { path, text: await readFile(join(this.repository, path), 'utf8') };
  }

  private async changed(): Promise<Reading & { file: number }> {
    const { loaded } = this.context.bonsai;
    const [first] = await this.attachments();
    const path = join(this.repository, first?.path ?? '');
    await appendFile(path, '\nexport const changedSince = 4711;\n');
    const file = loaded ? tokenizeText(loaded.model, await readFile(path, 'utf8')).length : 0;
    return { ...(await this.assemble(0)), file };
  }
}

function ghostText(guessed: readonly Guessed[], ratio: number): string[] {
  if (guessed.length === 0) return [];
  return [
    markdownTable(
      ['ghost text at a new place', 'median ms', 'tokens read', 'tokens recalled', 'similar to the line', 'the line'],
      (['text', 'rows'] as const).map((how) => {
        const all = guessed.map((place) => place[how]);
        return [
          `its prompt as ${how}`,
          exactCount(Math.round(median(all.map(({ milliseconds }) => milliseconds)))),
          exactCount(Math.round(mean(all.map(({ tokensRead }) => tokensRead)))),
          exactCount(Math.round(mean(all.map(({ recalled }) => recalled)))),
          mean(all.map(({ similarity }) => similarity)).toFixed(2),
          `${all.filter(({ exact }) => exact).length} of ${all.length}`,
        ];
      }),
    ),
    `As rows ${ratio.toFixed(1)} times sooner (medians). The lines are in files that were read, so similarity compares the two ways and nothing else.`,
  ];
}

const readOf = ({ tokens, restoredTokens, archivedTokens }: ReadSummary) => tokens - restoredTokens - archivedTokens;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2;
}

const seconds = (values: readonly number[]) => median(values).toFixed(2);
