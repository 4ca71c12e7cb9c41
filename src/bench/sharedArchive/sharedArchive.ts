/**
 * `bonsai bench shared-archive`: a monorepo that a farm reads into a shared archive, on paper. Measured are the sizes of the files
 * it is made of, and the rates that are handed in with their source; all else is assumed, and said so on the page.
 */
import { basename } from 'node:path';
import { median, quantile, sum } from 'simple-statistics';
import type { CommandContext } from '../../cli/commands/context';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../../protocol/numbers';
import { openModel } from '../../sidecar/engine/openModel';
import { catalogueOf, mustHaveFiles } from '../../sidecar/memory/catalogue';
import { seeded } from '../../sidecar/random';
import { commandLine, machineName, modelName } from '../machine';
import { markdownPage, markdownTable, Report } from '../report';
import { archiveBytesPerToken, assumptions, shapes } from './assumptions';
import { breakEven, colleagues, drawFiles, rowOf, storeOf, type Case, type Colleague, type Row, type Store } from './paper';

export interface SharedArchiveOptions {
  modelPath: string | undefined;
  folder: string;
  cases: readonly Case[];
  workers: readonly number[];
  /** For each number of workers. */
  draws: number;
  seed: number;
  out: string;
  name: string;
}

interface Paper {
  one: Case;
  rows: Row[];
  store: Store;
  colleagues: Colleague[];
}

/** @throws BonsaiError `model-*`, `folder-missing` or `nothing-to-read`; the signal's reason when stopped */
export async function sharedArchive({ output, signal }: CommandContext, options: SharedArchiveOptions): Promise<void> {
  const { folder, cases, workers, draws, seed } = options;
  const opened = await openModel({ modelPath: options.modelPath, gpu: 'off', vocabularyOnly: true });
  try {
    const nothing = { get: () => undefined, set: () => undefined };
    const catalogue = await catalogueOf(opened, { folders: [folder], name: undefined, signal, facts: nothing, marks: nothing });
    mustHaveFiles(catalogue);
    const measured = catalogue.files.map(({ tokens }) => tokens);
    const files = drawFiles(measured, assumptions.tokens, seeded(seed));
    const seeds = Array.from({ length: draws }, (_, i) => seed + i);
    const papers = cases.map((one): Paper => {
      output.progress(`working out ${shapes[one.shape].name}`);
      return {
        one,
        rows: workers.map((count) => rowOf(one, files, count, assumptions, seeds)),
        store: storeOf(one, files, assumptions),
        colleagues: colleagues(one, files, assumptions),
      };
    });
    const report = new Report(options.out, options.name);
    const sizes = sizesOf(measured);
    report.json({ command: commandLine(), seed, draws, assumptions, corpus: basename(folder), sizes, files: files.length, papers });
    report.markdown(
      markdownPage({
        title: 'A shared archive, on paper',
        machine: machineName(opened.device),
        model: `the vocabulary of ${modelName(opened)}, to count tokens`,
        commands: [commandLine()],
        sections: [foreword(basename(folder), sizes, files.length, seeds), assumed(), ...papers.flatMap(sectionsOf), afterword],
      }),
    );
    output.result({ files: report.markdownFile, papers }, () => [`written: ${report.markdownFile} and ${basename(report.jsonFile)}`]);
  } finally {
    await opened.model.dispose();
  }
}

const sizesOf = (tokens: readonly number[]) => ({
  files: tokens.length,
  tokens: sum([...tokens]),
  median: median([...tokens]),
  ninetieth: quantile([...tokens], 0.9),
  largest: Math.max(...tokens),
});

function foreword(name: string, sizes: ReturnType<typeof sizesOf>, files: number, seeds: readonly number[]): string {
  return (
    '**A simulation, not a measurement.** No such repository, farm or store was there. Measured are two things: how many tokens the ' +
    `files of ${name} have (${exactCount(sizes.files)} files, ${exactCount(sizes.tokens)} tokens; median ${exactCount(sizes.median)}, ninetieth ` +
    `percentile ${exactCount(sizes.ninetieth)}, largest ${exactCount(sizes.largest)}), and the rates that name their page. From those files, drawn ` +
    `again and again (seed ${seeds[0]}), comes a repository of ${exactCount(assumptions.tokens)} tokens in ${exactCount(files)} files. Stragglers and losses are drawn ` +
    `${seeds.length} times.`
  );
}

