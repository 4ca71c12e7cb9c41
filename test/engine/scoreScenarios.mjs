// What the engine is put through for its scores, hints, measures, budgets and precisions; the judgement is in scores.test.ts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceTokens } from './sourceTokens.mjs';

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const largestDifference = (a, b) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));
const measured = (native, engine) => native.measures(engine.handle, 0).map((m) => ({ ...m, attention: Array.from(m.attention) }));

export const scoreScenarios = {
  /** The layers as measured on the first tokens, read in chunks of several sizes. */
  async measures({ open, model, native, options }) {
    const tokens = sourceTokens(model, options.tokens);
    const series = [];
    for (const chunk of options.chunks) {
      const engine = await open(options.cache);
      native.measure(engine.handle, true);
      await engine.score(tokens, { chunk });
      const layers = measured(native, engine);
      native.measure(engine.handle, false);
      const after = measured(native, engine);
      series.push({ layers, after });
      await engine.dispose();
    }
    return series;
  },

  /** The tokens every layer holds after a stream, of which some were hinted at before they came. */
  async hinted({ open, model, native, options }) {
    const engine = await open(options.cache);
    const tokens = sourceTokens(model, options.tokens);
    for (const { first, count, weight, pin } of options.hints)
      native.hint(engine.handle, 0, first, new Float32Array(count).fill(weight), new Uint8Array(count).fill(pin ? 1 : 0));
    await engine.score(tokens);
    const starts = Int32Array.from({ length: options.tokens }, (_, i) => i);
    return { held: Array.from(native.held(engine.handle, 0, starts)), stats: engine.stats() };
  },

  /** New budgets in the middle of a stream: what is held before and after, and how the stream goes on. */
  async rebudget({ open, model, native, options }) {
    const tokens = sourceTokens(model, options.tokens);
    const engine = await open(options.cache, { sequences: 2 });
    await engine.score(tokens.slice(0, options.at));
    await native.fork(engine.handle, 0, 1);
    const before = engine.stats();
    native.rebudget(engine.handle, options.budgets);
    const after = engine.stats();
    const rest = tokens.slice(options.at);
    const scores = await engine.score(rest, { from: options.at });
    const fork = await engine.score(rest, { from: options.at, sequence: 1 });
    const end = engine.stats();
    const refused = [[10], [512, 512], Array(8).fill(1e9)].map((budgets) => {
      try {
        native.rebudget(engine.handle, budgets);
        return 'accepted';
      } catch (error) {
        return String(error.message);
      }
    });
    const starts = Int32Array.from({ length: options.tokens }, (_, i) => i);
    return {
      before,
      after,
      end,
      scores,
      fork: largestDifference(scores, fork),
      refused,
      held: Array.from(native.held(engine.handle, 0, starts)),
    };
  },

  /**
   * The same budgets for other layers again and again, in the middle of a stream and before a new one, so that as many masks
   * as before are shared ever differently, and smaller ones follow: each compared with a context that never had others.
   */
  async rebudgets({ open, model, native, options }) {
    const { cache, times, step, seed } = options;
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-rebudgets-'));
    try {
      const file = join(folder, 'state');
      const random = generator(seed);
      const tokens = sourceTokens(model, 3 * step);
      const engine = await open(cache);
      const series = [];
      for (let i = 0; i < times; i++) {
        const from = (i % 3) * step;
        const budgets = shuffled(cache.budgets, random);
        native.rebudget(engine.handle, budgets);
        // after it: where a sequence begins to evict depends on the budgets it is cleared with
        if (from === 0) engine.ctx.removeTokenCellsFromSequence(0, 0, -1);
        const fresh = await open({ ...cache, budgets });
        if (from > 0) {
          await engine.ctx.saveSequenceStateToFile(file, 0, Uint32Array.from(tokens.slice(0, from)));
          await fresh.ctx.loadSequenceStateFromFile(file, 0, 1 << 20);
        }
        const part = tokens.slice(from, from + step);
        const [scores, expected] = [await engine.score(part, { from }), await fresh.score(part, { from })];
        await fresh.dispose();
        series.push({ budgets, scores, difference: largestDifference(scores, expected), stats: engine.stats() });
      }
      return series;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  /**
   * Peak weights of the tokens before `from`, as the rest gives them: cut in several ways, and the last query alone beside its
   * attention as a score gathers it; and what is refused.
   */
  async peaks({ open, model, native, options }) {
    const { cache, tokens: count, from, chunks } = options;
    const tokens = sourceTokens(model, count);
    const peaksOf = (engine) => native.peaks(engine.handle, 0, 0, from).map((layer) => Array.from(layer));
    const cut = [];
    for (const chunk of chunks) {
      const engine = await open(cache);
      await engine.score(tokens.slice(0, from), { silent: true });
      native.watchPeaks(engine.handle, 0, true);
      await engine.score(tokens.slice(from), { from, chunk, silent: true });
      cut.push(peaksOf(engine));
      await engine.dispose();
    }
    const engine = await open({ ...cache, gqa: 'max' });
    await engine.score(tokens.slice(0, -1), { silent: true });
    native.measure(engine.handle, true);
    native.watchPeaks(engine.handle, 0, true);
    await engine.score(tokens.slice(-1), { from: count - 1, silent: true });
    const all = native.peaks(engine.handle, 0, 0, count).map((layer) => Array.from(layer));
    const attention = native.measures(engine.handle, 0).map((layer) => Array.from(layer.attention));
    const refusals = {
      beyond: () => native.peaks(engine.handle, 0, 1, count),
      none: () => native.peaks(engine.handle, 0, 0, 0),
      sequence: () => native.watchPeaks(engine.handle, 9, true),
      handle: () => native.peaks(12345, 0, 0, 1),
      rebudgeted: () => {
        native.rebudget(engine.handle, cache.budgets.length === 1 ? [...cache.budgets] : cache.budgets);
        native.peaks(engine.handle, 0, 0, 1);
      },
      off: () => {
        native.watchPeaks(engine.handle, 0, true);
        native.watchPeaks(engine.handle, 0, false);
        native.peaks(engine.handle, 0, 0, 1);
      },
      evicted: async () => {
        native.watchPeaks(engine.handle, 0, true);
        await engine.score(sourceTokens(model, 2 * cache.budgets[0]), { from: count, silent: true });
        native.peaks(engine.handle, 0, 0, 1);
      },
    };
    const refused = {};
    for (const [name, ask] of Object.entries(refusals)) {
      try {
        await ask();
        refused[name] = '';
      } catch (error) {
        refused[name] = `${error.name}: ${error.message}`;
      }
    }
    return { cut, all, attention, refused };
  },

  /** ln p of every token with keys and values of some precision. */
  async precision({ open, model, options }) {
    const types = { keyType: options.keyType, valueType: options.valueType };
    const engine = await open(options.cache, { contextSize: options.contextSize ?? 1 << 20, ...types });
    const logProbabilities = await engine.score(sourceTokens(model, options.tokens));
    return { logProbabilities, stats: engine.handle ? engine.stats() : null };
  },

  /** Keys and values of one token read again and again, merged and not, compared by layer; out of the saved states. */
  async repeated({ open, model, options }) {
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-rows-'));
    try {
      const tokens = Array(options.times).fill(sourceTokens(model, 1)[0]);
      const rows = [];
      for (const merge of [false, true]) {
        const engine = await open({ ...options.cache, merge }, { keyType: options.type, valueType: options.type });
        await engine.score(tokens, { silent: true, chunk: 64 });
        const file = join(folder, 'state');
        await engine.ctx.saveSequenceStateToFile(file, 0, Uint32Array.from(tokens));
        const { layers, kvBytesPerToken } = engine.stats();
        // the last word of a state is its checksum, and before it stand the rows, layer by layer
        const state = readFileSync(file).subarray(0, -8);
        const size = layers[0].kept * kvBytesPerToken;
        const perLayer = size / layers.length;
        rows.push(layers.map((_, i) => numbers[options.type](state.subarray(state.length - size + i * perLayer).subarray(0, perLayer))));
      }
      return rows[0].map((layer, i) => {
        const difference = layer.reduce((most, x, j) => Math.max(most, Math.abs(x - rows[1][i][j])), 0);
        return { largest: layer.reduce((most, x) => Math.max(most, Math.abs(x)), 0), difference, same: difference === 0 };
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  /** Loss of one stream of `tokens` tokens on its last `last` ones, after however many evictions that takes. */
  async drift({ open, model, options }) {
    const engine = await open(options.cache, { keyType: options.keyType, valueType: options.valueType });
    const tokens = sourceTokens(model, options.tokens);
    const from = options.tokens - options.last;
    await engine.score(tokens.slice(0, from), { silent: true });
    return { nll: -mean(await engine.score(tokens.slice(from), { from })), stats: engine.stats() };
  },

  /** A saved state with bytes changed, cut off or swapped: every one is refused or restores exactly; the process lives. */
  async damagedStates({ open, model, options }) {
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-fuzz-'));
    try {
      const file = join(folder, 'state');
      const tokens = sourceTokens(model, 600);
      const first = await open(options.cache);
      await first.score(tokens.slice(0, 500));
      await first.ctx.saveSequenceStateToFile(file, 0, Uint32Array.from(tokens.slice(0, 500)));
      const expected = await first.score(tokens.slice(500), { from: 500 });
      const good = readFileSync(file);
      const engine = await open(options.cache);
      const random = generator(options.seed);
      const outcomes = { refused: 0, accepted: 0, different: 0 };
      for (let i = 0; i < options.cases; i++) {
        const bad = damage(good, random);
        writeFileSync(file, bad);
        const outcome = await engine.ctx.loadSequenceStateFromFile(file, 0, 1 << 20).then(
          () => 'accepted',
          () => 'refused',
        );
        outcomes[outcome]++;
        // what is accepted must be as good as what was saved
        if (outcome === 'accepted') {
          const scores = await engine.score(tokens.slice(500), { from: 500 });
          if (!(largestDifference(scores, expected) < 1e-6)) outcomes.different++;
        }
        engine.ctx.removeTokenCellsFromSequence(0, 0, -1);
      }
      writeFileSync(file, good);
      await engine.ctx.loadSequenceStateFromFile(file, 0, 1 << 20);
      const restored = await engine.score(tokens.slice(500), { from: 500 });
      return { ...outcomes, restored: largestDifference(restored, expected), bytes: good.length };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  /** Configurations at random, most of them nonsense: each is refused with a sentence or makes a working cache. */
  async randomConfigurations({ open, model, native, options }) {
    const random = generator(options.seed);
    const tokens = sourceTokens(model, 400);
    const counts = { refused: 0, accepted: 0, opened: 0, silent: 0, insane: 0 };
    for (let i = 0; i < options.cases; i++) {
      const cache = randomConfiguration(random, native);
      try {
        native.check(cache);
        counts.accepted++;
      } catch (error) {
        counts.refused++;
        if (!(error instanceof Error) || error.message.length < 8) counts.silent++;
        continue;
      }
      if (counts.accepted % options.openEvery !== 0) continue;
      const engine = await open(cache).catch(() => undefined);
      if (!engine) continue;
      counts.opened++;
      // a cache that never evicts may be too small: that is an answer, too
      const scores = await engine.score(tokens).catch(() => [-1]);
      if (!scores.every((s) => Number.isFinite(s) && s <= 0)) counts.insane++;
      await engine.dispose();
    }
    return counts;
  },
};

/** f16 as a number; not for infinities. */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** The numbers in the bytes of rows, as ggml packs them. */
const numbers = {
  F32: (bytes) => Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
  F16: (bytes) => Array.from({ length: bytes.length / 2 }, (_, i) => half(bytes.readUInt16LE(2 * i))),
  Q8_0: (bytes) =>
    Array.from({ length: (bytes.length / 34) * 32 }, (_, i) => {
      const block = Math.floor(i / 32) * 34;
      return half(bytes.readUInt16LE(block)) * bytes.readInt8(block + 2 + (i % 32));
    }),
};

/** Deterministic numbers in [0, 1). */
function generator(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Fisher and Yates. */
function shuffled(list, random) {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function damage(good, random) {
  const at = () => Math.floor(random() * good.length);
  const kind = Math.floor(random() * 5);
  if (kind === 0) return good.subarray(0, at());
  if (kind === 1) return Buffer.concat([good, Buffer.from([1, 2, 3])]);
  const bad = Buffer.from(good);
  if (kind === 2) for (let n = 1 + Math.floor(random() * 4); n > 0; n--) bad[at()] ^= 1 << Math.floor(random() * 8);
  // the beginning holds the numbers by which everything else is found
  if (kind === 3) bad[Math.floor(random() * Math.min(6000, good.length))] = Math.floor(random() * 256);
  if (kind === 4) bad.fill(Math.floor(random() * 256), at(), at());
  return bad;
}

function randomConfiguration(random, native) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const odd = [-1, 0, 1.5, NaN, Infinity, 1e20, '512', null, undefined, {}, [], true, 2 ** 31, 2 ** 32];
  const sane = {
    policy: () => pick(native.policies()),
    positions: () => pick(['auto', 'original', 'rank']),
    budgets: () => pick([[160], [256], [512], [160, 192, 224, 256, 288, 320, 352, 384]]),
    staging: () => pick([32, 64, 96, 128]),
    sinks: () => pick([0, 1, 4, 16]),
    recentShare: () => pick([0, 0.1, 0.5, 1]),
    block: () => pick([1, 2, 8, 32]),
    outlierShare: () => pick([0, 0.5, 1]),
    score: () => pick(['none', 'attention', 'keydiff', 'knorm']),
    gqa: () => pick(['mean', 'max']),
    samples: () => pick([1, 8, 64]),
    minSeen: () => pick([0, 1, 5]),
    merge: () => pick([true, false]),
  };
  const cache = {};
  for (const [key, value] of Object.entries(sane)) cache[key] = value();
  const wrong = random() < 0.7 ? 1 + Math.floor(random() * 3) : 0;
  for (let i = 0; i < wrong; i++) {
    const key = pick(Object.keys(sane));
    const value = key === 'budgets' && random() < 0.5 ? [pick(odd)] : pick(odd);
    const get = () => {
      throw new Error('a getter that throws');
    };
    Object.defineProperty(cache, key, random() < 0.1 ? { get, configurable: true } : { value, configurable: true, writable: true });
  }
  return random() < 0.02 ? pick(odd.filter((x) => x !== null && x !== undefined)) : cache;
}
