/** Allocation: what a new context starts with, and the one time its layers are measured. The engine is a fake that keeps a diary. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  budgetKey,
  LayerMeasuring,
  startingBudgets,
  trialKey,
  type AllocationPlan,
  type Watched,
} from '../../../../src/sidecar/engine/allocation';
import { fileBudgetMemory, temporaryBudgetMemory } from '../../../../src/sidecar/engine/budgetMemory';
import type { Allocator } from '../../../../src/protocol';
import type { AllocateRequest, LayerMeasure } from '../../../../src/sidecar/engine/native';
import { defaultTuning } from '../../../../src/sidecar/engine/tuning';

const layers = 4;
const plan: AllocationPlan = {
  allocator: 'squeeze',
  policy: 'tree',
  score: 'none',
  keyType: 'f16',
  valueType: 'f16',
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
  /** Of the last layer. */
  cosine = NaN;

  measure(_: number, on: boolean): void {
    this.diary.push(on ? 'measure' : 'stop');
  }
  measures(_: number, sequence: number): LayerMeasure[] {
    this.diary.push(`measures of ${sequence}`);
    return Array.from({ length: layers }, (_, layer) => ({
      layer,
      cosine: layer === 3 ? this.cosine : 0.9,
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

const equal = { allocator: 'uniform' as const, budgets: [1024, 1024, 1024, 1024] };
const shared = (allocator: Allocator, budgets: number[]) => ({ allocator, budgets });
const noLog = (text: string) => expect.fail(text);
let native: FakeNative;
beforeEach(() => void (native = new FakeNative()));

describe('a new context', () => {
  it('starts with equal budgets where nothing is to be measured', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'uniform' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ sharing: equal, measure: false });
    expect(native.requests).toEqual([]);
  });

  it.each(['auto', 'squeeze', 'pyramid', 'measured'] as const)('has nothing to share out where one layer has a budget: %s', (allocator) => {
    const start = startingBudgets(native, { ...plan, allocator }, 1, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ sharing: shared('uniform', [1024]), measure: false });
    expect(native.requests).toEqual([]);
  });

  it.each(['auto', 'replay'] as const)(
    'starts equal under %s, without looking at the layers: a reading asks for its budgets',
    (allocator) => {
      const start = startingBudgets(native, { ...plan, allocator }, layers, temporaryBudgetMemory(), noLog);
      expect(start).toEqual({ sharing: equal, measure: false });
      expect(native.requests).toEqual([]);
    },
  );

  it('is allocated at once by pyramid, staging apart', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'pyramid' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toEqual({ sharing: shared('pyramid', [1120, 992, 992, 992]), measure: false });
    expect(native.requests).toEqual([
      { allocator: 'pyramid', mean: 768, floor: 32, step: 32, p: 0.35, sinks: 4, recent: 192, layers: [{}, {}, {}, {}] },
    ]);
  });

  it('moves single entries when the mean is no multiple of 32', () => {
    startingBudgets(native, { ...plan, allocator: 'pyramid', mean: 1000 }, layers, temporaryBudgetMemory(), noLog);
    expect(native.requests[0]).toMatchObject({ mean: 744, step: 1 });
  });

  it('starts equal and measures when nothing is remembered', () => {
    expect(startingBudgets(native, plan, layers, temporaryBudgetMemory(), noLog)).toEqual({ sharing: equal, measure: true });
  });

  it('says how to calibrate when nothing was', () => {
    const start = startingBudgets(native, { ...plan, allocator: 'measured' }, layers, temporaryBudgetMemory(), noLog);
    expect(start).toMatchObject({ sharing: equal, measure: false, notice: expect.stringContaining('bonsai calibrate') as string });
  });

  it.each([
    ['too few layers', [1024, 1024]],
    ['another total', [1024, 1024, 1024, 1056]],
    ['a layer without room', [1984, 1024, 832, 256]],
  ])('does not believe remembered budgets with %s', (_, budgets) => {
    const memory = temporaryBudgetMemory();
    memory.budgets.set(budgetKey(plan), shared('squeeze', budgets));
    const said: string[] = [];
    expect(startingBudgets(native, plan, layers, memory, (text) => said.push(text))).toEqual({ sharing: equal, measure: true });
    expect(said).toHaveLength(1);
  });
});

