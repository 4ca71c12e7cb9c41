/** The thread that analyses: what it answers, what it survives, and what is said when the installation is broken. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCodeAnalyser } from '../../../../src/repo';
import { grammarsFolder } from '../../../../src/sidecar/bundleRoot';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bonsai-grammars-'))));
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

describe('as it is built', () => {
  it('analyses files that ask at the same time, each for itself', async () => {
    const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
    const files = ['a.ts', 'b.py', 'c.go', 'd.ts'];
    const codes = await Promise.all(
      files.map((path, index) => analyser.analyse(path, index === 2 ? 'package c\nvar c = 1\n' : `${path[0]} = ${index}\n`)),
    );
    expect(codes.map((code) => code?.language)).toEqual(['TypeScript', 'Python', 'Go', 'TypeScript']);
    expect(codes[1]?.definitions).toMatchObject([{ name: 'b', value: '1' }]);
  });

  it('has nothing to say of languages that it does not know', async () => {
    const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
    for (const path of ['README.md', 'data.json', 'Makefile', 'noextension', '.ts/x', 'a.TXT'])
      expect(await analyser.analyse(path, 'const a = 1;')).toBeUndefined();
    expect(await analyser.analyse('SHOUT.PY', 'a = 1')).toMatchObject({ language: 'Python' });
  });

  it('gives up a text that takes its parser too long, and goes on', async () => {
    const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
    const [deep, next] = await Promise.all([analyser.analyse('deep.ts', '('.repeat(100_000)), analyser.analyse('next.ts', 'const a = 1;')]);
    expect(deep).toBeUndefined();
    expect(next?.definitions).toMatchObject([{ name: 'a' }]);
  });

  it('names a grammar that is missing', async () => {
    for (const file of ['worker.cjs', 'tree-sitter.wasm']) cpSync(join(grammarsFolder, file), join(folder, file));
    const analyser = await createCodeAnalyser({ grammars: folder });
    await expect(analyser.analyse('a.go', 'package a')).rejects.toThrow(/code analyser does not work.*tree-sitter-go\.wasm/s);
  });
});

describe('a thread', () => {
  const misbehaving = (script: string) => {
    writeFileSync(join(folder, 'worker.cjs'), `const { parentPort, threadId } = require('node:worker_threads');\n${script}`);
    return createCodeAnalyser({ grammars: folder });
  };
  const answer = (spent: boolean) => `parentPort.postMessage({ spent: ${spent}, code: { language: String(threadId) } })`;

  it('that is missing is named before anything is analysed', async () => {
    await expect(createCodeAnalyser({ grammars: folder })).rejects.toThrow(join(folder, 'worker.cjs'));
  });

  it('that dies of a file is replaced', async () => {
    const analyser = await misbehaving(`parentPort.on('message', ({ text }) => (text === 'die' ? process.exit() : ${answer(false)}));`);
    expect(await analyser.analyse('a.ts', 'die')).toBeUndefined();
    expect(await analyser.analyse('b.ts', 'live')).toBeDefined();
  });

  it('that dies between two files is replaced', async () => {
    const analyser = await misbehaving(`parentPort.on('message', () => { ${answer(false)}; setImmediate(() => process.exit()); });`);
    const first = await analyser.analyse('a.ts', '');
    await vi.waitFor(async () => expect((await analyser.analyse('b.ts', ''))?.language).not.toBe(first?.language));
  });

  it('serves until it says that it is spent', async () => {
    const analyser = await misbehaving(
      `let n = 0; parentPort.on('message', () => { n++; n === 2 ? ${answer(true)} : ${answer(false)}; });`,
    );
    const threads: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) threads.push((await analyser.analyse('a.ts', ''))?.language);
    expect(threads[1]).toBe(threads[0]);
    expect(threads[2]).not.toBe(threads[1]);
    expect(threads[3]).toBe(threads[2]);
  });

  it('that runs out of memory has found a file no parser can take', async () => {
    const analyser = await misbehaving(
      `parentPort.on('message', () => { throw Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }); });`,
    );
    expect(await analyser.analyse('a.ts', '')).toBeUndefined();
  });

  it('that throws says why', async () => {
    const analyser = await misbehaving(`parentPort.on('message', () => { throw new Error('no such luck'); });`);
    await expect(analyser.analyse('a.ts', '')).rejects.toThrow('The code analyser does not work: no such luck');
  });

  it('that never answers is not waited for', async () => {
    vi.useFakeTimers();
    const analyser = await misbehaving(
      `parentPort.on('message', ({ text }) => { if (text === 'live') ${answer(false)}; else for (;;); });`,
    );
    const silent = analyser.analyse('a.ts', 'hang');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await silent).toBeUndefined();
    expect(await analyser.analyse('b.ts', 'live')).toBeDefined();
  });

  it('ends when nobody asked for a while', async () => {
    vi.useFakeTimers();
    const analyser = await misbehaving(`parentPort.on('message', () => ${answer(false)});`);
    const first = await analyser.analyse('a.ts', '');
    expect((await analyser.analyse('b.ts', ''))?.language).toBe(first?.language);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await analyser.analyse('c.ts', ''))?.language).not.toBe(first?.language);
  });
});
