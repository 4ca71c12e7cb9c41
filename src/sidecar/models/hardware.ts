/**
 * What this machine computes with, as node-llama-cpp sees it: the memory a model may use, and whether there is a
 * graphics card that the installed package cannot use, which looks like no card at all.
 */
import { totalmem } from 'node:os';
import type { Llama, LlamaGpuType } from 'node-llama-cpp';
import type { DoctorReport } from '../../protocol';

type Check = DoctorReport['checks'][number];

const names = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } satisfies Record<Exclude<LlamaGpuType, false>, string>;

/** Bytes: the larger of main and graphics memory, since a model is meant to lie in one of them. */
export async function memoryForModels(llama: Pick<Llama, 'gpu' | 'getVramState'>): Promise<number> {
  if (llama.gpu === false) return totalmem();
  return Math.max(totalmem(), (await llama.getVramState()).total);
}

/**
 * @param supported kinds whose drivers are there, from `getLlamaGpuTypes('supported')`
 * @param used what the installed package computes with
 * @param cards names of those it found; a driver can be there without one
 */
export function graphicsCheck(supported: readonly LlamaGpuType[], used: LlamaGpuType, cards: readonly string[]): Check {
  const name = 'graphics card';
  if (used !== false && cards.length === 0)
    return { name, ok: true, detail: `${names[used]} is there and finds none; the processor computes` };
  if (used !== false) return { name, ok: true, detail: `${names[used]}, in use unless bonsai.gpu is off` };
  const there = supported.flatMap((type) => (type === false ? [] : [names[type]]));
  if (there.length === 0) return { name, ok: true, detail: 'none found; the processor computes' };
  return {
    name,
    ok: false,
    detail: `this machine has ${there.join(' and ')}, and the installed node-llama-cpp has no build for it`,
    mend: 'npm ci --include=optional',
  };
}