describe('measuring', () => {
  let given: unknown[];
  const watch = (changed: Partial<Watched> = {}) => {
    given = [];
    return new LayerMeasuring({
      ...{ native, handle: 7, plan, memory: temporaryBudgetMemory(), log: noLog },
      asStarted: () => true,
      onSharing: (sharing) => given.push(sharing),
      ...changed,
    });
  };

  it('allocates once, when enough was read, and remembers', () => {
    const memory = temporaryBudgetMemory();
    const measuring = watch({ memory });
    measuring.afterDecode(2, 256, 256);
    measuring.afterDecode(2, 767, 511);
    expect(native.diary).toEqual(['measure']);
    for (const position of [768, 1024, 4096]) measuring.afterDecode(2, position, 256);
    expect(native.diary).toEqual(['measure', 'measures of 2', 'rebudget', 'stop']);
    expect(native.budgets).toEqual([1120, 992, 992, 992]);
    // What was not measured is left out: a cosine that is no number, attention without tokens.
    expect(native.requests[0]?.layers).toEqual([
      { cosine: 0.9 },
      { cosine: 0.9, attention: new Float32Array(1) },
      { cosine: 0.9, attention: new Float32Array(2) },
      { attention: new Float32Array(3) },
    ]);
    const sharing = shared('squeeze', [1120, 992, 992, 992]);
    expect(given).toEqual([sharing]);
    expect(startingBudgets(native, plan, layers, memory, noLog)).toEqual({ sharing, measure: false });
  });

  it('remembers the cosines with what they led to, where all are known', () => {
    native.cosine = 0.5;
    const memory = temporaryBudgetMemory();
    watch({ memory }).afterDecode(0, 1024, 1024);
    expect(given).toEqual([expect.objectContaining({ p: 0.35, cosines: [0.9, 0.9, 0.9, 0.5] })]);
  });

  it('leaves a memory alone that was restored with budgets of its own', () => {
    watch({ asStarted: () => false }).afterDecode(0, 5000, 256);
    expect(native.diary).toEqual(['measure', 'measures of 0', 'stop']);
    expect(given).toEqual([]);
  });

  it('ends with what it has seen when a state is to be saved, and not a second time', () => {
    const measuring = watch();
    measuring.afterDecode(1, 300, 300);
    measuring.finish();
    expect(native.diary).toEqual(['measure', 'measures of 1', 'rebudget', 'stop']);
    measuring.finish();
    measuring.afterDecode(1, 2000, 1700);
    expect(native.diary).toHaveLength(4);
    expect(given).toHaveLength(1);
  });

  it('ends without a result when it has seen next to nothing', () => {
    const measuring = watch();
    measuring.afterDecode(0, 100, 100);
    measuring.finish();
    expect(native.diary).toEqual(['measure', 'stop']);
    expect(given).toEqual([]);
  });

  it('looks at 1024 tokens at most', () => {
    const measuring = watch({ plan: { ...plan, mean: 8192 } });
    measuring.afterDecode(0, 1023, 1023);
    expect(native.diary).toEqual(['measure']);
    measuring.afterDecode(0, 1024, 1);
    expect(native.diary.at(-1)).toBe('stop');
  });

  it('leaves equal budgets, says why and stops measuring when the engine refuses', () => {
    native.refuses = true;
    const said: string[] = [];
    const memory = temporaryBudgetMemory();
    const measuring = watch({ memory, log: (text) => said.push(text) });
    measuring.afterDecode(0, 1024, 1024);
    measuring.afterDecode(0, 2048, 1024);
    expect(native.diary).toEqual(['measure', 'measures of 0', 'stop']);
    expect(said).toEqual([expect.stringContaining('needs a cosine')]);
    expect(memory.budgets.get(budgetKey(plan))).toBeUndefined();
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
    for (const other of [
      { ...plan, policy: 'streaming' as const },
      { ...plan, score: 'keydiff' as const },
      { ...plan, keyType: 'q4_0' as const },
      { ...plan, valueType: 'q8_0' as const },
      { ...plan, tuning: { ...defaultTuning, block: 4 } },
    ])
      expect(trialKey(other)).not.toBe(trialKey(plan));
    expect(trialKey({ ...plan, allocator: 'uniform' })).toBe(trialKey(plan));
    expect(budgetKey({ ...plan, allocator: 'measured', policy: 'streaming' })).not.toBe(budgetKey({ ...plan, allocator: 'measured' }));
  });
});

