/**
 * `bonsai bench beside`: what the bounded cache costs where it has nothing to forget, and what gathering attention costs. Both
 * sides stay in this process and take turns: of separate runs a busy machine makes ratios that wander by a fifth.
 */
import { readFileSync } from 'node:fs';
import type { CommandContext } from '../../cli/commands/context';
import { exactCount } from '../../protocol/numbers';
import { BonsaiError } from '../../sidecar/errors';
import { commandLine, machineName } from '../machine';
import { markdownPage, markdownTable, Report } from '../report';
import { Partner } from './partner';
import { baseRequest, fitting, scoringBudgets, stockCacheOptions, type SpeedOptions } from './speed';
import { shownRatio, summariseTurns, takeTurns } from './takeTurns';

export interface BesideOptions extends Omit<SpeedOptions, 'max' | 'stockMax' | 'output' | 'signal' | 'repeats'> {
  turns: number;
}

/** @throws BonsaiError `bad-request` when nothing would be measured; `engine-failed` */
export async function beside({ output, signal }: CommandContext, options: BesideOptions): Promise<void> {
  const { cache, turns, decode, chunk } = options;
  if (turns < 2) throw new BonsaiError('bad-request', 'The first turn only warms up; ask for two or more with --turns.');
  const base = baseRequest(options);
  const tree = { ...cache, policy: 'tree' as const };
  const scoring = [scoringBudgets * cache.budget];
  const comparisons = [
    {
      name: `everything fits: ${exactCount(fitting)} tokens, budget ${exactCount(2 * fitting)}, against stock`,
      base: { ...base, engine: 'stock' as const, cache: stockCacheOptions(cache), lengths: [fitting] },
      other: { ...base, engine: 'bonsai' as const, cache: { ...cache, budget: 2 * fitting }, lengths: [fitting] },
    },
    {
      name: `attention gathered: tree over ${exactCount(scoring[0] ?? 0)} tokens, against without`,
      base: { ...base, engine: 'bonsai' as const, cache: { ...tree, score: 'none' as const }, lengths: scoring, decode: 0 },
      other: { ...base, engine: 'bonsai' as const, cache: { ...tree, score: 'attention' as const }, lengths: scoring, decode: 0 },
    },
  ];
  const results = [];
  for (const { name, ...requests } of comparisons) {
    const base = await Partner.open(requests.base);
    const other = await Partner.open(requests.other);
    try {
      const pairs = await takeTurns(turns, { base: () => base.measure(signal), other: () => other.measure(signal) }, (turn) =>
        output.progress(`${name}: turn ${turn} of ${turns}`),
      );
      results.push({ name, written: requests.base.decode > 0, summary: summariseTurns(pairs), pairs });
    } finally {
      await base.dispose();
      await other.dispose();
    }
  }
  const report = new Report(options.out, options.name);
  const machine = machineName('CPU');
  const model = options.modelPath ?? 'Bonsai demo';
  report.json({ machine, model, command: commandLine(), budget: cache.budget, chunk, decode, results });
  report.markdown(
    markdownPage({
      title: 'Beside each other',
      machine,
      model,
      commands: [commandLine()],
      sections: [
        `Two caches take turns in one process: each reads the text from nothing and, where that is told, generates ${decode} tokens. Budget ${exactCount(cache.budget)} unless another is named, chunks of ${chunk}. ${turns - 1} turns; ratios of a turn, their mean and its 95 % bootstrap interval.`,
        markdownTable(
          ['', 'reading, median a second: compared with', 'measured', 'ratio', 'generating: compared with', 'measured', 'ratio'],
          results.map(({ name, written, summary: { read, written: writing, medians } }) => [
            name,
            exactCount(medians.base.read),
            exactCount(medians.other.read),
            shownRatio(read),
            ...(written ? [exactCount(medians.base.written), exactCount(medians.other.written), shownRatio(writing)] : ['', '', '']),
          ]),
        ),
      ],
    }),
  );
  output.result(
    { json: report.jsonFile, markdown: report.markdownFile, results: results.map(({ name, summary }) => ({ name, ...summary })) },
    () => readFileSync(report.markdownFile, 'utf8'),
  );
}
