/** Tokens a second, of what is read and of what is generated. */
import type { AddonSampler } from '../../sidecar/engine/addon';
import type { Sequence, Work } from '../../sidecar/engine/sequence';

export async function rate(tokens: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (1000 * tokens) / (performance.now() - began);
}

/** What is generated stays in the cache, as in a conversation. The first token is not counted: its graph is built again. */
export async function decodeRate(memory: Sequence, prompt: number, count: number, sampler: AddonSampler, work: Work): Promise<number> {
  const written = memory.generate(Uint32Array.of(prompt), sampler, work);
  await written.next();
  const began = performance.now();
  for (let generated = 0; generated < count; generated++) await written.next();
  const seconds = (performance.now() - began) / 1000;
  await written.return();
  return count / seconds;
}