/** Of a file that is right but for one list of budgets. */
const documentWith = (budgets: string) => `{"version":2,"budgets":{"one":{"allocator":"measured","budgets":${budgets}}},"readings":{}}`;

describe('the file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bonsai-budgets-'));
    file = join(folder, 'cache', 'budgets.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is written for its owner alone and read again', () => {
    fileBudgetMemory(file, noLog).budgets.set('one', shared('measured', [512, 256]));
    fileBudgetMemory(file, noLog).budgets.set('two', shared('measured', [1]));
    expect(fileBudgetMemory(file, noLog).budgets.get('one')?.budgets).toEqual([512, 256]);
    expect(fileBudgetMemory(file, noLog).budgets.get('three')).toBeUndefined();
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['cut', '{"version":2,"budgets":{"one":{"allocator":"meas'],
    ['not JSON', 'hello'],
    ['of another version', '{"version":1,"budgets":{"one":[512]}}'],
    ['of another shape', documentWith('["512"]')],
    ['with a budget of nothing', documentWith('[0]')],
    ['a list', '[]'],
  ])('that is %s is ignored, said so, and replaced', (_, text) => {
    fileBudgetMemory(file, noLog).budgets.set('one', shared('measured', [1]));
    writeFileSync(file, text);
    const said: string[] = [];
    const memory = fileBudgetMemory(file, (line) => said.push(line));
    expect(memory.budgets.get('one')).toBeUndefined();
    expect(said).toEqual([expect.stringContaining(file)]);
    memory.budgets.set('one', shared('measured', [2]));
    expect(fileBudgetMemory(file, noLog).budgets.get('one')?.budgets).toEqual([2]);
  });

  it('that cannot be written costs nothing but the memory', () => {
    writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
    const said: string[] = [];
    fileBudgetMemory(file, (line) => said.push(line)).budgets.set('one', shared('measured', [1]));
    expect(said.at(-1)).toContain('could not be remembered');
    expect(existsSync(`${file}.${process.pid}`)).toBe(false);
  });

  it('keeps its parts apart, and forgets what it is told to', () => {
    const memory = fileBudgetMemory(file, noLog);
    memory.budgets.set('one', shared('measured', [1]));
    const needs = { ratios: [16], shares: [[1.5, 0.5]] };
    memory.needs.set('one', needs);
    memory.readings.set('one', { text: 'hash', blocks: { 'decide 1,1': [1.5, 2] } });
    expect(fileBudgetMemory(file, noLog).readings.get('one')).toEqual({ text: 'hash', blocks: { 'decide 1,1': [1.5, 2] } });
    memory.readings.set('one', undefined);
    expect(memory.readings.get('one')).toBeUndefined();
    expect(memory.needs.get('one')).toEqual(needs);
    expect(memory.budgets.get('one')?.budgets).toEqual([1]);
    expect(memory.budgets.get('constructor')).toBeUndefined();
  });

  it('of an earlier Bonsai keeps its budgets; what is no longer used is left out', () => {
    fileBudgetMemory(file, noLog).budgets.set('one', shared('measured', [1]));
    writeFileSync(file, documentWith('[512]').replace('{"version":2', '{"version":2,"cosines":{"a":[1]},"trials":{}'));
    const memory = fileBudgetMemory(file, noLog);
    expect(memory.budgets.get('one')?.budgets).toEqual([512]);
    memory.budgets.set('two', shared('measured', [1]));
    expect(readFileSync(file, 'utf8')).not.toContain('trials');
  });

  it('that is right is believed', () => {
    fileBudgetMemory(file, noLog).budgets.set('one', shared('measured', [1]));
    writeFileSync(file, documentWith('[512]'));
    expect(fileBudgetMemory(file, noLog).budgets.get('one')?.budgets).toEqual([512]);
  });

  it('forgets the oldest first', () => {
    const memory = fileBudgetMemory(file, noLog);
    for (let i = 0; i < 203; i++) memory.budgets.set(`key ${i}`, shared('measured', [i + 1]));
    expect(memory.budgets.get('key 2')).toBeUndefined();
    expect(memory.budgets.get('key 3')?.budgets).toEqual([4]);
    expect(Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { budgets: object }).budgets)).toHaveLength(200);
  });
});
