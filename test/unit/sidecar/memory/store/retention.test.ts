/** Which checkpoints stay, and what that costs: the promises of retention.ts, held against sequences that grow in many ways. */
import { describe, expect, it } from 'vitest';
import { bytesOf, isCheckpointDue, type SavedPoint, plannedCheckpoints, retained } from '../../../../../src/sidecar/memory/store/retention';
import { randomFrom } from './checkedStates';

const spacing = 100;
const roomy = { spacing, bytes: Infinity };
const places = (positions: readonly number[], bytes = 1): SavedPoint[] => positions.map((position) => ({ position, bytes }));
const mostPlaces = (total: number) => Math.floor(2 + Math.log2(Math.max(1, total / spacing)));

/** Tokens read again after a change at `distance` from the end. */
function cost(kept: readonly SavedPoint[], total: number, distance: number): number {
  const before = kept.filter(({ position }) => total - position >= distance).at(-1);
  return total - (before?.position ?? 0);
}

/** The costs jump just behind a place, so these distances decide. */
function distances(kept: readonly SavedPoint[], total: number): number[] {
  return [1, ...kept.map(({ position }) => total - position + 1)].filter((distance) => distance <= total);
}

describe('a first read', () => {
  it.each([1, 99, 100, 101, 200, 1600, 1601, 300_000, 1_234_567])(
    'of %i tokens is saved so that a change costs at most twice its distance',
    (total) => {
      const planned = places(plannedCheckpoints(total, spacing));
      expect(planned.at(-1)?.position).toBe(total);
      expect(planned.length).toBeLessThanOrEqual(mostPlaces(total));
      const kept = retained(planned, total, roomy);
      for (const distance of distances(planned, total)) {
        expect(cost(planned, total, distance)).toBeLessThanOrEqual(Math.max(2 * distance, spacing));
        expect(cost(kept, total, distance)).toBeLessThanOrEqual(2 * distance + spacing);
      }
    },
  );

  it('of nothing is not saved', () => {
    expect(plannedCheckpoints(0, spacing)).toEqual([]);
    expect(retained([], 0, roomy)).toEqual([]);
  });

  it('stops at planned places, wherever its chunks end, and else when both tokens and seconds have passed', () => {
    const planned = plannedCheckpoints(1000, spacing);
    expect(planned).toEqual([200, 600, 800, 900, 1000]);
    const pace = { tokens: 50, seconds: 60 };
    const last = { position: 210, seconds: 1000 };
    const due = (position: number, seconds: number) => isCheckpointDue({ position, seconds }, last, planned, pace);
    expect(due(620, 1000)).toBe(true);
    expect(due(600, 1000)).toBe(true);
    expect(due(599, 1059)).toBe(false);
    expect(due(599, 1060)).toBe(true);
    expect(due(259, 2000)).toBe(false);
    expect(due(260, 2000)).toBe(true);
    expect(due(210, 9999)).toBe(false);
    expect(isCheckpointDue({ position: 200, seconds: 0 }, { position: 0, seconds: 0 }, planned, pace)).toBe(true);
  });
});

describe('a sequence that grows', () => {
  const random = randomFrom(7);
  it.each([
    ['by the spacing', () => spacing],
    ['by a little', () => 1 + Math.floor(random() * 20)],
    ['by any amount', () => 1 + Math.floor(random() * 250)],
    ['by a lot', () => 5 * spacing],
    ['mostly by a little, at times by a lot', () => 1 + Math.floor(random() ** 8 * 5000)],
  ])('%s keeps few places, its last one, and loses the bound by a factor of two at most', (_, step) => {
    const all: SavedPoint[] = [];
    let kept: SavedPoint[] = [];
    let total = 0;
    for (let i = 0; i < 600; i++) {
      total += step();
      const added = { position: total, bytes: 1 };
      all.push(added);
      total += i % 3 === 0 ? Math.floor(random() * 40) : 0; // a journal behind the last checkpoint
      kept = retained([...kept, added], total, roomy);
      expect(kept.length).toBeLessThanOrEqual(mostPlaces(total));
      expect(kept.at(-1)).toBe(added);
      for (const distance of distances(kept, total)) {
        expect(cost(kept, total, distance)).toBeLessThanOrEqual(Math.max(cost(all, total, distance), 2 * (2 * distance + spacing)));
      }
    }
    expect(kept.length).toBeGreaterThan(3);
  });

  it('keeps the bytes it may keep, and its last place in any case', () => {
    for (let i = 0; i < 300; i++) {
      const count = 1 + Math.floor(random() * 40);
      const positions = [...new Set(Array.from({ length: count }, () => 1 + Math.floor(random() * 10_000)))].sort((a, b) => a - b);
      const all = positions.map((position) => ({ position, bytes: 1 + Math.floor(random() * 100) }));
      const total = all.at(-1)!.position + Math.floor(random() * 500);
      const bytes = Math.floor(random() * 400);
      const kept = retained(all, total, { spacing, bytes });
      expect(kept.at(-1)).toBe(all.at(-1));
      expect(kept).toEqual(all.filter((place) => kept.includes(place)));
      if (kept.length > 1) expect(bytesOf(kept)).toBeLessThanOrEqual(bytes);
    }
  });

  it('spends few bytes where they help: not on places side by side', () => {
    const planned = places(plannedCheckpoints(100_000, spacing), 10);
    const kept = (bytes: number) => retained(planned, 100_000, { spacing, bytes }).map(({ position }) => 100_000 - position);
    expect(kept(40)).toEqual([25_600, 3200, 400, 0]);
    expect(kept(30)).toEqual([12_800, 800, 0]);
    expect(kept(20)).toEqual([3200, 0]);
    expect(kept(5)).toEqual([0]);
  });
});
