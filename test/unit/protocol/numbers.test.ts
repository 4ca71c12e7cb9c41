import { expect, test } from 'vitest';
import { counted, exactCount, shortBytes, shortCount, shortSeconds } from '../../../src/protocol/numbers';

test.each<[(value: number) => string, [number, string][]]>([
  [
    shortCount,
    [
      [0, '0'],
      [999, '999'],
      [999.7, '1k'],
      [1000, '1k'],
      [9960, '10k'],
      [412_345, '412k'],
      [999_600, '1M'],
      [1_300_000, '1.3M'],
    ],
  ],
  [
    exactCount,
    [
      [0, '0'],
      [1234.6, '1,235'],
      [1_234_567, '1,234,567'],
    ],
  ],
  [
    shortBytes,
    [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1 kB'],
      [1536, '1.5 kB'],
      [9960, '10 kB'],
      [999_499, '999 kB'],
      [999_500, '1 MB'],
      [12_582_912, '13 MB'],
      [5_046_586_573, '5 GB'],
      [4.66e9, '4.7 GB'],
      [2e15, '2000 TB'],
    ],
  ],
  [
    shortSeconds,
    [
      [-1, '0 s'],
      [0.44, '0.4 s'],
      [9.97, '10 s'],
      [12, '12 s'],
      [59.6, '1 min'],
      [3599, '1 h'],
      [4800, '1 h 20 min'],
    ],
  ],
  [
    (count) => counted(count, 'file'),
    [
      [0, '0 files'],
      [1, '1 file'],
      [1200, '1,200 files'],
    ],
  ],
])('%o', (format, cases) => {
  expect(cases.map(([value]) => format(value))).toEqual(cases.map(([, shown]) => shown));
});

test('a word with its own plural', () => {
  expect([1, 2].map((count) => counted(count, 'memory', 'memories'))).toEqual(['1 memory', '2 memories']);
});
