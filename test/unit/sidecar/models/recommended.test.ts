/** What is recommended fits the machine, is quick enough there, and can be downloaded under the name it has. */
import { describe, expect, it } from 'vitest';
import { catalogue, recommendedModels, reserve, starterModel } from '../../../../src/sidecar/models/recommended';
import { isUsable, leastUsable } from '../../../../src/sidecar/models/tokenSpeed';

const GB = 1e9;
/** Measured on two cores of a rented machine, a laptop with eight, and a card. */
const twoCores = { speed: { multiplications: 45e9, bytes: 12e9 }, graphics: false };
const laptop = { speed: { multiplications: 300e9, bytes: 50e9 }, graphics: false };
const card = { speed: { multiplications: 10e12, bytes: 700e9 }, graphics: true };

describe('the order', () => {
  it('two cores without a card are never offered a model of 14 billion weights first, whatever memory there is', () => {
    for (const memory of [8, 16, 24, 64, 256]) {
      const models = recommendedModels({ ...twoCores, memoryBytes: memory * GB });
      const [first] = models;
      expect([first?.usable, first?.fim, (first?.bytes ?? Infinity) < 3 * GB]).toEqual([true, true, true]);
      const slow = models.findIndex(({ usable }) => !usable);
      if (slow >= 0) expect(models.slice(slow).every(({ usable }) => !usable)).toBe(true);
    }
  });

  it('a quicker machine with as much memory is offered a more able model', () => {
    const place = (machine: typeof laptop) => {
      const [first] = recommendedModels({ ...machine, memoryBytes: 64 * GB });
      return catalogue.findIndex(({ name }) => name === first?.name);
    };
    const places = [twoCores, laptop, card].map(place);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeLessThan(places[1] ?? 0);
  });

  it('more memory never means a less able model', () => {
    for (const machine of [twoCores, laptop, card]) {
      const places = [4, 8, 12, 16, 24, 32, 64].map((memory) => {
        const [first] = recommendedModels({ ...machine, memoryBytes: memory * GB });
        return catalogue.findIndex(({ name }) => name === first?.name);
      });
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  it('a machine where nothing is quick enough, or nothing fits, is offered the least demanding', () => {
    const slow = recommendedModels({ speed: { multiplications: 1e9, bytes: 1e8 }, graphics: false, memoryBytes: 64 * GB });
    const small = recommendedModels({ ...card, memoryBytes: GB });
    for (const models of [slow, small]) expect(models.map(({ name }) => name)).toEqual([starterModel.name]);
  });

  it('a machine that was not measured is said to be assumed, and is not overrated', () => {
    const models = recommendedModels({ graphics: false, cores: 2, memoryBytes: 64 * GB });
    expect(models.every(({ speed }) => !speed.measured)).toBe(true);
    expect(models[0]?.bytes).toBeLessThan(3 * GB);
  });
});

describe.each([
  ['two cores', twoCores],
  ['a laptop', laptop],
  ['a card', card],
])('what %s is offered', (_, machine) => {
  it.each([6, 12, 16, 24, 64])('with %d GB fits, says how quick it is, and has one with ghost text', (memory) => {
    const models = recommendedModels({ ...machine, memoryBytes: memory * GB });
    expect(models.length).toBeGreaterThan(0);
    expect(models.length).toBeLessThanOrEqual(6);
    expect(models.some(({ fim, usable }) => fim && usable)).toBe(true);
    for (const { bytes, kvBytes, speed, usable } of models) {
      expect(bytes + kvBytes + reserve).toBeLessThanOrEqual(memory * GB);
      expect(speed.measured).toBe(true);
      expect(usable).toBe(isUsable(speed));
      expect(usable).toBe(speed.reading >= leastUsable.reading && speed.writing >= leastUsable.writing);
    }
  });
});

describe('the catalogue', () => {
  const rows = recommendedModels({ ...card, memoryBytes: 1000 * GB });

  it.each(catalogue.map((entry) => [entry.name, entry] as const))('%s has open terms, a file and numbers that agree', (_, entry) => {
    const { license, file, repository, bytes, weights, sha256, packages } = entry;
    expect(license).toMatch(/^(Apache-2\.0|MIT)$/);
    expect(file).toMatch(/^[\w.-]+\.gguf$/);
    expect(repository).toMatch(/^[\w-]+\/[\w.-]+$/);
    // Four to seven bits a weight: what this quantisation makes, its larger tensors included.
    const bits = (8 * bytes) / (weights.all * 1e9);
    expect([bits > 4, bits < 7]).toEqual([true, true]);
    expect(weights.layers + weights.output).toBeLessThanOrEqual(weights.all * 1.001);
    if (packages) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('asks the hub first, then its mirrors, each for the same file', () => {
    for (const { uri, mirrors, url, file } of rows) {
      expect(uri).toBe(`${url}/resolve/main/${file}`);
      expect(mirrors.length).toBeGreaterThan(0);
      for (const mirror of mirrors.filter((each) => !each.startsWith('pip:'))) expect(mirror.endsWith(`/${file}`)).toBe(true);
    }
  });

  it('counts the KV cache of the 0.5B from its shape: 24 layers, 2 heads of 64, 8,192 entries, f16, 4 sequences', () => {
    const [row] = recommendedModels({ ...twoCores, memoryBytes: GB });
    expect(row).toMatchObject({ budget: 8192, kvBytes: 24 * 2 * 64 * 2 * 2 * 8192 * 4 });
  });
});
