// Speaks the sidecar's protocol without an engine, so that the client is tested against a real child process.
// What it does is written in the question, the model path or the repository's name, because that is all a client can
// send; FAKE_TOKENS, FAKE_CHUNK_MS, FAKE_RATE (0: not measured), FAKE_FITS and FAKE_PROTOCOL make it larger, slower or less able.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { env } = process;
const running = new Map();
const send = (message) => process.send?.({ jsonrpc: '2.0', ...message });
const progress = (token, value) => send({ method: '$/progress', params: { token, value } });
const fail = (id, code, message) => send({ id, error: { code: -32000, message, data: { code } } });
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const total = Number(env.FAKE_TOKENS ?? 1000);
const chunkMs = Number(env.FAKE_CHUNK_MS ?? 1);
const rate = Number(env.FAKE_RATE ?? 5000) || null;
const chunks = 50;
const kept = () => Math.round((512 * read) / total);
const layers = () => Array.from({ length: 8 }, (_, layer) => ({ layer, budget: 512, kept: kept() }));
const skipped = [
  { path: 'package-lock.json', reason: 'a lock file' },
  { path: 'media/icon.png', reason: 'binary' },
  { path: 'media/shot.png', reason: 'binary' },
  { path: 'data/big.sql', reason: 'larger than 1 MB (48 MB)' },
];
const lastFiles = [
  { path: 'src/sidecar/server.ts', why: '31 files depend on it; changed 2 days ago' },
  { path: 'src/protocol/schemas.ts', why: '64 files depend on it; changed today' },
];
const changed = new Set();
let folders = [];
let model;
let storage;
let repository;
let read = 0;
let state = 'ready';
let fidelity;
let savedAt;

const kvBytes = () => kept() * 2048;
function status(now = state) {
  state = now;
  const memory = {
    ...{ paused: read < total && state !== 'reading', behind: changed.size, journalFiles: 0, journalTokens: 0 },
    ...{ savedAt, fidelity },
  };
  const tokens = { complete: read >= total, tokensRead: read, tokensTotal: total, tokensKept: kept() };
  send({
    method: 'bonsai/status',
    params: {
      ...{ state, kvBytes: kvBytes(), kvBytesFull: read * 2048, model },
      ...(repository ? { repository: { name: repository, ...tokens, files: 12, skipped: skipped.length, memory } } : {}),
    },
  });
}

const savedFile = () => join(storage.folder, 'fake.json');
function save() {
  if (!storage?.folder || storage.save === false) return;
  mkdirSync(storage.folder, { recursive: true });
  savedAt = Date.now();
  writeFileSync(savedFile(), JSON.stringify({ name: repository, tokens: read }));
}
function saved() {
  try {
    return JSON.parse(readFileSync(savedFile(), 'utf8'));
  } catch {
    return undefined;
  }
}

const answer = (stop, extra = {}) => ({
  ...{ text: 'one two', reusedTokens: read + 5, readTokens: 3, generatedTokens: 2, seconds: 0.1, stop, recalled: [], behind: [...changed] },
  ...extra,
});
const span = (path, startLine, endLine, why) => ({ path, startLine, endLine, tokens: 40, why });
const recalled = [
  span('src/protocol/launch.ts', 22, 24, 'defines planLaunch'),
  span('src/protocol/schemas.ts', 8, 8, 'mentions planLaunch'),
  span('src/protocol/memory.ts', 1, 9, 'mentions launch'),
  span('src/protocol/messages.ts', 11, 19, 'mentions engine'),
];

function ask(id, { question, progressToken }) {
  if (question === 'crash') {
    process.stderr.write('ggml: failed to allocate 9 GB\n', () => process.exit(7));
    return;
  }
  progress(progressToken, { text: 'one ' });
  if (question === 'endless') {
    running.set(id, () => send({ id, result: answer('cancelled') }));
    return;
  }
  progress(progressToken, { text: 'two' });
  const count = Number(/recall (\d)/.exec(question)?.[1] ?? 0);
  send({ id, result: answer('end', { recalled: recalled.slice(0, count) }) });
}

function plan(id, { name = 'acme' }) {
  if (name === 'unplannable') return fail(id, 'storage', 'The folder /x cannot be written. Free some space.');
  const tokensHeld = Math.max(read, saved()?.tokens ?? 0);
  const tokensToRead = total - tokensHeld;
  const fits = env.FAKE_FITS !== '0';
  send({
    id,
    result: {
      ...{ name, files: 12, tokens: total, tokensHeld, tokensToRead, skipped, lastFiles, modelBytes: 7_112_768, fits, tokensResident: 512 },
      ...{ kvBytes: 512 * 2048, kvBytesFull: total * 2048, kvBanks: 4, tokensPerSecond: rate, secondsToRead: rate && tokensToRead / rate },
      advice: fits ? [] : ['Set bonsai.cache.policy to "hybrid".'],
    },
  });
}

