/**
 * What this machine computes with, as node-llama-cpp sees it: the memory a model may use, and whether there is a
 * graphics card that the installed package cannot use, which looks like no card at all.
 */
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Llama, LlamaGpuType } from 'node-llama-cpp';
import type { DoctorReport } from '../../protocol';

type Check = DoctorReport['checks'][number];

const names = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } satisfies Record<Exclude<LlamaGpuType, false>, string>;

/**
 * Bytes of main memory that this process may have: the machine's, or less inside a container (cgroup), where the machine's
 * would be a promise that ends in a kill.
 */
export function mainMemory(): { totalBytes: number; freeBytes: number } {
  // 0, or more than the machine has: there is no limit.
  const limit = process.constrainedMemory();
  const totalBytes = limit > 0 ? Math.min(totalmem(), limit) : totalmem();
  return { totalBytes, freeBytes: Math.min(freemem(), process.availableMemory(), totalBytes) };
}

/** Names of the graphics cards that it computes with: none where a driver is there without one, and the processor computes. */
export function cardsOf(llama: Pick<Llama, 'gpu' | 'getGpuDeviceNames'>): Promise<string[]> {
  return llama.gpu === false ? Promise.resolve([]) : llama.getGpuDeviceNames();
}

/** Bytes: the larger of main and graphics memory, since a model is meant to lie in one of them. */
export async function memoryForModels(llama: Pick<Llama, 'gpu' | 'getVramState'>): Promise<number> {
  const { totalBytes } = mainMemory();
  if (llama.gpu === false) return totalBytes;
  return Math.max(totalBytes, (await llama.getVramState()).total);
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
    fix: 'npm ci --include=optional',
  };
}

/**
 * Threads that compute unless somebody says otherwise: one for each core that is of use, as far as this process may run
 * on them. More would wait for one another at every step.
 */
export function usualThreads({ cpuMathCores }: Pick<Llama, 'cpuMathCores'>, processors = availableParallelism()): number {
  return Math.max(1, Math.min(cpuMathCores, processors));
}

/**
 * @param processors that this process may run on
 * @param load of the last minute, as the system tells it before anything of ours computes; 0: it tells none
 */
export function threadsCheck(llama: Pick<Llama, 'cpuMathCores'>, processors: number, load: number): Check {
  const threads = usualThreads(llama, processors);
  const cores = llama.cpuMathCores;
  const why = threads < cores ? `this process may run on ${processors} of ${cores} cores` : 'one for each core that is of use';
  const detail = `${threads} unless bonsai.threads or --threads says otherwise: ${why}`;
  // Less than a half of a core can be anything.
  const busy = load > 0 && threads > 1 && processors - load < threads - 0.5;
  const advice = `; the system was busy with ${load.toFixed(1)} tasks in the last minute, and where other work takes cores fewer threads read faster`;
  return { name: 'threads', ok: true, detail: busy ? detail + advice : detail };
}
