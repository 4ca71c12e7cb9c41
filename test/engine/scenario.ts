/** Runs a scenario of scenarios.mjs in a process of its own, with Bonsai's engine or the stock one, and what judging shares. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Engine = 'bonsai' | 'stock';

export interface Stats {
  tokens: number;
  ranked: boolean;
  evicted: number;
  kvBytes: number;
  windowBytes: number;
  kvBytesPerToken: number;
  layers: { layer: number; budget: number; kept: number; kvHeads: number; window: boolean }[];
}

/** The cache most tests ask for. */
export const cache = (changes: object = {}) => ({
  policy: 'tree',
  positions: 'auto',
  budgets: [512],
  staging: 128,
  sinks: 4,
  recentShare: 0.5,
  block: 8,
  ...changes,
});

/** @param machine the environment of another one than this process runs in */
export async function scenario<T>(name: string, options: object, engine: Engine = 'bonsai', machine: NodeJS.ProcessEnv = {}): Promise<T> {
  const driver = resolve(import.meta.dirname, 'driver.mjs');
  const env = { ...process.env, ...machine };
  const { stdout } = await run(process.execPath, [driver, name, JSON.stringify(options), engine], { env, maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as T;
}

/** ln p of every token but the first, and the cache's numbers where it is bounded. */
export const score = (options: object, engine?: Engine, machine?: NodeJS.ProcessEnv) =>
  scenario<{ logProbabilities: number[]; stats: Stats | null }>('score', options, engine, machine);

export const difference = (a: number[], b: number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
