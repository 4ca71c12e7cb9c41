/** Allocation: what a new context starts with, and the one time its layers are measured. The engine is a fake that keeps a diary. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { budgetKey, LayerMeasuring, startingBudgets, type AllocationPlan } from '../../../src/sidecar/engine/allocation';
import { fileBudgetMemory, temporaryBudgetMemory } from '../../../src/sidecar/engine/budgetMemory';
import type { AllocateRequest, LayerMeasure } from '../../../src/sidecar/engine/native';
import { defaultTuning } from '../../../src/sidecar/engine/tuning';

const layers = 4;
const plan: AllocationPlan = {
  allocator: 'squeeze',
  policy: 'tree',
  score: 'none',
  mean: 1024,
  staging: 256,
  tuning: defaultTuning,
  fingerprint: 'abc',
};

class FakeNative {
  readonly diary: string[] = [];
  readonly requests: AllocateRequest[] = [];
  budgets: number[] = [];
  refuses = false;

  measure(_: number, on: boolean): void {
    this.diary.push(on ? 'measure' : 'stop');
  }
  measures(_: number, sequence: number): LayerMeasure[] {
    this.diary.push(`measures of ${sequence}`);
    return Array.from({ length: layers }, (_, layer) => ({
      layer,
      cosine: layer === 3 ? NaN : 0.9,
      tokens: 1024,
      attention: new Float32Array(layer),
    }));
  }
  allocate(request: AllocateRequest): number[] {
    if (this.refuses) throw new RangeError('squeeze needs a cosine for every layer');
    this.requests.push(request);
    return Array.from({ length: layers }, (_, i) => request.mean + (i === 0 ? 96 : -32));
  }
  rebudget(_: number, budgets: number[]): void {
    this.diary.push('rebudget');
    this.budgets = budgets;
  }
}

const noLog = (text: string) => expect.fail(text);
let native: FakeNative;
beforeEach(() => void (native = new FakeNative()));

describe('a new context', () => {
  it('starts with equal budgets where nothing is to be measured', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'uniform' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ budgets: [1024], measure: false });
    expect(native.requests).toEqual([]);
  });

  it.each(['squeeze', 'pyramid', 'measured'] as const)('has nothing to share out where one layer has a budget: %s', (allocator) => {
    const start = startingBudgets(native, { ...plan, allocator }, 1, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ budgets: [1024], measure: false });
    expect(native.requests).toEqual([]);
  });

  it('is allocated at once by pyramid, staging apart', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'pyramid' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ budgets: [1120, 992, 992, 992], measure: false });
    expect(native.requests).toEqual([
      { allocator: 'pyramid', mean: 768, floor: 32, step: 32, p: 0.35, sinks: 4, recent: 192, layers: [{}, {}, {}, {}] },
    ]);
  });

  it('moves single entries when the mean is no multiple of 32', () => {
    startingBudgets(native, { ...plan, allocator: 'pyramid', mean: 1000 }, layers, temporaryBudgetMemory(), noLog);
    expect(native.requests[0]).toMatchObject({ mean: 744, step: 1 });
  });

  it('starts equal and measures when nothing is remembered', () => {
    expect(startingBudgets(native, plan, layers, temporaryBudgetMemory(), noLog)).toEqual({ budgets: [1024], measure: true });
  });

  it('says how to calibrate when nothing was', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'measured' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toMatchObject({ budgets: [1024], measure: false, notice: expect.stringContaining('bonsai calibrate') as string });
  });

  it.each([
    ['too few layers', [1024, 1024]],
    ['another total', [1024, 1024, 1024, 1056]],
    ['a layer without room', [1984, 1024, 832, 256]],
  ])('does not believe remembered budgets with %s', (_, budgets) => {
    const memory = temporaryBudgetMemory();
    memory.remember(budgetKey(plan), budgets);
    const said: string[] = [];
    expect(startingBudgets(native, plan, layers, memory, (text) => said.push(text))).toEqual({ budgets: [1024], measure: true });
    expect(said).toHaveLength(1);
  });
});

describe('measuring', () => {
  it('allocates once, when enough was read, and remembers', () => {
    const memory = temporaryBudgetMemory();
    const measuring = new LayerMeasuring(native, 7, plan, memory, noLog);
    measuring.afterDecode(2, 256);
    measuring.afterDecode(2, 767);
    expect(native.diary).toEqual(['measure']);
    for (const position of [768, 1024, 4096]) measuring.afterDecode(2, position);
    expect(native.diary).toEqual(['measure', 'measures of 2', 'rebudget', 'stop']);
    expect(native.budgets).toEqual([1120, 992, 992, 992]);
    // What was not measured is left out: a cosine that is no number, attention without tokens.
    expect(native.requests[0]?.layers).toEqual([
      { cosine: 0.9 },
      { cosine: 0.9, attention: new Float32Array(1) },
      { cosine: 0.9, attention: new Float32Array(2) },
      { attention: new Float32Array(3) },
    ]);
    expect(startingBudgets(native, plan, layers, memory, noLog)).toEqual({ budgets: [1120, 992, 992, 992], measure: false });
  });

  it('looks at 1024 tokens at most', () => {
    const measuring = new LayerMeasuring(native, 7, { ...plan, mean: 8192 }, temporaryBudgetMemory(), noLog);
    measuring.afterDecode(0, 1023);
    expect(native.diary).toEqual(['measure']);
    measuring.afterDecode(0, 1024);
    expect(native.diary.at(-1)).toBe('stop');
  });

  it('leaves equal budgets, says why and stops measuring when the engine refuses', () => {
    native.refuses = true;
    const said: string[] = [];
    const memory = temporaryBudgetMemory();
    const measuring = new LayerMeasuring(native, 7, plan, memory, (text) => said.push(text));
    measuring.afterDecode(0, 1024);
    measuring.afterDecode(0, 2048);
    expect(native.diary).toEqual(['measure', 'measures of 0', 'stop']);
    expect(said).toEqual([expect.stringContaining('needs a cosine')]);
    expect(memory.recall(budgetKey(plan))).toBeUndefined();
  });
});

describe('the key', () => {
  it('tells apart what budgets depend on, and nothing else', () => {
    const key = budgetKey(plan);
    for (const other of [
      { ...plan, fingerprint: 'abd' },
      { ...plan, mean: 2048 },
      { ...plan, staging: 128 },
      { ...plan, allocator: 'lazy' as const },
      { ...plan, tuning: { ...defaultTuning, squeezeP: 0.3 } },
    ])
      expect(budgetKey(other)).not.toBe(key);
    // The cosine does not depend on the policy; the loss does.
    expect(budgetKey({ ...plan, policy: 'streaming' })).toBe(key);
    expect(budgetKey({ ...plan, allocator: 'measured', policy: 'streaming' })).not.toBe(budgetKey({ ...plan, allocator: 'measured' }));
  });
});

describe('the file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bonsai-budgets-'));
    file = join(folder, 'cache', 'budgets.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is written for its owner alone and read again', () => {
    fileBudgetMemory(file, noLog).remember('one', [512, 256]);
    fileBudgetMemory(file, noLog).remember('two', [1]);
    expect(fileBudgetMemory(file, noLog).recall('one')).toEqual([512, 256]);
    expect(fileBudgetMemory(file, noLog).recall('three')).toBeUndefined();
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['cut', '{"version":1,"budgets":{"one":[51'],
    ['not JSON', 'hello'],
    ['of another version', '{"version":2,"budgets":{"one":[512]}}'],
    ['of another shape', '{"version":1,"budgets":{"one":["512"]}}'],
    ['with a budget of nothing', '{"version":1,"budgets":{"one":[0]}}'],
    ['a list', '[]'],
  ])('that is %s is ignored, said so, and replaced', (_, text) => {
    fileBudgetMemory(file, noLog).remember('one', [1]);
    writeFileSync(file, text);
    const said: string[] = [];
    const memory = fileBudgetMemory(file, (line) => said.push(line));
    expect(memory.recall('one')).toBeUndefined();
    expect(said).toEqual([expect.stringContaining(file)]);
    memory.remember('one', [2]);
    expect(fileBudgetMemory(file, noLog).recall('one')).toEqual([2]);
  });

  it('that cannot be written costs nothing but the memory', () => {
    writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
    const said: string[] = [];
    fileBudgetMemory(file, (line) => said.push(line)).remember('one', [1]);
    expect(said.at(-1)).toContain('could not be remembered');
    expect(existsSync(`${file}.${process.pid}`)).toBe(false);
  });

  it('forgets the oldest first', () => {
    const memory = fileBudgetMemory(file, noLog);
    for (let i = 0; i < 203; i++) memory.remember(`key ${i}`, [i + 1]);
    expect(memory.recall('key 2')).toBeUndefined();
    expect(memory.recall('key 3')).toEqual([4]);
    expect(Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { budgets: object }).budgets)).toHaveLength(200);
  });
});
