/** What a sequence says and holds when the engine fails under it. */
import { describe, expect, it } from 'vitest';
import type { AddonContext } from '../../../../src/sidecar/engine/addon';
import type { BonsaiNative } from '../../../../src/sidecar/engine/native';
import { Scheduler } from '../../../../src/sidecar/engine/scheduler';
import { Sequence } from '../../../../src/sidecar/engine/sequence';

/** An engine that decodes `good` times, then fails, and says that it lost what the sequence held, or did not. */
function failing({ good, lost }: { good: number; lost: boolean }) {
  const removed: [number, number][] = [];
  const cleared: number[] = [];
  let decoded = 0;
  const addon = {
    initBatch: () => undefined,
    addToBatch: () => new Uint32Array(),
    decodeBatch: () => (decoded++ < good ? Promise.resolve() : Promise.reject(new Error('no memory'))),
    removeTokenCellsFromSequence: (id: number, from: number) => removed.push([id, from]) > 0,
    disposeSequence: (id: number) => cleared.push(id),
  };
  const native = { stats: () => ({ lost: lost && decoded > good }), fork: () => Promise.reject(new Error('no memory')) };
  const decoder = {
    addon: addon as unknown as AddonContext,
    batchSize: 4,
    capacity: 100,
    bounded: { native: native as unknown as BonsaiNative, handle: 1 },
  };
  return { sequence: new Sequence(decoder, 2), copy: new Sequence(decoder, 3), removed, cleared };
}

const work = () => ({ session: new Scheduler().openSession('chat') });

describe('a decode that fails', () => {
  it('leaves the sequence at the chunk before, when the engine kept it', async () => {
    const { sequence, removed, cleared } = failing({ good: 2, lost: false });
    await expect(sequence.evaluate(new Uint32Array(12), work())).rejects.toMatchObject({ code: 'engine-failed' });
    expect(sequence).toMatchObject({ position: 8, generation: 0 });
    expect({ removed, cleared }).toEqual({ removed: [[2, 8]], cleared: [] });
  });

  it('leaves it empty, says so, and shows that all of it was replaced, when the engine lost it', async () => {
    const { sequence, cleared } = failing({ good: 2, lost: true });
    await expect(sequence.evaluate(new Uint32Array(12), work())).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringMatching(/is lost.*[Rr]ead it again/) as string,
    });
    expect(sequence).toMatchObject({ position: 0, generation: 1 });
    expect(cleared).toEqual([2]);
  });
});

describe('a copy that fails', () => {
  it('is empty, and the origin is what it was', async () => {
    const { sequence, copy, cleared } = failing({ good: 9, lost: false });
    await sequence.evaluate(new Uint32Array(8), work());
    await expect(copy.forkFrom(sequence)).rejects.toMatchObject({ code: 'engine-failed' });
    expect(copy.position).toBe(0);
    expect(sequence.position).toBe(8);
    expect(cleared).toEqual([3, 3]);
  });
});
