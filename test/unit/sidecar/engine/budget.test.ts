/** Budgets: chosen from the model, or checked. */
import { describe, expect, it } from 'vitest';
import { checkCount, resolveBudgets, resolveChunk, resolveThreads, stagingFor } from '../../../../src/sidecar/engine/budget';

const model = (trainedWindow: number) => ({ trainedWindow });

describe('budgets', () => {
  it('are the trained window by default, at most 8192, staging included', () => {
    expect(resolveBudgets(undefined, model(2048), 256)).toEqual([2048]);
    expect(resolveBudgets(undefined, model(131072), 256)).toEqual([8192]);
    expect(resolveBudgets(undefined, model(1000), 256)).toEqual([992]);
    expect(resolveBudgets(undefined, model(100), 256)).toEqual([512]);
  });

  it('are taken as asked, one for all or one per layer', () => {
    expect(resolveBudgets(600, model(2048), 256)).toEqual([600]);
    expect(resolveBudgets([512, 600, 700], model(2048), 256)).toEqual([512, 600, 700]);
  });

  it('that are too small name the smallest allowed', () => {
    expect(() => resolveBudgets(511, model(2048), 256)).toThrow('the smallest with chunks of 256 tokens is 512');
    expect(() => resolveBudgets([512, 600, 1], model(2048), 256)).toThrow('A budget of 1 is too small');
  });

  it('for the wrong number of layers name the right one', () => {
    expect(() => checkCount([512, 512], 3)).toThrow('lists 2 layers; the model has 3 with full attention');
    expect(() => checkCount([512, 512], 0)).toThrow('the model has 0');
    for (const good of [[512], [512, 600, 700]]) expect(() => checkCount(good, 3)).not.toThrow();
  });

  it('are staged in multiples of 32', () => {
    expect([1, 32, 33, 128, 256].map(stagingFor)).toEqual([32, 32, 64, 128, 256]);
  });
});

describe('what the machine is asked for', () => {
  it('a chunk is what the engine can append at once; another is refused with the bounds', () => {
    expect([resolveChunk(undefined), resolveChunk(1), resolveChunk(8192)]).toEqual([256, 1, 8192]);
    for (const chunk of [0, -1, 1.5, 8193, 1_000_000, NaN]) expect(() => resolveChunk(chunk)).toThrow(/^Chunks of .* from 1 to 8192/);
  });

  it('more threads than processors are taken back, and said', () => {
    expect(resolveThreads(undefined, 4)).toEqual({ threads: undefined });
    expect(resolveThreads(4, 4)).toEqual({ threads: 4 });
    expect(resolveThreads(1000, 4)).toEqual({
      threads: 4,
      notice: '1000 threads were asked for; this machine has 4 processors, so 4 compute.',
    });
  });
});
