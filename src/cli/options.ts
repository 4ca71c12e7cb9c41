/** The options that several commands share, and how their text becomes values; wrong text is an error that shows a right one. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import * as z from 'zod/mini';
import { schemas, type CacheOptions } from '../protocol';
import type { LoadOptions } from '../sidecar/engine/loadedModel';

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}

function budgetList(text: string): number | number[] {
  const budgets = text.split(',').map(positiveInteger);
  return budgets.length === 1 && budgets[0] !== undefined ? budgets[0] : budgets;
}

/** Of every command that loads a model. */
export function withModelOptions(command: Command): Command {
  return command
    .option('--model <file>', 'a GGUF file (default: the demo model that comes with Bonsai)')
    .option('--budget <entries>', 'KV entries per layer, such as 2048, or one number per layer, such as 512,1024,…', budgetList)
    .addOption(new Option('--policy <policy>', 'which entries stay').choices(schemas.policySchema.options))
    .addOption(new Option('--positions <positions>', 'how positions are encoded').choices(schemas.positionsSchema.options))
    .option('--chunk <tokens>', 'tokens read at a time', positiveInteger)
    .option('--threads <count>', 'threads to compute with', positiveInteger)
    .addOption(new Option('--gpu <gpu>', 'whether to use a graphics card').choices(['auto', 'off']))
    .addOption(engineOption());
}

export function engineOption(): Option {
  return new Option('--engine <engine>', "the bounded cache, or llama.cpp's own").choices(schemas.engineKindSchema.options);
}

const modelOptions = z.object({
  model: z.optional(z.string()),
  budget: z.optional(z.union([z.number(), z.array(z.number())])),
  policy: z.optional(schemas.policySchema),
  positions: z.optional(schemas.positionsSchema),
  chunk: z.optional(z.number()),
  threads: z.optional(z.number()),
  gpu: z.optional(z.enum(['auto', 'off'])),
});

/** What commander parsed, as the parameters of loading a model. */
export function loadOptions(parsed: unknown): LoadOptions & { cache: CacheOptions } {
  const { model, budget, policy, positions, chunk, threads, gpu } = z.parse(modelOptions, parsed);
  return {
    ...(model === undefined ? {} : { modelPath: resolve(model) }),
    cache: { ...(budget === undefined ? {} : { budget }), ...(policy ? { policy } : {}), ...(positions ? { positions } : {}) },
    ...(chunk === undefined ? {} : { chunk }),
    ...(threads === undefined ? {} : { threads }),
    ...(gpu ? { gpu } : {}),
  };
}

const commandOptions = z.object({
  json: z.optional(z.boolean()),
  maxTokens: z.optional(z.number()),
  sampleEvery: z.optional(z.number()),
  tokens: z.optional(z.number()),
  repo: z.optional(z.string()),
});

/** The options of single commands. */
export function ownOptions(parsed: unknown): z.infer<typeof commandOptions> {
  return z.parse(commandOptions, parsed);
}
