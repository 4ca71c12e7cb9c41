/** The page of a repository run, and its plots. */
import { exactCount, shortBytes } from '../../protocol/numbers';
import { barPlot } from '../plot';
import { markdownPage, markdownTable, type Report } from '../report';
import { taskNames, type Task } from './items';
import type { RepositoryRun } from './result';
import { cacheRows, taskRows, type Interval, type TaskRow } from './summary';

/** What is asked, and what counts. */
const about = {
  constants: "The value of a named constant; half of them the repository's own, half planted. Right: exactly.",
  signatures: 'The parameters of a named function, out of four, the wrong ones from other functions. A guess: 25 %.',
  needle:
    'A function described by its own comment without the words of its name, out of ten names. A guess: 10 %. The comment stands in the source word for word, so full-text search finds it easily.',
  callers: 'The file that calls a function, out of four paths. A guess: 25 %.',
  'two-hop': 'A planted constant that is set to a constant of another file. Right: exactly.',
  'next-line':
    'Lines of files that were not read and that use a name of another file. Right: the whole line; similarity: 1 minus the normalised edit distance.',
  turns: 'Five questions in one conversation, the right answers of the earlier ones in the history. Right: the fifth.',
} satisfies Record<Task, string>;

const count = exactCount;
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const interval = ({ mean, low, high }: Interval) => `${percent(mean)} [${percent(low)}, ${percent(high)}]`;
const points = ({ mean, low, high }: Interval) => `${signed(100 * mean, 0)} [${signed(100 * low, 0)}, ${signed(100 * high, 0)}]`;
const nats = ({ mean, low, high }: Interval) => `${signed(mean, 2)} [${signed(low, 2)}, ${signed(high, 2)}]`;

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** @param plots Markdown that shows them */
export function repositoryPage(run: RepositoryRun, plots: readonly string[]): string {
  const { settings, machine, commands, repositories, trainedWindow } = run;
  const rows = taskRows(run);
  return markdownPage({
    title: 'What the memory of a repository is worth',
    machine,
    model: `${settings.model}, ${count(settings.modelBytes)} bytes, trained window ${count(trainedWindow)} tokens`,
    commands,
    sections: [
      'Every row was asked the same items. Closed book: the question alone. Oracle: the question and the lines that answer it. Retrieval: what search finds, as text, ' +
        `at most ${count(settings.recall)} tokens, without a memory. Window: the repository in reading order in llama.cpp's own cache, as much as the trained window holds. ` +
        'Memory: the bounded memory of the whole repository alone; 16x keeps a sixteenth of the bytes. Memory + text: both. ' +
        (recalls(rows) ? `${aboutRows} ` : '') +
        'In brackets: 95 % interval of a bootstrap over the items within the repositories. Nats are per token of the right answer.',
      markdownTable(
        ['repository', 'files', 'characters', 'tokens'],
        Object.values(repositories).map(({ name, files, characters, tokens }) => [name, count(files), count(characters), count(tokens)]),
      ),
      '## The caches',
      markdownTable(
        ['row', 'tokens', 'entries a layer', 'K and V', 'reading once, s'],
        cacheRows(run).map(({ key, tokens, entries, kvBytes, readingSeconds }) => [
          key,
          count(tokens),
          count(entries),
          shortBytes(kvBytes),
          count(readingSeconds),
        ]),
      ),
      'A reading that was restored from disk counts the time of restoring.',
      ...taskNames.flatMap((task) =>
        section(
          task,
          rows.filter((row) => row.task === task),
        ),
      ),
      ...plots,
    ],
  });
}

/** Whether an arm among them puts rows back. */
const recalls = (rows: readonly TaskRow[]) => rows.some(({ recalledTokens }) => recalledTokens !== undefined);

const aboutRows =
  'Memory + rows: the keys and values of what search finds are put into the cache instead of its text; exact: of the lines that answer. Alone: computed when the file was ' +
  'read by itself; stream: when it was read behind all others; again: no rows, its tokens are read in the same place; mixed: alone, but what is ' +
  'short is read; lead: of longer places the first tokens, too. Inside: where the text would stand in the chat turn; before: in front of the turn. Assembled: the memory itself is put together from rows.';

function section(task: Task, rows: readonly TaskRow[]): string[] {
  if (rows.length === 0) return [];
  const turns = task === 'turns';
  const recalled = recalls(rows);
  const lines = task === 'next-line';
  const head = [
    'row',
    'items',
    'right',
    'of the oracle',
    'over retrieval, points',
    'nats',
    'nats over retrieval',
    ...(lines ? ['similarity'] : []),
    ...(turns ? ['first question', 'fifth'] : []),
    'answer was added',
    'tokens read',
    ...(recalled ? ['recalled'] : []),
    'ms a question',
  ];
  return [
    `## ${task}`,
    about[task],
    markdownTable(
      head,
      rows.map((row) => [
        row.key,
        count(row.right.count),
        interval(row.right),
        row.ofOracle === undefined ? '' : percent(row.ofOracle),
        row.overRetrieval ? points(row.overRetrieval) : '',
        row.nats.toFixed(2),
        row.natsOverRetrieval ? nats(row.natsOverRetrieval) : '',
        ...(lines ? [row.similarity?.toFixed(3) ?? ''] : []),
        ...(turns ? [row.turns ? percent(row.turns.first) : '', row.turns ? percent(row.turns.last) : ''] : []),
        percent(row.found),
        count(row.readTokens),
        ...(recalled ? [row.recalledTokens === undefined ? '' : count(row.recalledTokens)] : []),
        count(row.milliseconds),
      ]),
    ),
  ];
}

/** @returns the Markdown that shows them */
export function repositoryPlots(run: RepositoryRun, report: Report): string[] {
  const rows = taskRows(run);
  return taskNames.flatMap((task) => {
    const own = rows.filter((row) => row.task === task);
    if (own.length < 2) return [];
    const title = task === 'next-line' ? 'next-line: nats per token' : `${task}: share right`;
    const bars = own.map((row) => ({ name: row.key, value: task === 'next-line' ? row.nats : row.right.mean }));
    return [report.plot(task, title, barPlot(title, { name: task === 'next-line' ? 'nats' : 'share' }, bars))];
  });
}
