/** The expert options: numbers behind the policies, for experiments and benchmarks. Their defaults are what everybody else gets. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import * as z from 'zod/mini';
import { defaultTuning, type EngineTuning } from '../sidecar/engine/tuning';

function share(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value < 0 || value > 1) throw new InvalidArgumentError('Give a share between 0 and 1, such as 0.5.');
  return value;
}

function wholeBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`Give a whole number between ${least} and ${most}.`);
    return value;
  };
}

export function withTuningOptions(command: Command): Command {
  const { sinks, recentShare, outlierShare, block, samples, minSeen, gqa, squeezeP } = defaultTuning;
  return command
    .optionsGroup('Expert options:')
    .option('--sinks <count>', `first tokens, never evicted (${sinks})`, wholeBetween(0, 16))
    .option('--recent-share <share>', `of the entries, for the newest tokens (${recentShare})`, share)
    .option('--outlier-share <share>', `of the rest, for novel keys under hybrid (${outlierShare})`, share)
    .option('--block <tokens>', `neighbours that stay or leave together (${block})`, wholeBetween(1, 32))
    .option('--no-stagger', "all KV heads start their tree at one place, as the paper's do")
    .option('--samples <count>', `queries of a chunk whose attention is sampled (${samples})`, wholeBetween(1, 64))
    .option('--min-seen <count>', `of these, that must have seen an entry before its score counts (${minSeen})`, wholeBetween(0, 1_000_000))
    .addOption(new Option('--gqa <how>', `how query heads are put together (${gqa})`).choices(['mean', 'max']))
    .option('--merge', 'merge the loser of a pair into its winner instead of dropping it, under the trees and hybrid')
    .option('--squeeze-p <share>', `of the mean budget, for the least important layers (${squeezeP})`, share)
    .optionsGroup('Options:');
}

const tuningOptions = z.object({
  sinks: z.optional(z.number()),
  recentShare: z.optional(z.number()),
  outlierShare: z.optional(z.number()),
  block: z.optional(z.number()),
  stagger: z.optional(z.boolean()),
  samples: z.optional(z.number()),
  minSeen: z.optional(z.number()),
  gqa: z.optional(z.enum(['mean', 'max'])),
  merge: z.optional(z.boolean()),
  squeezeP: z.optional(z.number()),
});

/** What commander parsed, over the defaults. */
export function tuningOf(parsed: unknown): EngineTuning {
  const given = z.parse(tuningOptions, parsed);
  return {
    sinks: given.sinks ?? defaultTuning.sinks,
    recentShare: given.recentShare ?? defaultTuning.recentShare,
    outlierShare: given.outlierShare ?? defaultTuning.outlierShare,
    block: given.block ?? defaultTuning.block,
    stagger: given.stagger ?? defaultTuning.stagger,
    samples: given.samples ?? defaultTuning.samples,
    minSeen: given.minSeen ?? defaultTuning.minSeen,
    gqa: given.gqa ?? defaultTuning.gqa,
    merge: given.merge ?? defaultTuning.merge,
    squeezeP: given.squeezeP ?? defaultTuning.squeezeP,
  };
}
