/**
 * Measures what this machine does with a model, on the engine itself: a model whose weights are all zero is read and
 * written for a few seconds. Its file is its head and a hole, so it takes no room on most disks. What was found is
 * remembered for the machine, the engine and the graphics card; how fast an engine is does not depend on what weights say.
 */
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Llama, LlamaContextSequence, Token } from 'node-llama-cpp';
import * as z from 'zod/mini';
import { distFolder } from '../bundleRoot';
import { loadLlama } from '../engine/llama';
import { cardsOf, usualThreads } from '../engine/hardware';
import { abortReason } from '../engine/scheduler';
import type { MachineSpeed } from './tokenSpeed';
import { defaultSpeedFile, recallSpeed, rememberSpeed } from './speedMemory';

const description = z.object({ head: z.string(), bytes: z.int(), weights: z.int(), weightBytes: z.int() });

const chunk = 64;
const chunks = 2;
const written = 8;
/** Milliseconds after which what was measured on a busy machine is measured again. */
const busyLasts = 3_600_000;

/**
 * @param file where what was found is remembered
 * @returns what was measured now or before
 * @throws the signal's reason when stopped; whatever the engine throws
 */
export async function measureMachine(gpu: 'auto' | 'off', signal?: AbortSignal, file = defaultSpeedFile()): Promise<MachineSpeed> {
  const llama = await loadLlama(gpu);
  const key = await machineKey(llama);
  const known = recallSpeed(file, key);
  if (known && (known.busyAt === undefined || Date.now() - known.busyAt < busyLasts)) return known.speed;
  const { head, bytes, weights, weightBytes } = description.parse(JSON.parse(await readFile(join(distFolder, 'probe.json'), 'utf8')));
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-probe-'));
  try {
    const path = join(folder, 'probe.gguf');
    await writeFile(path, Buffer.from(head, 'base64'));
    await truncate(path, bytes);
    const { readSeconds, writeSeconds } = await timeModel(llama, path, signal);
    const speed = { multiplications: weights / readSeconds, bytes: weightBytes / writeSeconds };
    rememberSpeed(file, key, speed, isBusy(llama) ? Date.now() : undefined);
    return speed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was measured before. */
export async function knownSpeed(llama: Llama, file = defaultSpeedFile()): Promise<MachineSpeed | undefined> {
  return recallSpeed(file, await machineKey(llama))?.speed;
}

/** Whether others left this process less than it asked for. Where the system tells no load, it is taken to be quiet. */
function isBusy({ cpuMathCores }: Llama): boolean {
  const [load = 0] = loadavg();
  return load > 2 * cpuMathCores;
}

async function machineKey(llama: Llama): Promise<string> {
  const cards = await cardsOf(llama);
  return JSON.stringify([cpus()[0]?.model.trim(), llama.cpuMathCores, llama.gpu, cards, llama.llamaCppRelease.release]);
}

/**
 * @returns seconds for a token: the best of several times, for whatever else the machine does makes only slower
 * @throws the signal's reason when stopped
 */
export async function timeModel(
  llama: Llama,
  path: string,
  signal?: AbortSignal,
  threads = usualThreads(llama),
): Promise<{ readSeconds: number; writeSeconds: number }> {
  const model = await llama.loadModel({ modelPath: path, ...(signal ? { loadSignal: signal } : {}) });
  try {
    const context = await model.createContext({
      contextSize: (chunks + 1) * chunk + 2 * written,
      batchSize: chunk,
      sequences: 1,
      threads,
      flashAttention: true,
    });
    const sequence = context.getSequence();
    // The first chunk brings the weights into memory.
    await timeChunk(sequence, signal);
    let readSeconds = Infinity;
    for (let i = 0; i < chunks; i++) readSeconds = Math.min(readSeconds, (await timeChunk(sequence, signal)) / chunk);
    return { readSeconds, writeSeconds: await timeWriting(sequence, signal) };
  } finally {
    await model.dispose();
  }
}

async function timeChunk(sequence: LlamaContextSequence, signal: AbortSignal | undefined): Promise<number> {
  if (signal?.aborted) throw abortReason(signal);
  const began = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(Array.from({ length: chunk }, (_, i) => token(i)));
  return (performance.now() - began) / 1000;
}

/** @returns the lower quartile: one token is short enough to be lucky */
async function timeWriting(sequence: LlamaContextSequence, signal: AbortSignal | undefined): Promise<number> {
  const times: number[] = [];
  let began = performance.now();
  const tokens = sequence.evaluate([token(0)], { temperature: 0, yieldEogToken: true });
  while (times.length <= written && !(await tokens.next()).done) {
    if (signal?.aborted) throw abortReason(signal);
    times.push((performance.now() - began) / 1000);
    began = performance.now();
  }
  await tokens.return();
  // The first one also waited for what was read before.
  const rest = times.slice(1).toSorted((a, b) => a - b);
  return rest[Math.floor(rest.length / 4)] ?? Infinity;
}

function token(i: number): Token {
  const number = i + 1;
  if (!isToken(number)) throw new RangeError(`${number} is no token`);
  return number;
}

/** The library tells tokens from other numbers by their type alone. */
function isToken(number: number): number is Token {
  return Number.isSafeInteger(number) && number >= 0;
}
