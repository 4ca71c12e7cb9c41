/** The GPU benchmark's models and verdicts, as far as they can be judged without a GPU. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planModel } from '../../../scripts/lib/bench-models.mjs';
import { compareLengths, compareScores, type Scores } from '../../../scripts/lib/bench-report.mjs';
import { elementCount, ggufBytes, tensorBytes, writeGguf } from '../../../scripts/lib/gguf.mjs';

describe('models of random weights', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bonsai-gguf-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  // The totals that Hugging Face shows for Qwen2.5-Coder-7B and Qwen3-30B-A3B.
  it.each([
    ['7b', 7_615_616_512],
    ['30b-a3b', 30_532_122_624],
  ] as const)('%s has as many parameters as the model it stands for', (name, parameters) => {
    const { tensors } = planModel(name, 'q4_0');
    expect(tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(parameters);
  });

  it.each(['q4_0', 'q8_0'] as const)('a file of %s is read back with its shapes, types and finite weights', async (type) => {
    const { metadata, tensors } = planModel('tiny', type);
    const path = join(folder, `${type}.gguf`);
    await writeGguf(path, metadata, tensors);
    expect((await stat(path)).size).toBe(ggufBytes(metadata, tensors));

    const info = await readGgufFileInfo(path);
    expect(info.metadata.general.architecture).toBe('qwen2');
    expect(info.architectureMetadata).toMatchObject({
      block_count: 4,
      embedding_length: 256,
      attention: { head_count: 8, head_count_kv: 2 },
    });
    const types = { f32: 0, q4_0: 2, q8_0: 8, q4_k: 12 };
    expect(info.fullTensorInfo?.map(({ name, dimensions, ggmlType }) => [name, dimensions.map(Number), ggmlType])).toEqual(
      tensors.map((tensor) => [tensor.name, tensor.shape, types[tensor.type ?? 'f32']]),
    );

    const bytes = await readFile(path);
    const block = type === 'q4_0' ? 18 : 34;
    for (const [i, tensor] of tensors.entries()) {
      const at = Number(info.fullTensorInfo![i]!.fileOffset);
      if (tensor.type === 'f32') {
        for (let j = 0; j < tensorBytes(tensor); j += 4) expect(Math.abs(bytes.readFloatLE(at + j) - 0.5)).toBeLessThan(1);
      } else {
        // f16 scales between 2^-14 and 1/2: all finite, none subnormal
        const scales = new Set(Array.from({ length: tensorBytes(tensor) / block }, (_, j) => bytes.readUInt16LE(at + j * block)));
        for (const scale of scales) expect(scale >> 10).toSatisfy((exponent: number) => exponent >= 1 && exponent < 15);
      }
    }
  });

  it('data of the wrong length leaves no file', async () => {
    const path = join(folder, 'short.gguf');
    const tensor = { name: 'x.weight', shape: [64, 2], type: 'q8_0' as const, data: () => [Buffer.alloc(100)] };
    await expect(writeGguf(path, [], [tensor])).rejects.toThrow('x.weight: 100 bytes of data for a tensor of 136');
    expect((await readdir(folder)).filter((name) => name.startsWith('short'))).toEqual([]);
    expect(() => tensorBytes({ name: 'y.weight', shape: [48, 2], type: 'q4_0' })).toThrow('y.weight: rows of 48');
  });
});

describe('verdicts', () => {
  const scores = (...values: (number | null)[]): Scores => ({ values });

  it('allows twice the difference that rounding makes, on average and at worst', () => {
    const flat = Array.from({ length: 100 }, () => -2);
    const off = (...by: number[]) => scores(...flat.map((x, i) => x - (by[i] ?? 0)));
    const stock: [Scores, Scores] = [off(), off(0.001, 0.001)];
    expect(compareScores(stock, off(0.0019, 0.0019))).toMatchObject({ equal: true, tokens: 100 });
    expect(compareScores(stock, off(0.0021)).equal).toBe(false); // too far at worst, though not on average
    expect(compareScores(stock, off(0.0019, 0.0019, 0.0019)).equal).toBe(false); // on average, though not at worst
    expect(compareScores([off(), off()], off()).equal).toBe(true);
    expect(compareScores([off(), off()], off(0.001)).equal).toBe(false);
    expect(compareScores([scores(null), scores(null)], scores(null)).equal).toBe(false);
    expect(compareScores(stock, scores(...flat.slice(1))).equal).toBe(false);
  });

  it('takes the median of the rounds and says where there was no room', () => {
    const at = (tokens: number, prefillSeconds: number) =>
      ({ event: 'length', tokens, prefillSeconds, decodeTokens: 10, decodeSeconds: 1, kvBytes: 100 }) as const;
    const [short, long] = compareLengths([1000, 4000], {
      stock: [at(1000, 2), at(1000, 1), at(1000, 8), { event: 'length', tokens: 4000, error: 'no room for the context' }],
      bonsai: [at(1000, 1), at(4000, 4)],
    });
    expect(short!.stock!.prefillTokensPerSecond).toBe(500);
    expect(short!.ratios).toMatchObject({ prefillTokensPerSecond: 2, decodeTokensPerSecond: 1, kvBytes: 1 });
    expect(long!.stock).toEqual({ error: 'no room for the context' });
    expect(long!.bonsai!.prefillTokensPerSecond).toBe(1000);
    expect(long!.ratios['prefillTokensPerSecond']).toBeUndefined();
  });
});
