/** What the ghost sequence keeps between requests, with a sequence that compacts as the bounded cache does, and remembers its tokens. */
import { describe, expect, it } from 'vitest';
import type { LoadedModel } from '../../../../src/sidecar/engine/loadedModel';
import { Scheduler } from '../../../../src/sidecar/engine/scheduler';
import { below, seeded } from '../../../../src/sidecar/random';
import { GhostSequence, type PromptRows, type StablePrompt } from '../../../../src/sidecar/ghost/ghostSequence';

const chunk = 256;

/** The parts of a Sequence that are used, over plain numbers. */
class FakeSequence {
  tokens: number[] = [];
  generation = 0;
  exactTailStart = 0;
  staged = 0;
  forks = 0;
  read = 0;
  failAfter = Infinity;
  /** How much of another one it became a copy of. */
  memoryTokens = 0;

  constructor(
    private readonly evicts: boolean,
    private readonly stepsBack = true,
    private readonly capacity = 100_000,
  ) {}

  get position(): number {
    return this.tokens.length;
  }

  get room(): number {
    return this.capacity - this.tokens.length;
  }

  async evaluate(tokens: Uint32Array): Promise<void> {
    for (let start = 0; start < tokens.length; start += chunk) {
      if (--this.failAfter < 0) throw new Error('stopped');
      await Promise.resolve();
      this.append([...tokens.subarray(start, start + chunk)]);
    }
  }

  append(tokens: number[]): void {
    if (this.evicts && this.staged + tokens.length > chunk) {
      this.staged = 0;
      this.exactTailStart = this.position;
    }
    this.staged += tokens.length;
    this.read += tokens.length;
    this.tokens.push(...tokens);
  }

  hintPrompt(): void {
    // Nothing is weighed here.
  }

  trimTo(position: number): void {
    if (position >= this.position) return;
    if (!this.stepsBack) throw new Error('this one cannot');
    if (position < this.exactTailStart) throw new Error('not exact');
    this.staged -= this.position - position;
    this.tokens.length = position;
  }

  async forkFrom(other: FakeSequence): Promise<void> {
    await Promise.resolve();
    this.tokens = [...other.tokens];
    this.staged = other.staged;
    this.exactTailStart = other.exactTailStart;
    this.memoryTokens = other.position;
    this.generation++;
    this.forks++;
  }
}

/** Nothing is in the archive. */
const noRows: PromptRows = { runsIn: () => Promise.resolve([]), put: () => Promise.resolve(0) };

function desk(memoryTokens: number, { evicts = true, stepsBack = true, capacity = 100_000, rows = noRows } = {}) {
  const memory = new FakeSequence(evicts);
  for (let i = 0; i < memoryTokens; i++) memory.append([1_000_000 + i]);
  const ghost = new FakeSequence(evicts, stepsBack, capacity);
  const scheduler = new Scheduler();
  const state = { version: 'a', replacements: 1 };
  let now = 0;
  const loaded = { sequences: { ghost, memory }, tokens: { bos: 1 }, chunk } as unknown as LoadedModel;
  const sequence = new GhostSequence(loaded, state, rows, () => now);
  const copied = () => ghost.memoryTokens;
  const request = async (prompt: StablePrompt, written = 5) => {
    const session = scheduler.openSession('ghost');
    try {
      const { rest, reused, read, archived } = await sequence.prepare(prompt, { session });
      ghost.append([...rest]);
      const answer = Array.from({ length: written }, (_, i) => 9000 + i);
      // The last token that was written is not read.
      for (const token of answer.slice(0, -1)) ghost.append([token]);
      sequence.remember(answer);
      const start = memoryTokens === 0 ? [1] : [];
      expect(ghost.tokens).toEqual([...memory.tokens.slice(0, copied()), ...start, ...prompt.tokens, ...answer.slice(0, -1)]);
      expect(reused + read + archived).toBe(copied() + start.length + prompt.tokens.length);
      return { reused, read, archived, rest: rest.length };
    } finally {
      session.close();
    }
  };
  const changeMemory = (replaced: boolean) => {
    memory.append([2_000_000]);
    state.version += 'x';
    if (replaced) state.replacements++;
  };
  return { ghost, memory, request, sequence, scheduler, changeMemory, later: (milliseconds: number) => (now += milliseconds) };
}