function assumed(): string {
  const a = assumptions;
  const rows = [
    ['shares of the repository for each worker', `${a.sharesPerWorker}`],
    ['a pod starts and loads its model in', `${a.startSeconds} s`],
    ['from a worker to the store', `${a.workerMegabytesPerSecond} MB/s`],
    ['one request', `${1000 * a.requestSeconds} ms, ${a.atOnce} at once`],
    ['workers that are slow, and how much longer they take to read', `${100 * a.stragglers} %, ${a.slowdown} times`],
    ['pods lost, of one worker', `${a.lossesPerHour} in an hour`],
    ['from the store to the colleague', `${a.colleagueMegabytesPerSecond} MB/s`],
    ['pieces that a question needs', `${a.pieces}`],
    ['a gigabyte kept for a month, taken out', `$${a.dollarsPerGigabyteMonth}, $${a.dollarsPerGigabyteOut}`],
    ['a thousand objects written, read', `$${a.dollarsPerThousandPuts}, $${a.dollarsPerThousandGets}`],
  ];
  return `## Assumed\n\n${markdownTable(['assumption', 'value'], rows)}`;
}

function sectionsOf({ one, rows, store, colleagues: ways }: Paper): string[] {
  const { name } = shapes[one.shape];
  const from = one.measuredIn === undefined ? '**assumed**, not measured' : `measured: [${one.measuredIn}](${one.measuredIn})`;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const money = (dollars: number) => `$${dollars < 1 ? dollars.toFixed(4) : exactCount(dollars)}`;
  return [
    `## ${name}`,
    `A worker reads ${exactCount(one.tokensPerSecond)} tokens a second and a colleague's machine ${exactCount(one.ownTokensPerSecond)} (${from}); a worker costs ` +
      `$${one.dollarsPerHour} an hour (assumed). A token is ${exactCount(archiveBytesPerToken(one.shape))} bytes, by the code's own formula: ` +
      `${shortBytes(store.bytes)} in ${exactCount(store.objects)} objects, ${money(store.dollarsToFill)} for the requests that write them, ` +
      `${money(store.dollarsPerMonth)} a month to keep.`,
    markdownTable(
      [
        'workers',
        'until the last is done',
        'one time in ten longer than',
        'without trouble',
        'idle',
        'starting',
        'pods lost',
        'work lost',
        'workers cost',
      ],
      rows.map(({ workers, makespan, shares, losses, dollars }) => [
        exactCount(workers),
        shortSeconds(makespan.median),
        shortSeconds(makespan.ninetieth),
        shortSeconds(makespan.calm),
        percent(shares.idle),
        percent(shares.starting),
        losses.toFixed(1),
        percent(shares.wasted),
        money(dollars),
      ]),
    ),
    markdownTable(
      ['a new colleague gets', 'from', 'bytes', 'until the rows are there', 'transfer costs'],
      ways.map(({ what, from, bytes, seconds, dollars }) => [
        what,
        from === 'store' ? 'the store' : 'reading it themselves',
        from === 'store' ? shortBytes(bytes) : '',
        seconds > 86_400 ? `${shortCount(seconds / 86_400)} days` : shortSeconds(seconds),
        from === 'store' ? money(dollars) : '',
      ]),
    ),
    `A machine that reads more than ${exactCount(breakEven(one, assumptions))} tokens a second has a file's rows sooner by reading it than by fetching them.`,
  ];
}

const afterword =
  '## What the numbers do not say\n\n' +
  'A file is read from its beginning to its end by one worker: however many there are, none is done before the largest file is. ' +
  'The first answer also needs the model to be loaded and the question to be read; that is the same in every row. `bonsai archive import` takes ' +
  'everything that is missing: fetching only the pieces that a question needs is not built. Their names are worked out from path and content, so it ' +
  'would need no list. A memory of the whole repository is put together from all rows, which "everything" pays for once. The transfer price is that ' +
  'of a cloud to the outside; inside a region, or on a store of your own, it is nothing.';
