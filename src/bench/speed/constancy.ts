/**
 * `bonsai bench constancy`: whether a cache that has seen much is slower than one that has just been filled. Both live in one
 * process and take turns, a few tokens each, so that whatever else the machine does meets both; of every turn a copy is
 * measured, so that they stay as long as they are. What is told is the mean of the turns' ratios.
 */
import { readFileSync } from 'node:fs';
import type { CommandContext } from '../../cli/commands/context';
import { exactCount } from '../../protocol/numbers';
import { seeded } from '../../sidecar/random';
import { createSampler } from '../../sidecar/engine/addon';
import { temporaryBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { createCache } from '../../sidecar/engine/createCache';
import { openModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import type { Sequence } from '../../sidecar/engine/sequence';
import { BonsaiError } from '../../sidecar/errors';
import { corpusTokens, loadCorpus } from '../corpus';
import { commandLine, machineName, modelName } from '../machine';
import { markdownPage, markdownTable, Report } from '../report';
import { decodeRate, rate } from './rates';
import type { SpeedOptions } from './speed';
import { shownRatio, summariseTurns, takeTurns, type Speeds, type TurnPair } from './takeTurns';

export interface ConstancyOptions extends Omit<SpeedOptions, 'stockMax' | 'output' | 'signal' | 'repeats'> {
  turns: number;
}

/** Chunks read in a turn. */
const chunksRead = 4;

/** @throws BonsaiError `bad-request` when the model cannot have a bounded cache, or nothing would be measured */
export async function constancy({ output, signal }: CommandContext, options: ConstancyOptions): Promise<void> {
  const { chunk, cache, max, decode, turns } = options;
  if (turns < 2) throw new BonsaiError('bad-request', 'The first turn only warms up; ask for two or more with --turns.');
  const opened = await openModel(options);
  const read = chunksRead * chunk;
  const early = 2 * cache.budget;
  const tokens = corpusTokens(opened, await loadCorpus(options.corpus), max + read, seeded(options.seed), true);
  const created = await createCache({
    ...opened,
    options: cache,
    tuning: options.tuning,
    memory: temporaryBudgetMemory(),
    chunk,
    threads: options.threads,
    window: undefined,
  });
  const { memory: long, background: short, chat, ghost } = created.sequences;
  const session = new Scheduler().openSession('reading');
  const sampler = createSampler(opened.llama, opened.model, { temperature: 0 });
  const work = { session, signal };
  let pairs: TurnPair[];
  try {
    if (!short) throw new BonsaiError('bad-request', `${opened.name} has no bounded cache here. ${created.notice ?? ''}`.trim());
    await short.evaluate(tokens.subarray(0, early), work);
    let done = 0;
    await long.evaluate(tokens.subarray(0, max), work, (count) =>
      output.progress(`reading ${Math.floor((100 * (done += count)) / max)} %`),
    );
    const measure = async (of: Sequence, copy: Sequence): Promise<Speeds> => {
      await session.unit(() => copy.forkFrom(of), signal);
      const speed = await rate(read, () => copy.evaluate(tokens.subarray(max), work));
      return { read: speed, written: await decodeRate(copy, tokens[max] ?? 0, decode, sampler, work) };
    };
    pairs = await takeTurns(turns, { base: () => measure(short, chat), other: () => measure(long, ghost) }, (turn) =>
      output.progress(`turn ${turn} of ${turns}`),
    );
  } finally {
    session.close();
    sampler.dispose();
    await created.context.dispose();
    await opened.model.dispose();
  }
  const summary = summariseTurns(pairs);
  const report = new Report(options.out, options.name);
  const machine = machineName(opened.device);
  report.json({
    machine,
    model: modelName(opened),
    command: commandLine(),
    settings: created.settings,
    budget: cache.budget,
    early,
    max,
    chunk,
    decode,
    summary,
    pairs,
  });
  report.markdown(
    markdownPage({
      title: 'Constant cost',
      machine,
      model: modelName(opened),
      commands: [commandLine()],
      sections: [
        `Policy ${created.settings.policy}, score ${created.settings.score}, budget ${exactCount(cache.budget)}, chunks of ${chunk}. One cache of ${exactCount(max)} tokens and one of ${exactCount(early)}, just after its budget was filled, take turns in one process, each on a copy of its own: ${exactCount(read)} tokens are read, then ${decode} generated. ${pairs.length} turns; ratios of a turn, their mean and its 95 % bootstrap interval.`,
        markdownTable(
          ['', `after ${exactCount(early)} tokens, median a second`, `after ${exactCount(max)}`, 'ratio'],
          [
            ['reading', exactCount(summary.medians.base.read), exactCount(summary.medians.other.read), shownRatio(summary.read)],
            [
              'generating',
              exactCount(summary.medians.base.written),
              exactCount(summary.medians.other.written),
              shownRatio(summary.written),
            ],
          ],
        ),
      ],
    }),
  );
  output.result({ json: report.jsonFile, markdown: report.markdownFile, ...summary }, () => readFileSync(report.markdownFile, 'utf8'));
}
