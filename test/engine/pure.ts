/** The pure parts of the engine (policies, scores, allocators), typed: native/addon/simulate.cpp. */
import { createRequire } from 'node:module';
import type { AllocateRequest } from '../../src/sidecar/engine/native';
import { engineFolder } from './engineFolder';

export interface Shape {
  policy: string;
  capacity: number;
  sinks: number;
  recent: number;
  cursor: number;
  block?: number;
  outliers?: number;
  /** of token t at t - 1; NaN: not known */
  scores?: Float32Array;
  novelty?: Float32Array;
}

export type Request = AllocateRequest;
export type Layer = AllocateRequest['layers'][number];

export interface Signals {
  sum?: number;
  seen?: number;
  last?: number;
  novelty?: number;
  norm?: number;
}

export interface MergingShape extends Shape {
  staging: number;
  lanes?: number;
  ranked?: boolean;
  merge?: boolean;
}

/** A row of the cache: its token, how many it stands for, and what its content is the mean of. */
export interface MergedRow {
  token: number;
  mass: number;
  tokens: number[];
  shares: number[];
}

export const { bonsai: pure } = createRequire(import.meta.url)(`${engineFolder}/llama-addon.node`) as {
  bonsai: {
    simulate: (shape: Shape, total: number, batch: number) => Int32Array;
    simulateMerging: (shape: MergingShape, total: number) => MergedRow[][];
    allocate: (request: Request) => number[];
    cluster: (values: Float64Array | number[], k: number) => number[];
    scoreOf: (name: string, signals: Signals, minSeen: number) => number;
    traits(policy: string): { evicts: boolean; score: string | null; wantsNovelty: boolean; staggers: boolean };
    policies(): string[];
    scores(): string[];
    allocators(): string[];
  };
};

/** The tokens, numbered from 1, that a lane keeps of `total` that arrive `batch` at a time. */
export const kept = (shape: Shape, total: number, batch = 1): number[] => Array.from(pure.simulate(shape, total, batch));
