/** Expected speeds follow from what a token costs; what was measured is remembered for a machine, and damage is no harm. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUsable, tokenSpeed, type TokenCost } from '../../../../src/sidecar/models/tokenSpeed';
import { recallSpeed, rememberSpeed } from '../../../../src/sidecar/models/speedMemory';

const cost: TokenCost = { readWeights: 1e9, writeBytes: 0.5e9, attention: 100_000, entryBytes: 10_000 };
const machine = { multiplications: 100e9, bytes: 10e9 };

describe('the expected speed', () => {
  it('without entries is the machine divided by the weights', () => {
    expect(tokenSpeed(cost, machine, 0)).toEqual({ reading: 100, writing: 20 });
  });

  it('falls with the entries a token looks at, and with the weights it meets', () => {
    const none = tokenSpeed(cost, machine, 0);
    const many = tokenSpeed(cost, machine, 8192);
    expect([many.reading < none.reading, many.writing < none.writing]).toEqual([true, true]);
    expect(tokenSpeed({ ...cost, readWeights: 2e9 }, machine, 0).reading).toBe(50);
    expect(tokenSpeed({ ...cost, writeBytes: 1e9 }, machine, 0).writing).toBe(10);
  });

  it('is of use only where both reading and writing are', () => {
    expect(isUsable({ reading: 1000, writing: 100 })).toBe(true);
    expect(isUsable({ reading: 10, writing: 100 })).toBe(false);
    expect(isUsable({ reading: 1000, writing: 1 })).toBe(false);
  });
});

describe('what was measured', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'bonsai-speed-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is remembered for its machine alone', () => {
    const file = join(folder, 'new', 'speed.json');
    expect(recallSpeed(file, 'a')).toBeUndefined();
    rememberSpeed(file, 'a', machine);
    rememberSpeed(file, 'b', { multiplications: 1, bytes: 2 });
    rememberSpeed(file, 'busy', machine, 5);
    expect(['a', 'b', 'c', 'busy'].map((name) => recallSpeed(file, name))).toEqual([
      { speed: machine },
      { speed: { multiplications: 1, bytes: 2 } },
      undefined,
      { speed: machine, busyAt: 5 },
    ]);
  });

  it.each(['', '{', '{"version":2,"machines":{}}', '{"version":1,"machines":{"a":{"speed":{"multiplications":0,"bytes":1}}}}'])(
    'in a damaged file is measured again: %s',
    (text) => {
      const file = join(folder, 'damaged.json');
      writeFileSync(file, text);
      expect(recallSpeed(file, 'a')).toBeUndefined();
      rememberSpeed(file, 'a', machine);
      expect(recallSpeed(file, 'a')).toEqual({ speed: machine });
    },
  );

  it('that cannot be written is no failure', () => {
    const occupied = join(folder, 'occupied');
    writeFileSync(occupied, 'x');
    rememberSpeed(join(occupied, 'speed.json'), 'a', machine);
    expect(readFileSync(occupied, 'utf8')).toBe('x');
  });
});
