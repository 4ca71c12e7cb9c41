/** How `bonsai bench shared-archive` is typed. */
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import * as z from 'zod/mini';
import { positiveInteger } from '../../cli/options';
import { speedFolder } from '../corpus';
import { integers } from '../options';
import { shared, withReportOptions, type Run } from '../reportOptions';
import { shapeNames } from './assumptions';
import type { Case } from './paper';
import { sharedArchive } from './sharedArchive';

const caseSchema = z.object({
  shape: z.enum(shapeNames),
  tokensPerSecond: z.number().check(z.positive()),
  dollarsPerHour: z.number().check(z.gte(0)),
  ownTokensPerSecond: z.number().check(z.positive()),
  measuredIn: z.union([z.string(), z.undefined()]),
});

const sharedArchiveOptions = z.extend(shared, {
  model: z.optional(z.string()),
  corpus: z.string(),
  case: z.array(caseSchema),
  workers: z.array(z.number()),
  draws: z.number(),
  seed: z.number(),
});

export function addSharedArchive(bench: Command, run: Run): void {
  const command = bench.command('shared-archive').description('on paper: a monorepo that many workers read into a shared archive');
  withReportOptions(command, 'shared-archive')
    .option('--model <path>', 'a GGUF file whose vocabulary counts tokens (default: the demonstration model)')
    .option('--corpus <dir>', 'a real repository, whose file sizes the monorepo has', speedFolder(undefined))
    .requiredOption(
      '--case <shape,rate,price,own[,page]>',
      "a model, a worker's tokens a second and dollars an hour, the tokens a second of a colleague's machine, and the page that measured the rates; repeatable",
      caseOf,
    )
    .option('--workers <list>', 'how many, such as 8,32', integers, [8, 32, 128, 512])
    .option('--draws <count>', 'of stragglers and losses, for each number of workers', positiveInteger, 20)
    .option('--seed <number>', 'of everything that is drawn', positiveInteger, 1)
    .action((options: unknown) =>
      run(options, (context) => {
        const { model, corpus, case: cases, out, ...rest } = z.parse(sharedArchiveOptions, options);
        return sharedArchive(context, { ...rest, cases, modelPath: model, folder: resolve(corpus), out: resolve(out) });
      }),
    );
}

/** `0.5b,65,0.05,65,archive-qwen2.5-coder-0.5b.md` */
export function caseOf(text: string, before: readonly Case[] | undefined): Case[] {
  const [shape, rate, price, own, measuredIn] = text.split(',');
  const numbers = { tokensPerSecond: Number(rate), dollarsPerHour: Number(price), ownTokensPerSecond: Number(own) };
  const { data } = caseSchema.safeParse({ shape, ...numbers, measuredIn });
  if (!data)
    throw new InvalidArgumentError(
      `"${text}" is no case. Write a shape of ${shapeNames.join(', ')}, tokens a second, dollars an hour, a colleague's tokens a second, and the page that measured them.`,
    );
  return [...(before ?? []), { ...data, measuredIn: data.measuredIn }];
}
