/** The page of a completion run, and its plots. */
import { barPlot, linePlot } from '../plot';
import { markdownPage, markdownTable, type Report } from '../report';
import type { Difference } from './bootstrap';
import { meanInterval } from './keystrokes';
import type { CompletionRun, Typing } from './result';
import { completionRows, summariseTyping, type Percentiles, type Row } from './summary';

/** How the model was asked. */
const ways = {
  auto: 'The model is asked in the way that suits it.',
  tokens: 'The model is asked with its fill-in-the-middle tokens.',
  chat: 'The model is asked in a chat.',
  continuation: 'The model goes on with what stands before the cursor.',
} satisfies Record<NonNullable<CompletionRun['settings']['way']>, string>;

const count = (value: number) => Math.round(value).toLocaleString('en-US');
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
const interval = ({ mean, low, high }: Difference) => `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
const milliseconds = (of: Percentiles | undefined, which: keyof Percentiles) => (of ? count(of[which]) : '');

/** @param plots Markdown that shows them */
export function completionPage(run: CompletionRun, plots: readonly string[]): string {
  const { settings, budgets, machine, commands, repositories, typing } = run;
  const { classes, repositories: each } = completionRows(run);
  const entries = [...new Set(budgets)];
  const unread = Object.values(repositories).filter(({ tokens }) => tokens === 0).length;
  return markdownPage({
    title: 'Completion',
    machine,
    model: `${settings.model}, ${count(settings.modelBytes)} bytes`,
    commands,
    sections: [
      `Held-out lines of real files, written by the product's own completer with its filters, one line each, once with the rest of the repository in memory, where the completer can also look things up, and once without (${settings.engine} engine, ` +
        `${entries.length === 1 ? count(entries[0] ?? 0) : 'unequal'} KV entries a layer). Of each repository up to ${settings.files} files were held out as a whole (seed ${settings.seed}), and neither read nor found; ` +
        `what stands behind a line is the suffix. ${ways[settings.way ?? 'auto']} ` +
        'In-file: every name in the line stands in the file before it. Cross-file: the line uses a name that one to three other files define, and that does not stand in the 60 lines before it nor in the 20 behind. ' +
        'Lines of one file are not independent of each other, so the intervals are rather too narrow than too wide.',
      markdownTable(
        ['repository', 'files read', 'tokens read', 'files held out', 'lines'],
        Object.entries(repositories).map(([folder, { files, tokens, heldOut, places }]) => [
          folder,
          count(files),
          tokens === 0 ? 'not yet' : count(tokens),
          count(heldOut.length),
          count(places.length),
        ]),
      ),
      ...(unread > 0 ? [`${unread} of these repositories have not been read; go on with --resume.`] : []),
      '## Next lines',
      'Silent: nothing is suggested. Similarity: 1 minus the normalised Levenshtein distance, 0 for silence; any text is nearer than none, so it is also given for the lines for which both ways suggest something. First word: the first word, number or sign is right. Nats: mean loss per token of the true line, behind the prompt of the completer. ' +
        'Differences: with memory minus without, mean over the same lines and 95 % interval of a paired bootstrap; more similarity and fewer nats are better.',
      qualityTable(classes),
      qualityTable(each),
      ...(typing ? typingSections(typing) : []),
      ...plots,
    ],
  });
}

function qualityTable(rows: readonly Row[]): string {
  return markdownTable(
    [
      'lines',
      'count',
      'silent: without',
      'with',
      'exact: without',
      'with',
      'first word: without',
      'with',
      'similarity: without',
      'with',
      'difference',
      'both suggest: count',
      'difference',
      'nats: without',
      'with',
      'difference',
    ],
    rows.map(({ name, lines, alone, memory, similarity, suggested, nats }) => [
      name,
      count(lines),
      percent(alone.silent),
      percent(memory.silent),
      percent(alone.exact),
      percent(memory.exact),
      percent(alone.first),
      percent(memory.first),
      alone.similarity.toFixed(3),
      memory.similarity.toFixed(3),
      interval(similarity),
      count(suggested.lines),
      suggested.similarity ? interval(suggested.similarity) : '',
      alone.nats.toFixed(3),
      memory.nats.toFixed(3),
      interval(nats),
    ]),
  );
}

function typingSections(typing: Typing): string[] {
  const { asked, answered, overtaken, answer, stopped, reused, read, generated } = summariseTyping(typing);
  const row = (name: string, of: Percentiles | undefined) => [
    name,
    milliseconds(of, 'p50'),
    milliseconds(of, 'p95'),
    milliseconds(of, 'p99'),
  ];
  const tokens = (value: number) => (Number.isNaN(value) ? '' : count(value));
  return [
    '## Typing',
    `Held-out lines of ${typing.repository} typed against the sidecar process, ${count(typing.tokens)} tokens of the rest in memory: a key every ${meanInterval} ms on average, and a moment's thought at the end of a line and at one key in twenty. ` +
      'Every key asks and stops what the key before it asked, without the waiting and the reuse along an answer that the extension adds. Times are from the key to the answer, in milliseconds.',
    markdownTable(['milliseconds', 'p50', 'p95', 'p99'], [row('answered', answer), row('stopped by a newer key, until it ended', stopped)]),
    markdownTable(
      ['requests', 'answered', 'overtaken', 'tokens reused', 'read', 'written'],
      [[count(asked), count(answered), percent(overtaken), tokens(reused), tokens(read), tokens(generated)]],
    ),
    'Tokens are medians over the answered requests.',
  ];
}

/** @returns the Markdown that shows them */
export function completionPlots(run: CompletionRun, report: Report): string[] {
  const { classes } = completionRows(run);
  const bars = (of: 'similarity' | 'nats') =>
    classes.flatMap(({ name, alone, memory }) => [
      { name: `${name}, without memory`, value: alone[of] },
      { name: `${name}, with memory`, value: memory[of] },
    ]);
  const plots: string[] = [];
  if (classes.length > 0) {
    const [similarity, nats] = ['Edit similarity of next lines', 'Loss on next lines'];
    plots.push(report.plot('similarity', similarity, barPlot(similarity, { name: '1 minus normalised distance' }, bars('similarity'))));
    plots.push(report.plot('nats', nats, barPlot(nats, { name: 'nats per token' }, bars('nats'))));
  }
  const answered = run.typing?.requests.filter(({ answer }) => answer).map((request) => request.milliseconds) ?? [];
  if (answered.length > 1) {
    const title = 'Latency at typing speed';
    const points = answered.toSorted((a, b) => a - b).map((value, i) => [value, (100 * (i + 1)) / answered.length] as const);
    plots.push(
      report.plot(
        'latency',
        title,
        linePlot(title, { name: 'milliseconds' }, { name: '% of the answers by then' }, [{ name: 'answered', points }]),
      ),
    );
  }
  return plots;
}
