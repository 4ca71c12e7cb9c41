/** Which configurations a quality run measures: each once, those of one budget in the same bytes, wrong words named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheTypes, explicitConfigs, integers, oneOrMoreOf } from '../../../../src/bench/options';
import { configKey, crossProduct, entriesOf, type CrossProduct, type QualityConfig } from '../../../../src/bench/quality/config';
import type { CacheType } from '../../../../src/protocol';
import { defaultTuning } from '../../../../src/sidecar/engine/tuning';

const f16 = { keyType: 'f16', valueType: 'f16' } as const;
const asked: CrossProduct = {
  policies: ['streaming', 'tree', 'full'],
  scores: ['none', 'keydiff'],
  allocators: ['uniform', 'squeeze'],
  budgets: [512, 1024],
  cacheTypes: [f16],
  positions: 'auto',
  tuning: defaultTuning,
};
const base: QualityConfig = {
  policy: 'tree',
  score: 'none',
  allocator: 'uniform',
  positions: 'auto',
  ...f16,
  tuning: defaultTuning,
  budget: 2048,
};

describe('the cross product', () => {
  it('has every combination once; a score only where it decides, and the cache that keeps everything once', () => {
    expect(crossProduct(asked).map(configKey)).toEqual([
      'streaming 512',
      'streaming squeeze 512',
      'tree 512',
      'tree keydiff 512',
      'tree squeeze 512',
      'tree keydiff squeeze 512',
      'full',
      'streaming 1024',
      'streaming squeeze 1024',
      'tree 1024',
      'tree keydiff 1024',
      'tree squeeze 1024',
      'tree keydiff squeeze 1024',
    ]);
  });

  it('names what differs from the defaults, and nothing else', () => {
    expect(configKey(base)).toBe('tree 2048');
    expect(
      configKey({ ...base, keyType: 'q8_0', valueType: 'q4_0', positions: 'rank', tuning: { ...defaultTuning, block: 4, squeezeP: 0.3 } }),
    ).toBe('tree 2048 q8_0/q4_0 rank block=4 p=0.3');
  });

  it.each<[CacheType, CacheType]>([
    ['f16', 'f16'],
    ['q8_0', 'q8_0'],
    ['q5_1', 'q5_1'],
    ['q4_0', 'q4_0'],
    ['q8_0', 'q4_0'],
  ])('%s keys and %s values take the bytes of the f16 budget, to one step', (keyType, valueType) => {
    // ggml-common.h: bytes of a block of 32.
    const blockBytes = { f16: 64, q8_0: 34, q5_1: 24, q4_0: 18 };
    const bytes = (entries: number) => (entries * (blockBytes[keyType] + blockBytes[valueType])) / 32;
    const entries = entriesOf({ budget: 2048, keyType, valueType });
    expect(bytes(entries)).toBeLessThanOrEqual(2048 * 4);
    expect(bytes(entries + 32)).toBeGreaterThan(2048 * 4);
  });
});

describe('explicit configurations', () => {
  it('fill what they leave out from the flags', () => {
    const configs = explicitConfigs('[{"policy":"hybrid","tuning":{"outlierShare":0.7}},{"budget":64},{"budget":64}]', base);
    expect(configs.map(configKey)).toEqual(['hybrid 2048 outliers=0.7', 'tree 64']);
  });

  it('can lie in a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-configs-'));
    const file = join(folder, 'configs.json');
    writeFileSync(file, '[{"score":"knorm"}]');
    expect(explicitConfigs(file, base).map(configKey)).toEqual(['tree knorm 2048']);
    rmSync(folder, { recursive: true });
  });

  it.each(['[{"policy":"best"}]', '[{"budget":"many"}]', '[', '/nowhere.json', '{}'])('that make no sense are refused: %s', (text) => {
    expect(() => explicitConfigs(text, base)).toThrow('--configs is no list of configurations');
  });
});

describe('lists on the command line', () => {
  it('are taken apart', () => {
    expect(integers('512,2048')).toEqual([512, 2048]);
    expect(oneOrMoreOf(['a', 'b'])('b,a')).toEqual(['b', 'a']);
    expect(cacheTypes('f16,q8_0/q4_0')).toEqual([f16, { keyType: 'q8_0', valueType: 'q4_0' }]);
  });

  it.each([
    [() => integers('512,'), 'whole number'],
    [() => integers('0'), 'whole number'],
    [() => oneOrMoreOf(['a', 'b'])('a,c'), '"c" is none of a, b'],
    [() => cacheTypes('q8_0/q4_0/f16'), 'is no cache type'],
    [() => cacheTypes('q9'), '"q9" is none of'],
  ])('that are wrong name the word: %s', (parse, named) => {
    expect(parse).toThrow(named);
  });
});
