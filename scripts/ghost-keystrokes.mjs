#!/usr/bin/env node
// What one key costs the engine: takes some characters of a file away, types them again one by one, and asks a real
// sidecar after each. Prints one JSON line: tokens and milliseconds of the first request, and means over the others.
// node scripts/ghost-keystrokes.mjs [file:line:column] [--characters 60] [--budget 2048] [--threads 1] [--read 8192] [--tokens 16] [--dist dist]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { root } from './lib/paths.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    characters: { type: 'string', default: '60' },
    budget: { type: 'string', default: '2048' },
    threads: { type: 'string', default: '1' },
    read: { type: 'string', default: '8192' },
    tokens: { type: 'string', default: '16' },
    dist: { type: 'string', default: join(root, 'dist') },
  },
});
const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(positionals[0] ?? 'src/sidecar/server.ts:105:1') ?? [];
const text = readFileSync(join(root, path), 'utf8');
const lines = text.split('\n').slice(0, Number(line) - 1);
const start = lines.reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
const count = Number(values.characters);

const dist = resolve(values.dist);
const cache = mkdtempSync(join(tmpdir(), 'bonsai-keystrokes-'));
const env = { ...process.env, XDG_CACHE_HOME: cache };
const child = fork(join(dist, 'sidecar.mjs'), [], { env, silent: true });
const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
connection.listen();
try {
  await connection.sendRequest('bonsai/loadModel', {
    cache: { budget: Number(values.budget) },
    threads: Number(values.threads),
    gpu: 'off',
    storage: { save: false },
  });
  const memory = await connection.sendRequest('bonsai/readRepository', { folders: [root], maxTokens: Number(values.read) });
  const given = [];
  for (let typed = 0; typed <= count; typed++)
    given.push(
      await connection.sendRequest('bonsai/complete', {
        path,
        languageId: 'typescript',
        prefix: text.slice(0, start + typed),
        suffix: text.slice(start + count),
        maxTokens: Number(values.tokens),
      }),
    );
  const numbers = ({ reusedTokens, readTokens, generatedTokens, milliseconds }) => [
    reusedTokens,
    readTokens,
    generatedTokens,
    milliseconds,
  ];
  const [first = [], ...others] = given.map(numbers);
  const mean = (index) => Number((others.reduce((sum, each) => sum + each[index], 0) / others.length).toFixed(1));
  const names = ['reused', 'read', 'generated', 'milliseconds'];
  const named = (of) => Object.fromEntries(names.map((name, index) => [name, of(index)]));
  const whole = others.filter(([, read]) => read > 200).length;
  console.log(
    JSON.stringify({ memory: memory.tokens, keys: others.length, first: named((i) => Math.round(first[i])), mean: named(mean), whole }),
  );
} finally {
  connection.dispose();
  child.kill('SIGKILL');
  await once(child, 'exit');
  rmSync(cache, { recursive: true, force: true });
}
