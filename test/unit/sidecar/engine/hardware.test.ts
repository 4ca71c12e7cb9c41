/** What the doctor says of graphics cards, and how much memory this process may have. */
import { totalmem } from 'node:os';
import { expect, it, vi } from 'vitest';
import { graphicsCheck, mainMemory, memoryForModels, threadsCheck, usualThreads } from '../../../../src/sidecar/engine/hardware';

it.each<[string, Parameters<typeof graphicsCheck>, boolean, string]>([
  ['one that is used', [['vulkan', false], 'vulkan', ['Some card']], true, 'Vulkan, in use unless bonsai.gpu is off'],
  ['a driver without one', [['vulkan', false], 'vulkan', []], true, 'Vulkan is there and finds none; the processor computes'],
  ['none', [[false], false, []], true, 'none found; the processor computes'],
  [
    'one that the package cannot use',
    [['cuda', 'vulkan', false], false, []],
    false,
    'this machine has CUDA and Vulkan, and the installed node-llama-cpp has no build for it',
  ],
])('tells of %s', (_, asked, ok, detail) => {
  expect(graphicsCheck(...asked)).toMatchObject({ ok, detail });
});

it('takes the larger memory for the models', async () => {
  const card = (total: number) => ({ gpu: 'cuda' as const, getVramState: () => Promise.resolve({ total }) }) as never;
  expect(await memoryForModels(card(1e18))).toBe(1e18);
  expect(await memoryForModels(card(1))).toBeGreaterThan(1e8);
});

it.each([
  ['a container of 1.2 GB', 1.2e9, 1.1e9, { totalBytes: 1.2e9, freeBytes: 1.1e9 }],
  ['a container that promises more than it has', 1.2e9, 5e9, { totalBytes: 1.2e9, freeBytes: 1.2e9 }],
  ['no limit', 0, 1e6, { totalBytes: totalmem(), freeBytes: 1e6 }],
  ['a limit above the machine', 2 ** 63, 1e6, { totalBytes: totalmem(), freeBytes: 1e6 }],
])('%s is what this process has', async (_, limit, available, memory) => {
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
  vi.spyOn(process, 'availableMemory').mockReturnValue(available);
  expect(mainMemory()).toEqual(memory);
  expect(await memoryForModels({ gpu: false, getVramState: () => Promise.reject(new Error('no card')) })).toBe(memory.totalBytes);
  vi.restoreAllMocks();
});

it.each([
  ['every core that is of use', 8, 16, 8],
  ['no more than this process may run on', 8, 2, 2],
  ['one at least', 0, 1, 1],
])('computes with %s', (_, cpuMathCores, processors, threads) => {
  expect(usualThreads({ cpuMathCores }, processors)).toBe(threads);
});

it.each([
  ['a quiet machine', 2, 2, 0.3, /^2 unless .*: one for each core that is of use$/],
  ['a system that tells no load', 2, 2, 0, /: one for each core that is of use$/],
  ['a process that is pinned', 4, 1, 0.2, /^1 unless .*: this process may run on 1 of 4 cores$/],
  ['a busy process that is pinned', 2, 1, 9.1, /^1 unless .*: this process may run on 1 of 2 cores$/],
  ['hyperthreads that are free', 4, 8, 3.4, /core that is of use$/],
  ['a busy machine', 2, 2, 1.2, /; the system was busy with 1\.2 tasks .* fewer threads read faster$/],
])('tells of the threads on %s', (_, cpuMathCores, processors, load, detail) => {
  const check = threadsCheck({ cpuMathCores }, processors, load);
  expect([check.ok, check.name]).toEqual([true, 'threads']);
  expect(check.detail).toMatch(detail);
});
