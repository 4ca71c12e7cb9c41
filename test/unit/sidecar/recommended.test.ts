/** What is recommended fits the machine, is of both kinds where both fit, and can be downloaded under the name it has. */
import { expect, it } from 'vitest';
import { downloadUri, recommendedModels, reserve } from '../../../src/sidecar/recommended';

const GB = 1e9;
const sizes = [4, 6, 8, 10, 12, 16, 18, 20, 24, 28, 32, 48, 64, 128];

it.each(sizes)('a machine with %d GB is offered up to three that fit, those with ghost text first', (gigabytes) => {
  const models = recommendedModels(gigabytes * GB);
  expect(models.length).toBeGreaterThan(0);
  expect(models.length).toBeLessThanOrEqual(3);
  expect(models[0]?.fim).toBe(true);
  if (gigabytes > 5) for (const { bytes } of models) expect(bytes + reserve).toBeLessThan(gigabytes * GB);
  expect(models.map(({ fim }) => fim)).toEqual(models.map(({ fim }) => fim).toSorted((a, b) => Number(b) - Number(a)));
});

it.each(sizes.filter((gigabytes) => gigabytes >= 8))('with %d GB there is one for questions of any kind, too', (gigabytes) => {
  expect(recommendedModels(gigabytes * GB).some(({ fim }) => !fim)).toBe(true);
});

it('more memory never means smaller models', () => {
  const largest = sizes.map((gigabytes) => Math.max(...recommendedModels(gigabytes * GB).map(({ bytes }) => bytes)));
  expect(largest).toEqual(largest.toSorted((a, b) => a - b));
});

it('every one has a page and an address that its file is found by', () => {
  for (const model of sizes.flatMap((gigabytes) => recommendedModels(gigabytes * GB))) {
    expect(model.url).toMatch(/^https:\/\/huggingface\.co\/[\w-]+\/[\w.-]+$/);
    expect(model.uri).toBe(downloadUri(model));
    expect(model.uri).toMatch(/^hf:[\w-]+\/[\w.-]+(?::I?Q\d\w*)?$/);
  }
});