async function readRepository(id, { name = 'acme', again, progressToken, ...params }) {
  const began = Date.now();
  let stopped;
  running.set(id, () => (stopped = 'cancelled'));
  const tell = (phase) =>
    progress(progressToken, {
      phase,
      tokensRead: read,
      tokensTotal: total,
      tokensPerSecond: rate ?? 0,
      secondsLeft: rate && (total - read) / rate,
    });
  repository = name;
  folders = params.folders;
  if (again) read = 0;
  status('reading');
  tell('listing');
  let restoredTokens = read;
  const notes = [];
  if (!again && read === 0 && saved()) {
    tell('restoring');
    await wait(chunkMs);
    restoredTokens = read = saved().tokens;
    notes.push('The memory was saved by an older version.');
  }
  for (; read < total && !stopped; read = Math.min(total, read + Math.ceil(total / chunks))) {
    await wait(chunkMs);
    if (name === 'crash' && read > total / 2) process.exit(9);
    tell('reading');
    status();
  }
  changed.clear();
  save();
  status('ready');
  const sizes = { kvBytes: kvBytes(), kvBytesFull: read * 2048, layers: layers(), tokensPerSecond: rate ?? 0 };
  const seconds = (Date.now() - began) / 1000;
  const summary = { name, files: 12, skipped, tokens: read, ...sizes, seconds, restoredTokens, notes };
  send({ id, result: stopped ? { ...summary, stopped } : summary });
}

async function measure(id, { progressToken }) {
  let stopped = false;
  running.set(id, () => (stopped = true));
  for (let done = 1; done <= 40; done++) {
    await wait(chunkMs);
    if (stopped) return fail(id, 'bad-request', 'Stopped.');
    progress(progressToken, { done, total: 40 });
  }
  fidelity = {
    ...{ needles: 40, memory: { exact: 12, nats: 2.1 }, rows: { needles: 39, exact: 36, nats: 0.4 }, recalled: { exact: 38, nats: 0.2 } },
    ...{ found: 0.95, measuredAt: Date.now() },
  };
  status();
  send({ id, result: fidelity });
}

const methods = {
  'bonsai/initialize': (id) =>
    send({
      id,
      result: { protocolVersion: Number(env.FAKE_PROTOCOL ?? 1), version: '0', pid: process.pid, engine: 'stock' },
    }),
  'bonsai/loadModel': (id, params) => {
    const { modelPath } = params;
    if (modelPath === '/missing.gguf') setTimeout(() => status('ready'), 50);
    if (modelPath === '/missing.gguf') return fail(id, 'model-missing', 'There is no file /missing.gguf. Choose another.');
    if (modelPath === '/crash.gguf') process.exit(3);
    storage = params.storage;
    model = {
      ...{ name: modelPath ?? 'demo', path: modelPath ?? '/demo', bytes: 7_112_768, demo: !modelPath, architecture: 'llama', layers: 4 },
      ...{ kvHeads: 2, trainedWindow: 2048, fim: false, chat: true, policy: 'hybrid', positions: 'auto', engine: 'bonsai', device: 'CPU' },
    };
    read = 0;
    repository = undefined;
    status('ready');
    send({ id, result: model });
  },
  'bonsai/planRepository': plan,
  'bonsai/openRepository': (id, { name }) => {
    if (name === 'saved') [repository, read] = [name, total];
    send({ id, result: { restoredTokens: read, tokensToRead: 0, notes: [] } });
  },
  'bonsai/readRepository': readRepository,
  'bonsai/ask': ask,
  'bonsai/cacheMap': (id) =>
    send({
      id,
      result: {
        ...{
          tokens: read,
          policy: 'hybrid',
          allocator: 'uniform',
          positions: 'auto',
          ranked: false,
          kvBytes: kvBytes(),
          kvBytesFull: read * 2048,
          evicted: 0,
        },
        ...{ starts: [0, read / 2], layers: layers().map((layer) => ({ ...layer, held: [0.2, 0.9] })) },
        files: ['README.md', 'src/old.ts', 'src/protocol/launch.ts', 'src/old.ts'].map((path, index) => ({
          ...{ path, start: (index * read) / 4, end: ((index + 1) * read) / 4, replaced: index === 1, held: 0.5 },
        })),
        dropped: [],
      },
    }),
  'bonsai/savedMemories': (id) => {
    const one = saved();
    const memories = one
      ? [{ id: 'fake', name: one.name, folders: ['/acme'], model: 'demo', tokens: one.tokens, bytes: 5_000_000, usedAt: savedAt ?? 0 }]
      : [];
    send({ id, result: { folder: storage?.folder ?? '', memories } });
  },
  'bonsai/deleteSaved': (id) => {
    const had = saved() !== undefined;
    rmSync(savedFile(), { force: true });
    send({ id, result: { memories: had ? 1 : 0, bytes: had ? 5_000_000 : 0 } });
  },
  'bonsai/measureFidelity': measure,
  'bonsai/filesChanged': (_, { paths }) => {
    // Only of what was read, and named as it was.
    for (const folder of folders)
      for (const path of paths) if (repository && path.startsWith(`${folder}/`)) changed.add(path.slice(folder.length + 1));
    send({ method: 'bonsai/log', params: { level: 'info', text: `changed: ${paths.join(' ')}` } });
    status();
  },
  'bonsai/doctor': (id) =>
    send({ id, result: { engine: 'stock', versions: {}, backends: [], devices: [], memory: {}, checks: [], recommended: [] } }),
  'bonsai/shutdown': (id) => {
    if (env.FAKE_STUBBORN) return;
    send({ id, result: null });
    setTimeout(() => process.exit(0), 20);
  },
  '$/cancelRequest': (_, { id }) => running.get(id)?.(),
};
process.on('message', ({ id, method, params }) => methods[method]?.(id, params ?? {}));
process.on('disconnect', () => process.exit(0));
