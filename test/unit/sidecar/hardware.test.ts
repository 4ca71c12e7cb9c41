/** What the doctor says of graphics cards. */
import { expect, it } from 'vitest';
import { graphicsCheck, memoryForModels } from '../../../src/sidecar/models/hardware';

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
