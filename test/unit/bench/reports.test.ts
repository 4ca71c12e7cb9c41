/** From measurements to figures: paired differences, ratios, and the pages and plots that show them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barPlot, linePlot } from '../../../src/bench/plot';
import { qualityPlots } from '../../../src/bench/quality/plots';
import { runSchema, type ConfigResult, type QualityRun } from '../../../src/bench/quality/result';
import { qualityPage, summarise } from '../../../src/bench/quality/summary';
import { markdownTable, Report } from '../../../src/bench/report';
import type { ProbeSample } from '../../../src/bench/speed/probeMessages';
import { doubling, points, fastest } from '../../../src/bench/speed/result';
import { summariseSpeed } from '../../../src/bench/speed/speed';
import { defaultTuning } from '../../../src/sidecar/engine/tuning';

/** Two streams of four blocks of 256 tokens; the losses are nats per token. */
function result(policy: 'full' | 'tree', budget: number, losses: number[][]): ConfigResult {
  return {
    config: {
      policy,
      score: 'none',
      allocator: 'uniform',
      positions: 'auto',
      keyType: 'f16',
      valueType: 'f16',
      tuning: defaultTuning,
      budget,
    },
    budgets: [budget || 1024, budget || 1024],
    kvBytes: 4096,
    streams: losses.map((blocks) => ({
      corpus: 'one',
      blocks: blocks.map((loss) => loss * 256),
      recall: [
        { where: 0.1, nats: 2, exact: false },
        { where: 0.9, nats: 1, exact: true },
      ],
      lines: { count: 2, similarity: 0.5, exact: 1 },
    })),
    distant: [
      { where: 850, nats: 1, exact: true },
      { where: 850, nats: 3, exact: false },
    ],
    seconds: 2,
  };
}

const run: QualityRun = {
  settings: {
    model: 'demo.gguf',
    modelBytes: 7,
    engine: 'bonsai',
    corpora: ['one'],
    calibration: 'two',
    tokens: 1024,
    streams: 2,
    seed: 1,
    chunk: 128,
    blockTokens: 256,
    distances: [850],
    distantTexts: 2,
    lines: 2,
    ask: 'chat',
  },
  trainedWindow: 512,
  machine: 'a machine',
  device: 'CPU',
  commands: ['npm run bonsai -- bench quality'],
  results: {
    'tree 512': result('tree', 512, [
      [9, 2, 2.5, 2.5],
      [9, 3, 3.25, 3.5],
    ]),
    'tree 256': result('tree', 256, [
      [9, 2.5, 2.5, 2.5],
      [9, 3.5, 3.5, 3.5],
    ]),
    full: result('full', 0, [
      [9, 2, 2, 2],
      [9, 3, 3, 3],
    ]),
  },
};

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'bonsai-report-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('quality', () => {
  it('compares stream by stream, from where the bounded cache was full', () => {
    const [full, better, worse] = summarise(run);
    expect([full!.key, better!.key, worse!.key]).toEqual(['full', 'tree 512', 'tree 256']);
    expect([full!.above, full!.perplexity]).toEqual([0, 0]);
    // Streams: 0.5 and 0.375 above from the third block on.
    expect(better!.above).toBeCloseTo(0.4375, 12);
    expect(better!.standardError).toBeCloseTo(0.0625, 12);
    expect(better!.perplexity).toBeCloseTo(Math.exp(0.4375) - 1, 12);
    // Both 0.5 above from the second block on: no error, however different the streams are.
    expect([worse!.above, worse!.standardError]).toEqual([0.5, 0]);
    expect(worse).toMatchObject({ recall: { nats: 1.5, exact: 0.5 }, distant: [{ distance: 850, nats: 2, exact: 0.5 }], similarity: 0.5 });
  });

  it('without the cache that keeps everything has nothing to compare with', () => {
    expect(() => summarise({ ...run, results: {} })).toThrow('keeps everything');
  });

  it('names machine, model and command, and shows every configuration', () => {
    const page = qualityPage(run, ['![plot](plot.svg)']);
    for (const named of ['a machine', 'demo.gguf', 'npm run bonsai -- bench quality', '![plot](plot.svg)', 'past the window of 512'])
      expect(page).toContain(named);
    const rows = page.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(1);
    expect(rows.at(-1)).toContain('| tree 256 | 256 | 0.00 | 0.500 | 0.000 | 64.9 % | 1.500 | 50.0 % | 2.000 | 50.0 % |');
  });

  it('writes what it can read again, and the plots it shows', () => {
    const report = new Report(folder, 'quality');
    report.json(run);
    expect(runSchema.parse(JSON.parse(readFileSync(report.jsonFile, 'utf8')))).toEqual(run);
    for (const shown of qualityPlots(run, report)) {
      const [, file] = /\]\((.*)\)$/.exec(shown)!;
      expect(readFileSync(join(folder, file!), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
    }
  });
});

