/**
 * What the paper is made of. Shapes are the models' own (config.json), and bytes come from the code that makes the rows. Everything
 * else here is an assumption: a round number that a reader can replace by their own, none of it measured.
 */
import { rowsCost } from '../../sidecar/engine/cachePlan';
import { archivedBytesPerToken } from '../../sidecar/archive/fileArchive';
import { defaultArchiveType } from '../../sidecar/memory/storage';

/** Layers, KV heads, and the width of a head. */
export const shapes = {
  '0.5b': { name: 'Qwen2.5-Coder 0.5B', layers: 24, kvHeads: 2, head: 64 },
  '1.5b': { name: 'Qwen2.5-Coder 1.5B', layers: 28, kvHeads: 2, head: 128 },
  '7b': { name: 'Qwen2.5-Coder 7B', layers: 28, kvHeads: 4, head: 128 },
  '30b-a3b': { name: 'Qwen3-Coder 30B-A3B', layers: 48, kvHeads: 4, head: 128 },
} as const;
export type ShapeName = keyof typeof shapes;
export const shapeNames = ['0.5b', '1.5b', '7b', '30b-a3b'] as const satisfies readonly ShapeName[];

/** On disk, for one token, as the archive keeps it unless told otherwise. */
export function archiveBytesPerToken(name: ShapeName): number {
  const { layers, kvHeads, head } = shapes[name];
  const elements = kvHeads * head;
  const attention = Array.from({ length: layers }, (_, layer) => ({ layer, keyElements: elements, valueElements: elements }));
  const types = { keyType: 'f16', valueType: 'f16' } as const;
  const { bytesPerToken } = rowsCost({ attention }, types, { rows: 1, chunk: 1, banks: 1 });
  return archivedBytesPerToken(defaultArchiveType, bytesPerToken, types);
}

export const assumptions = {
  /** Of the monorepo. */
  tokens: 100_000_000,
  sharesPerWorker: 4,
  startSeconds: 45,
  /** From a worker to the store. */
  workerMegabytesPerSecond: 100,
  requestSeconds: 0.03,
  stragglers: 0.05,
  slowdown: 2,
  lossesPerHour: 0.05,
  /** Of the colleague, from the store. */
  colleagueMegabytesPerSecond: 12.5,
  /** What export and import move at once. */
  atOnce: 4,
  /** Names that a store lists at once. */
  page: 1000,
  /** Places that a question needs, each in a piece of its own. */
  pieces: 8,
  dollarsPerGigabyteMonth: 0.023,
  dollarsPerGigabyteOut: 0.09,
  dollarsPerThousandPuts: 0.005,
  dollarsPerThousandGets: 0.0004,
} as const;
export type Assumptions = { [Name in keyof typeof assumptions]: number };
