/**
 * Remembers the budgets that were found by measuring a model, so that it is measured once. One small JSON file in the
 * user's cache folder, readable by its owner alone, replaced as a whole. It only saves time: whatever is wrong with it,
 * Bonsai says so in the log and measures again.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import * as z from 'zod/mini';
import { messageOf } from '../../protocol/messageOf';

export interface BudgetMemory {
  /** @returns one budget per layer with full attention, as it was remembered; the caller checks that it still makes sense */
  recall(key: string): number[] | undefined;
  remember(key: string, budgets: readonly number[]): void;
}

/** The oldest are forgotten first. */
const mostEntries = 200;
const format = z.object({
  version: z.literal(1),
  budgets: z.record(z.string(), z.array(z.int().check(z.positive()))),
});

export function defaultBudgetFile(): string {
  return join(envPaths('bonsai', { suffix: '' }).cache, 'budgets.json');
}

/** @param log told what is wrong with the file, in a sentence */
export function fileBudgetMemory(path: string, log: (text: string) => void): BudgetMemory {
  const read = (): Record<string, number[]> => {
    try {
      return format.parse(JSON.parse(readFileSync(path, 'utf8'))).budgets;
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing) log(`${path} is ignored: ${reason(error)}. Layers will be measured again.`);
      return {};
    }
  };
  return {
    recall: (key) => read()[key],
    remember: (key, budgets) => {
      const others = Object.entries(read()).filter(([other]) => other !== key);
      const kept = Object.fromEntries([...others.slice(1 - mostEntries), [key, [...budgets]]]);
      try {
        replaceFile(path, `${JSON.stringify({ version: 1, budgets: kept } satisfies z.infer<typeof format>)}\n`);
      } catch (error) {
        log(`The budgets could not be remembered in ${path}: ${reason(error)}.`);
      }
    },
  };
}

/** For measurements, which must not depend on what an earlier one left behind. */
export function temporaryBudgetMemory(): BudgetMemory {
  const known = new Map<string, number[]>();
  return { recall: (key) => known.get(key), remember: (key, budgets) => void known.set(key, [...budgets]) };
}

/** Another process reads the old text or the new one, never a part. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}`;
  try {
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function reason(error: unknown): string {
  if (error instanceof z.core.$ZodError || error instanceof SyntaxError) return 'it is damaged or not from Bonsai';
  return messageOf(error);
}
