/**
 * Remembers what was found by measuring a model, so that it is measured once: budgets, needs, and the readings of
 * a trial that has not ended. One small JSON file in the user's cache folder, readable by its owner alone, replaced as a
 * whole. It only saves time: whatever is wrong with it, Bonsai says so in the log and measures again.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { schemas, type LayerNeeds, type LayerSharing } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { cacheFolder } from '../../protocol/userFolders';

/** A trial so far: what it has read of one text, by the budgets it was read with. */
const readings = z.object({
  /** Hash of the tokens. */
  text: z.string(),
  cosines: z.optional(z.array(z.number())),
  /** Mean nats a token of each block. */
  blocks: z.record(z.string(), z.array(z.number())),
});
export type Readings = z.infer<typeof readings>;

/** What is recalled comes from outside: the caller checks that it still makes sense. */
export interface Section<T> {
  get(key: string): T | undefined;
  /** @param value undefined: forget it */
  set(key: string, value: T | undefined): void;
}

export interface BudgetMemory {
  /** By everything they depend on. */
  budgets: Section<LayerSharing>;
  /** Of the layers with full attention, by the model file. */
  needs: Section<LayerNeeds>;
  readings: Section<Readings>;
}

/** In each section; the oldest are forgotten first. */
const mostEntries = 200;
const format = z.object({
  version: z.literal(2),
  budgets: z.record(z.string(), schemas.layerSharing),
  needs: z._default(z.record(z.string(), schemas.layerNeeds), {}),
  readings: z.record(z.string(), readings),
});
type Document = z.infer<typeof format>;

export function defaultBudgetFile(): string {
  return join(cacheFolder(), 'budgets.json');
}

/** @param log told what is wrong with the file, in a sentence */
export function fileBudgetMemory(path: string, log: (text: string) => void): BudgetMemory {
  return memoryOf(
    () => {
      try {
        return format.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!missing) log(`${path} is ignored: ${reason(error)}. Layers will be measured again.`);
        return nothing();
      }
    },
    (document) => {
      try {
        replaceFile(path, `${JSON.stringify(document)}\n`);
      } catch (error) {
        log(`What was measured could not be remembered in ${path}: ${reason(error)}.`);
      }
    },
  );
}

/** For measurements, which must not depend on what an earlier one left behind. */
export function temporaryBudgetMemory(): BudgetMemory {
  let known = nothing();
  return memoryOf(
    () => known,
    (document) => {
      known = document;
    },
  );
}

const nothing = (): Document => ({ version: 2, budgets: {}, needs: {}, readings: {} });

function memoryOf(read: () => Document, write: (document: Document) => void): BudgetMemory {
  const section = <T>(
    entriesOf: (document: Document) => Record<string, T>,
    replace: (document: Document, entries: Record<string, T>) => Document,
  ): Section<T> => ({
    get: (key) => new Map(Object.entries(entriesOf(read()))).get(key),
    set: (key, value) => {
      const document = read();
      const others = Object.entries(entriesOf(document)).filter(([other]) => other !== key);
      const kept: [string, T][] = value === undefined ? others : [...others.slice(1 - mostEntries), [key, value]];
      write(replace(document, Object.fromEntries(kept)));
    },
  });
  return {
    budgets: section(
      ({ budgets }) => budgets,
      (document, budgets) => ({ ...document, budgets }),
    ),
    needs: section(
      ({ needs }) => needs,
      (document, needs) => ({ ...document, needs }),
    ),
    readings: section(
      (document) => document.readings,
      (document, entries) => ({ ...document, readings: entries }),
    ),
  };
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
