/**
 * `bonsai bench archive`: what keeping rows costs, and what it spares. In turns in one process: a repository is read without an
 * archive, read with one, and put together from it; then a question with much source attached is asked, the source as text and as
 * rows. What is told is the mean of the turns' ratios.
 */
import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showReading, type CommandContext } from '../../cli/commands/context';
import type { Answer, AskParams, LoadModelParams, ReadSummary, SourceLines } from '../../protocol';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { archiveStats } from '../../sidecar/archive/archive';
import { BonsaiError } from '../../sidecar/errors';
import { archiveFolder } from '../../sidecar/memory/store';
import { tokenizeText } from '../../sidecar/prompt/modelTokens';
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

const readAsText = 1_000_000;

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
    const changed = await this.changed();
    const { loaded } = context.bonsai;
    if (!loaded) throw new BonsaiError('no-model', 'No model is loaded.');
    const machine = machineName(loaded.info.device);
    const report = new Report(options.out, options.name);
    const summary = {
      archivedToPlain: mean(turns.map(({ plain, archived }) => archived.seconds / plain.seconds)),
      assembledToPlain: mean(turns.map(({ plain, assembled }) => assembled.seconds / plain.seconds)),
      textToRows: mean(asked.map(({ text, rows }) => text.seconds / rows.seconds)),
    };
    report.json({
      machine,
      model: loaded.info.name,
      command: commandLine(),
      settings: loaded.settings,
      turns,
      asked,
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
        ],
      }),
    );
    context.output.result({ json: report.jsonFile, markdown: report.markdownFile, ...summary }, () => [
      `reading with an archive takes ${summary.archivedToPlain.toFixed(2)} times as long, putting together from it is ${(1 / summary.assembledToPlain).toFixed(1)} times shorter,`,
      `the first token with source as rows comes ${summary.textToRows.toFixed(1)} times sooner: ${report.markdownFile}`,
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
    const { bonsai } = this.context;
    const { loaded } = bonsai;
    if (!loaded) throw new BonsaiError('no-model', 'No model is loaded.');
    const found = await bonsai.cacheMap({ buckets: 1 });
    const lines: SourceLines[] = [];
    let left = this.options.source;
    for (const { path } of found.files) {
      if (path === '' || left <= 0) continue;
      const all = (await readFile(join(this.repository, path), 'utf8')).split('\n');
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

  private async changed(): Promise<Reading & { file: number }> {
    const { loaded } = this.context.bonsai;
    const [first] = await this.attachments();
    const path = join(this.repository, first?.path ?? '');
    await appendFile(path, '\nexport const changedSince = 4711;\n');
    const file = loaded ? tokenizeText(loaded.model, await readFile(path, 'utf8')).length : 0;
    return { ...(await this.assemble(0)), file };
  }
}

const readOf = ({ tokens, restoredTokens, archivedTokens }: ReadSummary) => tokens - restoredTokens - archivedTokens;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2;
}

const seconds = (values: readonly number[]) => median(values).toFixed(2);
