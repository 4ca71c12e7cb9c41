// What the engine is put through, one function a scenario; the judgement is in engine.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { libraryTokens, sourceTokens } from './sourceTokens.mjs';

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const largestDifference = (a, b) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

export const scenarios = {
  /** ln p of every token of `tokens` tokens, and the numbers after. */
  async score({ open, model, options }) {
    const engine = await open(options.cache, { contextSize: options.contextSize ?? 1 << 20 });
    const { chunk = 128, every } = options;
    const logProbabilities = await engine.score(sourceTokens(model, options.tokens), { chunk, every });
    return { logProbabilities, stats: engine.handle ? engine.stats() : null };
  },

  /** What llama.cpp says its own cache has, per cache that it makes (windows have one of their own). */
  async ownCacheSize({ open, llama, options }) {
    const lines = [];
    llama.logLevel = 'info';
    // lines come later than what they tell; this is the last one of a context
    const reserved = new Promise((resolve) => {
      llama.logger = (_, line) => lines.push(line) && line.includes('reserve took') && resolve();
    });
    await open(null, { contextSize: options.contextSize, batchSize: options.batchSize });
    await reserved;
    return lines.flatMap((line) => {
      const found = /llama_kv_cache: size = +([\d.]+) MiB \( *(\d+) cells, +(\d+) layers/.exec(line);
      return found ? [{ MiB: +found[1], cells: +found[2], layers: +found[3] }] : [];
    });
  },

  /** Bytes, kept entries and mean loss at several lengths of one long stream. */
  async stream({ open, model, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, options.tokens);
    const series = [];
    const step = options.tokens / options.samples;
    for (let at = 0; at < options.tokens; at += step) {
      const scores = await engine.score(tokens.slice(at, at + step), { from: at });
      series.push({ nll: -mean(scores), ...engine.stats() });
    }
    return series;
  },

  /** Mean loss of `scored` tokens, and the numbers after, where a long stream has each of the lengths `at`; only these are scored. */
  async lengths({ open, model, options }) {
    const engine = await open(options.cache);
    const { at, scored = 128 } = options;
    const tokens = libraryTokens(model, at.at(-1));
    const series = [];
    let read = 0;
    for (const length of at) {
      await engine.score(tokens.slice(read, length - scored), { from: read, silent: true });
      const scores = await engine.score(tokens.slice(length - scored, length), { from: length - scored });
      series.push({ nll: -mean(scores), ...engine.stats() });
      read = length;
    }
    return series;
  },

  /**
   * One sequence reads `tokens`; rows are taken after each chunk. Another one reads the first chunk and gets the rest as rows,
   * `shift` positions further on (0: at their own). How `scored` more tokens are predicted behind each of them.
   */
  async rows({ open, model, native, options }) {
    const engine = await open(options.cache, { sequences: 3, keyType: options.cacheType, valueType: options.cacheType });
    const { tokens: n, scored = 128, shift = 0, type = 'f16', chunk = 128 } = options;
    const tokens = sourceTokens(model, n + scored);
    const rows = [];
    for (let at = 0; at < n; at += chunk) {
      await engine.score(tokens.slice(at, at + chunk), { from: at, silent: true });
      rows.push(await native.takeRows(engine.handle, 0, at, Math.min(chunk, n - at), type));
    }
    // What was read first stands first; where all moves on, it comes as rows, too.
    const read = shift === 0 ? 1 : 0;
    if (read) await engine.score(tokens.slice(0, chunk), { sequence: 1, silent: true });
    for (let i = read; i < rows.length; i++) {
      // in two parts, as a span would be
      const length = Math.min(chunk, n - i * chunk);
      const half = Math.floor(length / 2);
      await native.putRows(engine.handle, 1, shift + i * chunk, rows[i], 0, half);
      await native.putRows(engine.handle, 1, shift + i * chunk + half, rows[i], half, length - half);
    }
    await native.fork(engine.handle, 1, 2);
    const rest = tokens.slice(n);
    const streamed = await engine.score(rest, { from: n });
    const put = await engine.score(rest, { from: n + shift, sequence: 1 });
    const forked = await engine.score(rest, { from: n + shift, sequence: 2 });
    return {
      difference: largestDifference(streamed, put),
      forked: largestDifference(put, forked),
      loss: -mean(streamed),
      lossWithRows: -mean(put),
      stats: [0, 1].map((sequence) => engine.stats(sequence)),
      bytes: rows[0].length,
    };
  },

  /** Rows put behind `tokens` and taken away again leave no trace. */
  async rowsDropped({ open, model, native, options }) {
    const engine = await open(options.cache, { sequences: 2 });
    const tokens = sourceTokens(model, options.tokens + 128);
    const [read, rest] = [tokens.slice(0, options.tokens), tokens.slice(options.tokens)];
    for (const sequence of [0, 1]) await engine.score(read, { sequence, silent: true });
    const rows = await native.takeRows(engine.handle, 0, options.tokens - 64, 64, 'q8_0');
    await native.putRows(engine.handle, 1, options.tokens, rows, 0, 64);
    const held = engine.stats(1).tokens;
    engine.ctx.removeTokenCellsFromSequence(1, options.tokens, -1);
    const scores = [];
    for (const sequence of [0, 1]) scores.push(await engine.score(rest, { sequence, from: options.tokens }));
    return { held, difference: largestDifference(scores[0], scores[1]) };
  },

  /** What is said of rows that cannot be taken or put, and how the sequence goes on after each of them. */
  async badRows({ open, model, native, options }) {
    const engine = await open(options.cache, { sequences: 3 });
    const tokens = sourceTokens(model, 1200);
    const refused = async (promise) => promise.then(() => 'nothing').catch((error) => error.message);
    const early = await refused(native.putRows(engine.handle, 1, 0, new Uint8Array(64), 0, 64));
    await engine.score(tokens.slice(0, 128), { silent: true });
    const rows = await native.takeRows(engine.handle, 0, 64, 64, 'q4_0');
    await engine.score(tokens.slice(128, 1000), { from: 128, silent: true });
    await native.fork(engine.handle, 0, 1);
    const changed = (change) => {
      const copy = rows.slice();
      change(copy, new DataView(copy.buffer));
      return native.putRows(engine.handle, 1, 1000, copy, 0, 64);
    };
    const said = {
      early,
      evicted: await refused(native.takeRows(engine.handle, 0, 64, 64, 'f16')),
      notRead: await refused(native.takeRows(engine.handle, 0, 990, 20, 'f16')),
      type: await refused((async () => native.takeRows(engine.handle, 0, 990, 4, 'q2_K'))()),
      sequence: await refused(native.takeRows(engine.handle, 9, 990, 4, 'f16')),
      empty: await refused(native.putRows(engine.handle, 1, 1000, new Uint8Array(), 0, 64)),
      cut: await refused(native.putRows(engine.handle, 1, 1000, rows.slice(0, -100), 0, 64)),
      bit: await refused(changed((copy) => (copy[copy.length >> 1] ^= 1))),
      version: await refused(changed((_, view) => view.setUint32(4, 99, true))),
      tokens: await refused(changed((_, view) => view.setUint32(16, 1e9, true))),
      range: await refused(native.putRows(engine.handle, 1, 1000, rows, 60, 5)),
      before: await refused(native.putRows(engine.handle, 1, 10, rows, 0, 64)),
    };
    const scores = [];
    for (const sequence of [0, 1]) scores.push(await engine.score(tokens.slice(1000), { sequence, from: 1000 }));
    return { said, difference: largestDifference(scores[0], scores[1]) };
  },

  /** A fork continues as its origin does, and neither disturbs the other. */
  async fork({ open, model, native, options }) {
    const engine = await open(options.cache, { sequences: 3 });
    const { at = 1200 } = options;
    const tokens = sourceTokens(model, at * 1.25);
    const prefix = tokens.slice(0, at);
    const rest = tokens.slice(at);
    await engine.score(prefix, { silent: true });
    await native.fork(engine.handle, 0, 2);
    const noise = await engine.score(rest.toReversed(), { from: at, sequence: 2 });
    await native.fork(engine.handle, 0, 1);
    const forked = await engine.score(rest, { from: at, sequence: 1 });
    const origin = await engine.score(rest, { from: at, sequence: 0 });
    await engine.ctx.copySequenceStateFromOtherSequence(2, 0); // node-llama-cpp's own way to fork
    return {
      difference: largestDifference(forked, origin),
      noise: mean(noise),
      own: mean(origin),
      stats: [0, 1, 2].map((s) => engine.stats(s)),
    };
  },

  /** Saved to llama.cpp's own state file, restored into another context, continued; and offered to a context that differs. */
  async state({ open, model, options }) {
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-state-'));
    try {
      const file = join(folder, 'state');
      const { at = 1200, chunk } = options;
      const tokens = sourceTokens(model, Math.ceil(at * 1.25));
      const rest = tokens.slice(at);
      const first = await open(options.cache);
      await first.score(tokens.slice(0, at), { chunk });
      await first.ctx.saveSequenceStateToFile(file, 0, Uint32Array.from(tokens.slice(0, at)));
      const expected = await first.score(rest, { from: at, chunk });
      const second = await open(options.cache);
      await second.ctx.loadSequenceStateFromFile(file, 0, 1 << 20);
      const restored = await second.score(rest, { from: at, chunk });
      const other = await open(options.other);
      const refused = await other.ctx.loadSequenceStateFromFile(file, 0, 1 << 20).then(
        () => 'accepted',
        () => 'refused',
      );
      const still = await other.score(tokens.slice(0, at / 6), { chunk });
      return { difference: largestDifference(expected, restored), refused, still: mean(still) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  /** What was appended since the last compaction can be taken back exactly. */
  async trim({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, 1500);
    await engine.score(tokens.slice(0, 1400));
    const exact = native.exactTailStart(engine.handle, 0);
    await engine.score(tokens.slice(0, 60), { from: 1400 });
    const moved = native.exactTailStart(engine.handle, 0);
    engine.ctx.removeTokenCellsFromSequence(0, 1400, -1);
    const after = engine.stats();
    const again = await engine.score(tokens.slice(1400), { from: 1400 });
    const plain = await open(options.cache);
    await plain.score(tokens.slice(0, 1400));
    const expected = await plain.score(tokens.slice(1400), { from: 1400 });
    return { exact, moved, tokens: after.tokens, difference: largestDifference(again, expected) };
  },

  /** A tail of any length taken back and read again, against a cache that never read it; and where that is exact. */
  async rewind({ open, model, native, options }) {
    const tokens = sourceTokens(model, options.tokens);
    const engine = await open(options.cache);
    await engine.score(tokens);
    const exact = native.exactTailStart(engine.handle, 0);
    const to = exact + options.beyond;
    engine.ctx.removeTokenCellsFromSequence(0, to, -1);
    const again = await engine.score(tokens.slice(to), { from: to });
    const plain = await open(options.cache);
    await plain.score(tokens.slice(0, to));
    const expected = await plain.score(tokens.slice(to), { from: to });
    return { exact, difference: largestDifference(again, expected) };
  },

  /** Hints given for what is still to be read belong to one sequence, and to the tail that they were given for. */
  async hints({ open, model, native, options }) {
    const tokens = sourceTokens(model, 1200);
    const weights = Float32Array.from(tokens.slice(600), (_, i) => (i % 7 === 0 ? 1000 : 0.001));
    const read = async (hint) => {
      const engine = await open(options.cache, { sequences: 2 });
      await engine.score(tokens.slice(0, 600), { silent: true });
      const sequence = await hint(engine);
      return engine.score(tokens.slice(600), { from: 600, sequence });
    };
    const plain = await read(() => 0);
    const hinted = await read(({ handle }) => {
      native.hint(handle, 0, 600, weights);
      return 0;
    });
    const forked = await read(async ({ handle }) => {
      native.hint(handle, 0, 600, weights);
      await native.fork(handle, 0, 1);
      return 1;
    });
    const takenBack = await read(({ handle, ctx }) => {
      native.hint(handle, 0, 600, weights);
      ctx.removeTokenCellsFromSequence(0, 600, -1);
      return 0;
    });
    return {
      hinted: largestDifference(hinted, plain),
      forked: largestDifference(forked, plain),
      takenBack: largestDifference(takenBack, plain),
    };
  },

  /** A short tail read and taken back before every chunk: how much of what is held is held without that, too. */
  async trimmedAttention({ open, model, native, options }) {
    const tokens = sourceTokens(model, 1500);
    const read = async (trims) => {
      const engine = await open(options.cache);
      for (let at = 0; at < 1400; at += 100) {
        await engine.score(tokens.slice(at, at + 100), { from: at, silent: true });
        if (!trims) continue;
        await engine.score(tokens.slice(at + 100, at + 108), { from: at + 100, silent: true, chunk: 8 });
        engine.ctx.removeTokenCellsFromSequence(0, at + 100, -1);
      }
      return native.held(
        engine.handle,
        0,
        Int32Array.from({ length: 1400 }, (_, i) => i),
      );
    };
    const [plain, trimmed] = [await read(false), await read(true)];
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    return { common: sum(plain.map((held, i) => Math.min(held, trimmed[i]))) / sum(plain) };
  },

  /** Positions moved below 0 are removed, and the rest goes on as if they had never been moved. */
  async shiftBelowZero({ open, model, options }) {
    const tokens = sourceTokens(model, 1000);
    const engine = await open(options.cache);
    await engine.score(tokens.slice(0, 800), { silent: true });
    engine.ctx.shiftSequenceTokenCells(0, 0, -1, -100);
    const shifted = engine.stats();
    const rest = await engine.score(tokens.slice(800), { from: 700 });
    const plain = await open(options.cache);
    await plain.score(tokens.slice(0, 800), { silent: true });
    plain.ctx.removeTokenCellsFromSequence(0, 0, 100);
    plain.ctx.shiftSequenceTokenCells(0, 100, -1, -100);
    const expected = await plain.score(tokens.slice(800), { from: 700 });
    return { tokens: shifted.tokens, kept: shifted.layers.map(({ kept }) => kept), difference: largestDifference(rest, expected) };
  },

  /** A decode cut short in the middle leaves the cache as it was before. */
  async abort({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, 1500);
    await engine.score(tokens.slice(0, 1200));
    native.abort(engine.handle, true);
    const aborted = await engine.score(tokens.slice(1200, 1328), { from: 1200 }).then(
      () => 'finished',
      () => 'aborted',
    );
    native.abort(engine.handle, false);
    const after = engine.stats();
    const again = await engine.score(tokens.slice(1200), { from: 1200 });
    const plain = await open(options.cache);
    await plain.score(tokens.slice(0, 1200));
    const expected = await plain.score(tokens.slice(1200), { from: 1200 });
    return { aborted, tokens: after.tokens, difference: largestDifference(again, expected) };
  },

  /** What removing the last hundred tokens answers, and what removing everything leaves to read again. */
  async remove({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, 600);
    const first = await engine.score(tokens);
    const exact = native.exactTailStart(engine.handle, 0);
    const removed = engine.ctx.removeTokenCellsFromSequence(0, 500, -1);
    const after = engine.stats();
    const cleared = engine.ctx.removeTokenCellsFromSequence(0, 0, -1);
    const second = await engine.score(tokens);
    return { exact, removed, tokens: after.tokens, cleared, difference: largestDifference(first, second) };
  },

  /** A stop while a single token is computed. */
  async stopSingle({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, 300);
    await engine.score(tokens.slice(0, 200));
    native.abort(engine.handle, true);
    await engine.score(tokens.slice(200, 202), { from: 200, chunk: 1 });
    native.abort(engine.handle, false);
    const rest = await engine.score(tokens.slice(202), { from: 202 });
    const plain = await open(options.cache);
    await plain.score(tokens.slice(0, 200));
    await plain.score(tokens.slice(200, 202), { from: 200, chunk: 1 });
    return { difference: largestDifference(rest, await plain.score(tokens.slice(202), { from: 202 })) };
  },

  /** A cache that never evicts refuses what does not fit, and goes on with what does. */
  async overflow({ open, model, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, 1000);
    await engine.score(tokens.slice(0, 384));
    const refused = await engine.score(tokens.slice(384, 700), { from: 384 }).then(
      () => 'accepted',
      () => 'refused',
    );
    const at = engine.stats().tokens;
    engine.ctx.removeTokenCellsFromSequence(0, 384, -1);
    const after = await engine.score(tokens.slice(384, 484), { from: 384 });
    return { refused, at, mean: mean(after), stats: engine.stats() };
  },

  /** The tokens every layer holds after a stream given in chunks of one size. */
  async held({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, options.tokens);
    for (const chunk of options.chunks) {
      const part = tokens.splice(0, chunk.tokens);
      await engine.score(part, { from: options.tokens - tokens.length - part.length, chunk: chunk.size });
    }
    const starts = Int32Array.from({ length: options.tokens }, (_, i) => i);
    return { held: Array.from(native.held(engine.handle, 0, starts)), stats: engine.stats() };
  },

  /** A context that cannot have a bounded cache says why and runs llama.cpp's own. */
  async decline({ open, model, options }) {
    const engine = await open(options.cache, { contextSize: 1024, keyType: options.keyType });
    const { notice } = engine;
    const logProbabilities = await engine.score(sourceTokens(model, 400));
    return { handle: engine.handle, notice, mean: mean(logProbabilities) };
  },

  /** Nonsense is refused with a sentence and the process lives. */
  async nonsense({ open, native }) {
    const good = { policy: 'tree', positions: 'auto', budgets: [512], staging: 128, sinks: 4, recentShare: 0.5 };
    const attempt = (f) => {
      try {
        f();
        return 'accepted';
      } catch (error) {
        return `${error.constructor.name}: ${error.message}`;
      }
    };
    const messages = [
      { ...good, policy: 'best' },
      { ...good, budgets: [] },
      { ...good, budgets: [100] },
      { ...good, budgets: [-4] },
      { ...good, budgets: ['many'] },
      { ...good, budgets: 512 },
      { ...good, staging: 100 },
      { ...good, sinks: 1000 },
      { ...good, recentShare: 7 },
      { ...good, policy: 4 },
      'tree',
    ].map((options) => attempt(() => native.check(options)));
    const engine = await open(good);
    const calls = [
      () => native.stats(999, 0),
      () => native.stats(engine.handle, 7),
      () => native.stats(engine.handle, 1), // the context has one sequence
      () => native.stats(engine.handle - 1, 0), // and one handle
      () => native.stats(),
      () => native.held(engine.handle, 0, [0, 1]),
      () => native.held(engine.handle, 0, Int32Array.from([5, 3])),
      () => native.held(engine.handle, 0, new Int32Array(0)),
      () => native.fork(engine.handle, 0, 5),
      () => native.abort(999, true),
    ].map(attempt);
    const wrongCount = await open({ ...good, budgets: [512, 512, 512] }).then(
      () => 'accepted',
      () => 'refused',
    );
    return { messages, calls, wrongCount };
  },
};
