/** What is held out is nowhere to be read; typing asks and takes back as the extension does, and fails as a whole. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import { holdOut, withFolder } from '../../../../src/bench/completion/heldOut';
import type { Key } from '../../../../src/bench/completion/keystrokes';
import { replay } from '../../../../src/bench/completion/typing';
import type { CodeAnalyser, FileCode } from '../../../../src/repo';

describe('files that are held out', () => {
  const files = Array.from({ length: 12 }, (_, i) => {
    const lines = [`define${i}();`, 'lead1', 'lead2', 'lead3', 'lead4', `  lead1 = define${(i + 1) % 12}(lead2);`];
    return { path: `folder/${i}.ts`, text: lines.join('\n') };
  });
  const corpus = { name: 'small', folder: '/small', files: [...files, { path: 'notes.txt', text: 'no code' }] };
  /** Finds `define3` in the file 3. */
  const analyser: CodeAnalyser = {
    analyse: (path) => {
      const number = /(\d+)\.ts$/.exec(path)?.[1];
      if (number === undefined) return Promise.resolve(undefined);
      const definition = {
        name: `define${number}`,
        kind: 'function',
        within: [],
        startLine: 1,
        nameLine: 1,
        signatureEndLine: 1,
        endLine: 1,
      };
      return Promise.resolve({ language: 'typescript', definitions: [definition], references: [], imports: [], roles: [] } as FileCode);
    },
  };
  const options = { files: 3, lines: 20, seed: 1 };

  it('are a few, drawn from a seed; what is left is everything else', async () => {
    const { heldOut, files: left } = await holdOut(corpus, analyser, options);
    expect([heldOut.length, left.length]).toEqual([3, 10]);
    expect(left.map(({ path }) => path)).not.toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(heldOut.join('|')))]));
    expect((await holdOut(corpus, analyser, options)).heldOut).toEqual(heldOut);
    expect((await holdOut(corpus, analyser, { ...options, seed: 2 })).heldOut).not.toEqual(heldOut);
  });

  it('are at most a quarter of the files that have code', async () => {
    expect((await holdOut(corpus, analyser, { ...options, files: 100 })).heldOut).toHaveLength(3);
    const one = { ...corpus, files: files.slice(0, 2) };
    expect((await holdOut(one, analyser, { ...options, files: 100 })).heldOut).toHaveLength(1);
  });

  it('do not count as other files that define a name', async () => {
    const { heldOut, places } = await holdOut(corpus, analyser, options);
    const expected = heldOut.filter((path) => !heldOut.includes(`folder/${(Number(/\d+/.exec(path)![0]) + 1) % 12}.ts`));
    expect(places.map(({ path, kind }) => [path, kind])).toEqual(expected.map((path) => [path, 'cross-file']));
  });

  it('lie nowhere in the folder of the others, which is gone afterwards', async () => {
    const seen = await withFolder(files.slice(0, 2), (folder) => {
      expect(readdirSync(join(folder, 'folder')).sort()).toEqual(['0.ts', '1.ts']);
      expect(readFileSync(join(folder, 'folder/1.ts'), 'utf8')).toBe(files[1]!.text);
      return Promise.resolve(folder);
    });
    expect(existsSync(seen)).toBe(false);
    const failed = withFolder(files, (folder) => Promise.reject(new Error(folder)));
    const folder = await failed.catch((error: unknown) => (error as Error).message);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('typing against the sidecar', () => {
  const keys = ['a', 'ab', 'abc'].map((prefix): Key => ({ params: { path: 'a.ts', prefix, suffix: '' }, pause: 5 }));
  const completion = { text: 'x', reusedTokens: 3, readTokens: 2, generatedTokens: 1, milliseconds: 4 };
  const none = new AbortController().signal;

  /** @param answers what comes for a prefix; absent: nothing, until it is stopped */
  const connection = (answers: Record<string, (() => Promise<unknown>) | undefined>) =>
    ({
      sendRequest: (_: unknown, { prefix }: Key['params'], token: CancellationToken) =>
        answers[prefix]?.() ??
        new Promise((_, reject) => token.onCancellationRequested(() => reject(new ResponseError(-32800, 'overtaken')))),
    }) as unknown as Pick<MessageConnection, 'sendRequest'>;

  it('stops what the key before asked, and notes what was answered', async () => {
    const asked = await replay(connection({ abc: () => Promise.resolve(completion) }), keys, none);
    expect(asked.map(({ answer }) => answer)).toEqual([undefined, undefined, { reusedTokens: 3, readTokens: 2, generatedTokens: 1 }]);
    for (const { milliseconds } of asked) expect(milliseconds).toBeGreaterThanOrEqual(0);
  });

  it('fails with a request that nobody had stopped', async () => {
    const failing = connection({ ab: () => Promise.reject(new ResponseError(-32803, 'out of memory')) });
    await expect(replay(failing, keys.slice(0, 2), none)).rejects.toThrow('out of memory');
  });

  it('is broken off with its signal', async () => {
    const stop = new AbortController();
    const typing = replay(connection({}), keys, stop.signal, () => stop.abort());
    await expect(typing).rejects.toMatchObject({ name: 'AbortError' });
  });
});