describe('speed', () => {
  const sample = (tokens: number, prefill: number, decode = 100): ProbeSample => ({
    tokens,
    prefill,
    decode,
    span: tokens,
    kvBytes: 1000,
    kvBytesFull: tokens,
    rss: 1,
  });
  const series = (name: string, samples: ProbeSample[]) => [name, { name, samples }] as const;

  it('is the median of the rounds, as ratios where both were run', () => {
    const all = new Map([
      series('bonsai', [sample(1024, 10), sample(2048, 300), sample(4096, 600), sample(1024, 900), sample(1024, 800)]),
      series('stock', [sample(1024, 400), sample(2048, 100, 25)]),
      series('bonsai, fits', [sample(2048, 99)]),
      series('stock, fits', [sample(2048, 100, 80)]),
      series('tree', [sample(8192, 100)]),
      series('tree attention', [sample(8192, 96)]),
    ]);
    expect(summariseSpeed(all, 1024)).toEqual({
      lengths: [
        { length: 1024, prefill: 2, decode: 1, kv: 1000 / 1024 },
        { length: 2048, prefill: 3, decode: 4, kv: 1000 / 2048 },
        { length: 4096 },
      ],
      fits: { prefill: 0.99, decode: 1.25 },
      scoring: 0.96,
      constancy: { from: 2048, to: 4096, prefill: 2, decode: 1 },
    });
    expect(summariseSpeed(all, 1024, fastest).lengths[0]).toEqual({ length: 1024, prefill: 2.25, decode: 1, kv: 1000 / 1024 });
  });

  it('is measured at lengths that double, the last as asked', () => {
    expect(doubling(1024, 5000)).toEqual([1024, 2048, 4096, 5000]);
    expect(doubling(1024, 1024)).toEqual([1024]);
    expect(doubling(1024, 700)).toEqual([700]);
    expect(
      points({ name: 'x', samples: [sample(2, 1), sample(1, 3), sample(1, 5)] }).map(({ tokens, prefill, count }) => [
        tokens,
        prefill,
        count,
      ]),
    ).toEqual([
      [1, 4, 2],
      [2, 1, 1],
    ]);
  });
});

describe('plots and tables', () => {
  it('name their axes with units', () => {
    const svg = linePlot('Speed', { name: 'length (tokens)', logarithmic: true, binary: true }, { name: 'tokens per second' }, [
      {
        name: 'bonsai',
        points: [
          [1024, 5],
          [1 << 20, 6],
        ],
      },
    ]);
    for (const text of ['>Speed<', '>length (tokens)<', '>tokens per second<', '>bonsai<', '>1k<', '>1M<', '#ffffff'])
      expect(svg).toContain(text);
    const bars = barPlot('Loss', { name: 'nats per token' }, [{ name: 'tree & more', value: 0.25 }]);
    for (const text of ['>Loss<', '>nats per token<', '>tree &amp; more<', '>0.250<']) expect(bars).toContain(text);
  });

  it('keep a cell a cell', () => {
    expect(markdownTable(['a', 'b'], [['x|y', '1']])).toBe('| a | b |\n| --- | ---: |\n| x\\|y | 1 |');
  });
});