/** A prompt as the infill makes it: a text that grows, then what stands behind the cursor. */
function prompt(length: number, line = 8, suffix = 66): StablePrompt {
  const tokens = [...Array.from({ length }, (_, i) => i + 10), ...Array.from({ length: suffix }, (_, i) => 5000 + i)];
  return { tokens: Uint32Array.from(tokens), stable: Math.max(0, length - line) };
}

describe('the ghost sequence', () => {
  it.each([0, 500, 10_000])('reads little with every key, beside a memory of %i tokens that evicts', async (memory) => {
    const { request, ghost } = desk(memory);
    expect((await request(prompt(600))).read).toBeGreaterThanOrEqual(600);
    const reads: number[] = [];
    for (let typed = 1; typed <= 300; typed++) reads.push((await request(prompt(600 + typed, 8 + (typed % 20)))).read);
    // A fork now and then: what was written fell out of staging with what stood before it.
    expect(ghost.forks).toBeLessThan(6);
    expect(reads.filter((read) => read > 66 + 48).length).toBeLessThan(6);
  });

  it('goes back over what was typed without reading the prompt again', async () => {
    const { request } = desk(10_000);
    await request(prompt(600));
    for (let typed = 1; typed <= 20; typed++) await request(prompt(600 + typed, 8 + typed));
    for (let typed = 19; typed >= 0; typed--) expect((await request(prompt(600 + typed, 8 + typed))).read).toBeLessThan(66 + 48);
  });

  it('goes back within its line also after a compaction, for that is led to where the line begins', async () => {
    const { request, ghost } = desk(10_000);
    await request(prompt(600));
    let far = 0;
    for (let typed = 3; typed <= 600; typed += 3) {
      await request(prompt(600 + typed, 30), 1);
      if ((await request(prompt(600 + typed - 12, 18), 1)).read > 200) far++;
      await request(prompt(600 + typed, 30), 1);
    }
    expect([far, ghost.forks]).toEqual([0, 1]);
  });

  it('begins with a new copy when somebody else has used it', async () => {
    const { request, ghost, memory } = desk(500);
    await request(prompt(600));
    await ghost.forkFrom(memory);
    ghost.append(Array.from({ length: 900 }, () => 3));
    expect((await request(prompt(601))).read).toBe(667);
  });

  it('reads one token at least, where the prompt is the same', async () => {
    const { request } = desk(100, { evicts: false });
    await request(prompt(600));
    expect(await request(prompt(600))).toMatchObject({ read: 1, rest: 1 });
  });

  it('begins with a new copy when the memory is another one', async () => {
    const { request, ghost, changeMemory } = desk(500);
    await request(prompt(600));
    changeMemory(true);
    expect((await request(prompt(601))).read).toBe(667);
    expect(ghost.forks).toBe(2);
  });

  it('keeps a copy for some seconds when more is read, as it is all the time at first', async () => {
    const { request, ghost, changeMemory, later } = desk(500);
    await request(prompt(600));
    for (let i = 1; i <= 90; i++) {
      later(100);
      changeMemory(false);
      await request(prompt(600));
    }
    expect(ghost.forks).toBe(1);
    later(2000);
    expect((await request(prompt(600))).reused).toBe(590);
    expect(ghost.forks).toBe(2);
    later(60_000);
    await request(prompt(600));
    expect(ghost.forks).toBe(2);
  });

  it('begins with a new copy where a sequence cannot step back', async () => {
    const { request, ghost } = desk(500, { evicts: false, stepsBack: false });
    for (let i = 0; i < 3; i++) expect((await request(prompt(600 + i))).read).toBe(666 + i);
    expect(ghost.forks).toBe(3);
  });

  it('knows what it holds after a request was stopped in the middle of reading', async () => {
    const { request, ghost, sequence, scheduler } = desk(500);
    ghost.failAfter = 1;
    const session = scheduler.openSession('ghost');
    await expect(sequence.prepare(prompt(900), { session })).rejects.toThrow('stopped');
    session.close();
    ghost.failAfter = Infinity;
    const { read } = await request(prompt(900));
    expect(read).toBeLessThan(966);
    expect(read).toBeGreaterThan(900 - 2 * chunk);
  });

  it('says what does not fit, before it reads', async () => {
    const { request, ghost } = desk(500, { evicts: false, capacity: 1000 });
    await expect(request(prompt(600))).rejects.toMatchObject({ code: 'context-full' });
    expect(ghost.read).toBe(0);
    expect((await request(prompt(100))).read).toBe(166);
  });

  it('holds what was asked for last, whatever was asked before', async () => {
    const { request } = desk(3000);
    let seed = 5;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    for (let i = 0; i < 200; i++) {
      const length = 200 + random(600);
      const { tokens } = prompt(length, 8, random(130));
      if (random(3) === 0) tokens[random(length)] = 7;
      await request({ tokens, stable: random(length) }, 1 + random(100));
    }
  });

  describe('with rows in the archive', () => {
    /** Rows of every 50 tokens of 60. @param whole of how many that are put, all come */
    function everyFifty(whole: () => boolean = () => true): PromptRows {
      return {
        runsIn: (tokens) => {
          const places = [];
          for (let start = 10; start + 50 <= tokens.length; start += 60) {
            const file = tokens.slice(start, start + 50);
            const of = { path: 'a.ts', hash: '', file, from: 0, to: 50, tokens: file, lead: 0 };
            places.push({ start, end: start + 50, of });
          }
          return Promise.resolve(places);
        },
        put: ({ file }, from, sequence) => {
          const count = whole() ? file.length : 20;
          (sequence as unknown as FakeSequence).append([...file.subarray(from, count)]);
          return Promise.resolve(count);
        },
      };
    }

    it('reads what no rows are there for, the end of what stays, and what keys change', async () => {
      const { request, ghost } = desk(10_000, { rows: everyFifty() });
      const { read, archived } = await request(prompt(600));
      expect([read + archived, archived]).toEqual([666, 9 * 50]);
      const before = ghost.read;
      // With a key, nothing is put that the sequence has.
      expect(await request(prompt(601))).toMatchObject({ archived: 0 });
      expect(ghost.read - before).toBeLessThan(66 + 48);
    });

    it('goes back within its line also after a compaction', async () => {
      const { request, ghost } = desk(10_000, { rows: everyFifty() });
      await request(prompt(600));
      for (let typed = 3; typed <= 300; typed += 3) {
        await request(prompt(600 + typed, 30), 1);
        expect((await request(prompt(600 + typed - 12, 18), 1)).read).toBeLessThan(200);
        await request(prompt(600 + typed, 30), 1);
      }
      expect(ghost.forks).toBe(1);
    });

    it('reads the rest of rows that turn out to be gone, and holds what was asked for', async () => {
      const random = seeded(7);
      const { request } = desk(3000, { rows: everyFifty(() => random() < 0.5) });
      let archived = 0;
      for (let i = 0; i < 200; i++) {
        const length = 200 + below(random, 600);
        const { tokens } = prompt(length, 8, below(random, 130));
        if (random() < 0.3) tokens[below(random, length)] = 7;
        archived += (await request({ tokens, stable: below(random, length) }, 1 + below(random, 100))).archived;
      }
      expect(archived).toBeGreaterThan(1000);
    });
  });
});
