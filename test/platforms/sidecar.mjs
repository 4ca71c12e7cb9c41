// Forks the package's sidecar as the editor does and completes a line. `node sidecar.mjs <extension folder> <result file>`.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [home, result] = process.argv.slice(2);
const child = fork(join(home, 'dist/sidecar.mjs'), ['--engine', 'bonsai'], {
  execArgv: [],
  env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
});
const waiting = new Map();
let id = 0;
child.on('message', (message) => {
  if (message.method || !waiting.has(message.id)) return;
  const { done, failed } = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.error) failed(new Error(message.error.message));
  else done(message.result);
});
const ask = (method, params) =>
  new Promise((done, failed) => {
    waiting.set(++id, { done, failed });
    child.send({ jsonrpc: '2.0', id, method: `bonsai/${method}`, ...(params ? { params } : {}) });
  });
const ended = new Promise((done) => child.on('exit', (code) => done({ code })));

const [protocolVersion] = process.argv.slice(4).map(Number);
const hello = await ask('initialize', { protocolVersion, client: 'platforms' });
const model = await ask('loadModel', { gpu: 'off', threads: 1, cache: { budget: 512 }, storage: { save: false } });
const place = { path: 'add.ts', languageId: 'typescript', maxTokens: 8 };
const completion = await ask('complete', { prefix: 'export function add(a: number, b: number) {\n  return ', suffix: '\n}\n', ...place });
await ask('shutdown');
writeFileSync(result, JSON.stringify({ hello, model, completion, exit: await ended }));
