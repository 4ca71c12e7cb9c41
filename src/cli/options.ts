/** The options that several commands share, and how their text becomes values; wrong text is an error that shows a right one. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import * as z from 'zod/mini';
import { schemas, type CacheOptions } from '../protocol';
import type { LoadOptions } from '../sidecar/engine/loadedModel';
import { defaultChunk } from '../sidecar/engine/budget';
import { resolveSettings } from '../sidecar/engine/cachePlan';
import { tuningOf, withTuningOptions } from './tuningOptions';

const bytesPerGigabyte = 1e9;
/** Minutes: a day. */
const longestIdle = 1440;
/** What everybody gets who asks for nothing. */
const usual = resolveSettings({});

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}

export function gigabytes(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number of gigabytes, such as 2.5, or 0.');
  return value;
}

export function minutes(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value <= longestIdle)) throw new InvalidArgumentError(`Give minutes from 0 to ${longestIdle}.`);
  return value;
}

/** An option that may be typed several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function budgetList(text: string): number | number[] {
  const budgets = text.split(',').map(positiveInteger);
  return budgets.length === 1 && budgets[0] !== undefined ? budgets[0] : budgets;
}

/** Of every command that loads a model. */
export function withModelOptions(command: Command): Command {
  return withTuningOptions(withOpenOptions(withCacheOptions(command)));
}

/** Of every command that makes a cache. */
export function withCacheOptions(command: Command): Command {
  return command
    .option(
      '--budget <entries>',
      'KV entries per layer, such as 2048, or one number per layer with full attention, such as 512,1024,… (default: what the model was trained to see, at most 8192)',
      budgetList,
    )
    .addOption(new Option('--policy <policy>', `which entries stay (default: ${usual.policy})`).choices(schemas.policySchema.options))
    .addOption(
      new Option(
        '--score <score>',
        `what decides which of two neighbours stays (default: ${usual.score} with ${usual.policy}, else none)`,
      ).choices(schemas.scoreSchema.options),
    )
    .addOption(
      new Option(
        '--allocator <allocator>',
        `how layers share the budget (default: ${usual.allocator}, uniform until something was tried)`,
      ).choices(schemas.allocatorChoiceSchema.options),
    )
    .addOption(
      new Option('--positions <positions>', `how positions are encoded (default: ${usual.positions})`).choices(
        schemas.positionsSchema.options,
      ),
    )
    .addOption(
      new Option('--key-type <type>', `precision of the cached keys (default: ${usual.keyType})`).choices(schemas.cacheTypeSchema.options),
    )
    .addOption(
      new Option('--value-type <type>', `precision of the cached values (default: ${usual.valueType})`).choices(
        schemas.cacheTypeSchema.options,
      ),
    );
}

/** Of every command that opens a model, with one cache or several. @param otherwise the model when none is named */
export function withOpenOptions(command: Command, otherwise = 'the demo model that comes with Bonsai'): Command {
  return command
    .option('--model <file>', `a GGUF file (default: ${otherwise})`)
    .option('--chunk <tokens>', `tokens read at a time (default: ${defaultChunk}; perplexity: 128)`, positiveInteger)
    .option('--threads <count>', 'threads to compute with (default: one for each core)', positiveInteger)
    .addOption(new Option('--gpu <gpu>', 'whether to use a graphics card (default: auto)').choices(['auto', 'off']))
    .addOption(engineOption());
}

/** Of every command that asks something of a repository: what was read once is not read again. */
export function withMemoryOptions(command: Command): Command {
  return command
    .option('--memory <folder>', "where the memory of what was read is saved (default: the user's cache folder)")
    .option('--no-save', 'neither use a saved memory nor save this one');
}

/** How much disk what is saved may take. */
export function withQuotaOptions(command: Command): Command {
  return command
    .option('--memory-quota <gigabytes>', 'for saved memories; the least recently used are deleted first (default: 8)', gigabytes)
    .option('--archive-quota <gigabytes>', 'for the archive of what was read; 0: nothing is archived (default: 8)', gigabytes);
}

export function engineOption(): Option {
  return new Option('--engine <engine>', "the bounded cache, or llama.cpp's own (default: bonsai where it is built)").choices(
    schemas.engineKindSchema.options,
  );
}

const modelOptions = z.object({
  model: z.optional(z.string()),
  budget: z.optional(z.union([z.number(), z.array(z.number())])),
  policy: z.optional(schemas.policySchema),
  score: z.optional(schemas.scoreSchema),
  allocator: z.optional(schemas.allocatorChoiceSchema),
  positions: z.optional(schemas.positionsSchema),
  keyType: z.optional(schemas.cacheTypeSchema),
  valueType: z.optional(schemas.cacheTypeSchema),
  chunk: z.optional(z.number()),
  threads: z.optional(z.number()),
  gpu: z.optional(z.enum(['auto', 'off'])),
  memory: z.optional(z.string()),
  save: z.optional(z.boolean()),
  memoryQuota: z.optional(z.number()),
  archiveQuota: z.optional(z.number()),
});

/** What commander parsed, as the parameters of loading a model. */
export function loadOptions(parsed: unknown): LoadOptions & { cache: CacheOptions } {
  const { model, chunk, threads, gpu, budget, policy, score, allocator, positions, keyType, valueType, ...rest } = z.parse(
    modelOptions,
    parsed,
  );
  const { memory, save = false, memoryQuota, archiveQuota } = rest;
  return {
    ...(model === undefined ? {} : { modelPath: resolve(model) }),
    cache: {
      ...(budget === undefined ? {} : { budget }),
      ...(policy ? { policy } : {}),
      ...(score ? { score } : {}),
      ...(allocator ? { allocator } : {}),
      ...(positions ? { positions } : {}),
      ...(keyType ? { keyType } : {}),
      ...(valueType ? { valueType } : {}),
    },
    tuning: tuningOf(parsed),
    ...(chunk === undefined ? {} : { chunk }),
    ...(threads === undefined ? {} : { threads }),
    ...(gpu ? { gpu } : {}),
    // Measurements must not depend on what an earlier one left behind.
    storage: {
      save,
      ...(memory === undefined ? {} : { folder: resolve(memory) }),
      ...(memoryQuota === undefined ? {} : { quotaBytes: Math.max(1, Math.floor(memoryQuota * bytesPerGigabyte)) }),
      ...(archiveQuota === undefined ? {} : { archiveBytes: Math.floor(archiveQuota * bytesPerGigabyte) }),
    },
  };
}

const commandOptions = z.object({
  json: z.optional(z.boolean()),
  maxTokens: z.optional(z.number()),
  sampleEvery: z.optional(z.number()),
  tokens: z.optional(z.number()),
  evaluations: z.optional(z.number()),
  repo: z.optional(z.string()),
  needles: z.optional(z.number()),
});

/** The options of single commands. */
export function ownOptions(parsed: unknown): z.infer<typeof commandOptions> {
  return z.parse(commandOptions, parsed);
}
