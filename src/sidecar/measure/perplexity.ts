/**
 * How well a text is predicted through the cache: every token is scored once, given what the cache holds when the
 * chunk of the token before it is read. The measure by which policies and budgets are compared.
 */
import { granularity, smallestBudget, stagingFor } from '../engine/budget';
import type { CacheSettings } from '../engine/cachePlan';
import { loadModel, type LoadedModel, type LoadOptions } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { needsOfLayers, textToReplay } from './layerNeeds';
import { concatTokens, tokenizeText } from '../prompt/modelTokens';

export interface PerplexityOptions extends Omit<LoadOptions, 'plan'> {
  chunk: number;
  /** Only the first so many tokens of the text. */
  tokens?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (tokensRead: number, tokensTotal: number) => void;
}

export interface Perplexity extends CacheSettings {
  tokens: number;
  scored: number;
  /** Mean negative log-likelihood, nats per scored token. */
  nll: number;
  perplexity: number;
  kvBytes: number;
  kvBytesFull: number;
  tokensPerSecond: number;
  engine: 'bonsai' | 'stock';
  /** KV entries of each layer. */
  budget: number[];
  chunk: number;
  /** Why the bounded cache does not run although it was asked for. */
  notice?: string;
}

/** @throws BonsaiError as `loadModel`, and when the text has fewer than two tokens */
export async function perplexity(text: string, options: PerplexityOptions): Promise<Perplexity | undefined> {
  let tokens = new Uint32Array();
  const loaded = await loadModel({
    ...options,
    plan: (model) => {
      const { bos, shouldPrependBosToken } = model.tokens;
      tokens = concatTokens(shouldPrependBosToken ? (bos ?? undefined) : undefined, tokenizeText(model, text)).slice(0, options.tokens);
      return sizes(tokens.length, options);
    },
  });
  try {
    return tokens.length < 2 ? undefined : await score(loaded, tokens, options);
  } finally {
    await loaded.dispose();
  }
}

/** A cache that keeps everything is as large as the text, so that it can be compared with the stock engine. */
function sizes(count: number, { chunk, cache }: PerplexityOptions): ReturnType<NonNullable<LoadOptions['plan']>> {
  const all = Math.max(smallestBudget(stagingFor(chunk)), Math.ceil(count / granularity) * granularity);
  // Beyond the trained window a cache that keeps everything moves what it has out of staging, which then needs room of its own.
  const budget = all + stagingFor(chunk);
  return cache?.policy === 'full' && cache.budget === undefined ? { cache: { budget }, window: all } : { window: all };
}

/** The layers get their budgets as for a repository of this length. @throws as `needsOfLayers`, `LayerShares.use` */
async function shareOut(loaded: LoadedModel, tokens: Uint32Array, work: Work): Promise<void> {
  const { shares } = loaded;
  if (!shares) return;
  if (shares.measuresBefore(tokens.length)) {
    const needs = await needsOfLayers(loaded, textToReplay(loaded, tokens), work);
    if (needs) shares.needing(needs);
  }
  await work.session.unit(() => shares.use(shares.forReading(tokens.length)), work.signal);
}

async function score(loaded: LoadedModel, tokens: Uint32Array, { signal, onProgress }: PerplexityOptions): Promise<Perplexity> {
  const sampler = loaded.sampler({ temperature: 0 });
  const session = loaded.scheduler.openSession('reading');
  const { memory } = loaded.sequences;
  let busyMs = 0;
  try {
    await shareOut(loaded, tokens, { session, signal });
    const scores = await memory.logProbabilities(tokens, sampler, { session, signal }, (_, milliseconds) => {
      busyMs += milliseconds;
      onProgress?.(memory.position, tokens.length);
    });
    const nll = -scores.reduce((sum, value) => sum + value, 0) / scores.length;
    const stats = loaded.cache.stats(memory.id);
    return {
      tokens: tokens.length,
      scored: scores.length,
      nll,
      perplexity: Math.exp(nll),
      kvBytes: stats.kvBytes,
      kvBytesFull: stats.kvBytesFull,
      tokensPerSecond: (1000 * tokens.length) / busyMs,
      engine: loaded.info.engine,
      ...loaded.settings,
      budget: stats.budgets,
      chunk: loaded.chunk,
      ...(loaded.info.notice === undefined ? {} : { notice: loaded.info.notice }),
    };
  } finally {
    session.close();
    sampler.dispose();
  }
}
