/**
 * How many KV entries each layer keeps. By default as many as the model was trained to see, at most 8192; a budget
 * given by hand is checked here, so that the engine is never asked for nonsense.
 */
import type { CacheOptions } from '../../protocol';
import { BonsaiError } from '../errors';

export const defaultChunk = 256;
const defaultCeiling = 8192;
/** Tokens; what the engine appends between compactions at most (native/src/config.cpp). */
const largestChunk = 8192;
/** Staging and budgets are multiples of this many entries. */
export const granularity = 32;

/** Entries beside staging that the engine asks of every layer (native/src/config.h). */
export const leastResident = 32;

/** Smallest budget of a layer: as much again as is being appended, or every compaction would drop what was just read. */
export function smallestBudget(staging: number): number {
  return 2 * staging;
}

/** @throws BonsaiError `bad-request` */
export function resolveChunk(asked: number | undefined): number {
  const chunk = asked ?? defaultChunk;
  if (Number.isInteger(chunk) && chunk >= 1 && chunk <= largestChunk) return chunk;
  throw new BonsaiError(
    'bad-request',
    `Chunks of ${chunk} tokens cannot be read. Give a whole number from 1 to ${largestChunk}; ${defaultChunk} suits most machines.`,
  );
}

/**
 * More threads than processors wait for each other, many times over.
 * @param asked absent: see `usualThreads`
 * @param processors of this machine that may be used
 */
export function resolveThreads(asked: number | undefined, processors: number): { threads: number | undefined; notice?: string } {
  if (asked === undefined || asked <= processors) return { threads: asked };
  return {
    threads: processors,
    notice: `${asked} threads were asked for; this machine has ${processors} processors, so ${processors} compute.`,
  };
}

/** Entries appended between compactions for chunks of `chunk` tokens. */
export function stagingFor(chunk: number): number {
  return Math.ceil(chunk / granularity) * granularity;
}

/**
 * @param staging entries, part of every budget
 * @returns one number for all layers or a list, whose length only the opened model can check (`checkCount`); staging included
 * @throws BonsaiError `bad-request`
 */
export function resolveBudgets(asked: CacheOptions['budget'], model: { trainedWindow: number }, staging: number): number[] {
  const smallest = smallestBudget(staging);
  if (asked === undefined) {
    const fitting = Math.min(defaultCeiling, model.trainedWindow);
    return [Math.max(smallest, Math.floor(fitting / granularity) * granularity)];
  }
  const budgets = typeof asked === 'number' ? [asked] : asked;
  for (const budget of budgets)
    if (!Number.isInteger(budget) || budget < smallest)
      throw new BonsaiError(
        'bad-request',
        `A budget of ${budget} is too small: the smallest with chunks of ${staging} tokens is ${smallest}.`,
      );
  return budgets;
}

/**
 * Sliding windows and recurrent layers take no budget, and only the engine knows for sure which layers are left.
 * @param layers with full attention, as the engine reports them
 * @throws BonsaiError `bad-request`
 */
export function checkCount(budgets: readonly number[], layers: number): void {
  if (budgets.length === 1 || budgets.length === layers) return;
  throw new BonsaiError(
    'bad-request',
    `The budget lists ${budgets.length} layers; the model has ${layers} with full attention. Give one number, or one for each of these.`,
  );
}
