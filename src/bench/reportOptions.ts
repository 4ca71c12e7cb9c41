/** What every benchmark is asked that leaves files behind. */
import { join } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod/mini';
import type { CommandContext } from '../cli/commands/context';
import { bundleRoot } from '../sidecar/bundleRoot';

export type Run = (options: unknown, command: (context: CommandContext) => Promise<void>) => Promise<void>;

export const shared = z.object({ out: z.string(), name: z.string() });

export function withReportOptions(command: Command, name: string): Command {
  return command
    .option('--out <dir>', 'where the results go', join(bundleRoot, 'docs/results'))
    .option('--name <name>', 'of the result files', name)
    .option('--json', 'one JSON document on stdout');
}
