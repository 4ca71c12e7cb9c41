/** The package for Windows under Wine, as a person would use it: the command line, and the sidecar as the editor starts it. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { protocolVersion } from '../../src/protocol';
import { guestOf, here, inside, node, root, type Guest } from './guests';

const windows = guestOf('win32-x64');

describe.skipIf(!windows)('the package for Windows', () => {
  let folder: string;
  const long = 500_000;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bonsai-windows-'));
    mkdirSync(join(folder, 'repo/src'), { recursive: true });
    for (const name of ['place.ts', 'userFolders.ts']) copyFileSync(join(root, 'src/protocol', name), join(folder, 'repo/src', name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const bonsai = async (guest: Guest, memory: string, ...args: string[]) => {
    const said = await node(guest, ['dist/cli.mjs', ...args, '--memory', inside(guest, join(folder, memory)), '--threads', '1', '--json']);
    return JSON.parse(said.split(/\r?\n/).find((line) => line.startsWith('{')) ?? said) as Record<string, unknown>;
  };
  const ask = (guest: Guest, memory: string) =>
    bonsai(
      guest,
      memory,
      'ask',
      inside(guest, join(folder, 'repo')),
      'Where is cacheFolder defined?',
      ...['--max-tokens', '24', '--budget', '512'],
    );

  it(
    'finds nothing missing in its engine',
    async () => {
      const said = await node(windows!, ['dist/cli.mjs', 'doctor', '--json']);
      const report = JSON.parse(said.split(/\r?\n/).find((line) => line.startsWith('{"'))!) as {
        engine: string;
        checks: { name: string; ok: boolean }[];
      };
      const of = (name: string) => report.checks.find((check) => check.name === name)?.ok;
      expect([report.engine, of('inference engine'), of('bounded cache'), of('demo model')]).toEqual(['bonsai', true, true, true]);
    },
    long,
  );

  it(
    'answers as Linux does, with the same sources by the same paths, and the second time from what was saved',
    async () => {
      const expected = await ask(here, 'linux');
      const first = await ask(windows!, 'windows');
      for (const key of ['answer', 'repositoryTokens', 'generatedTokens', 'recalled', 'context'])
        expect(first[key], key).toEqual(expected[key]);
      expect(first['restoredTokens']).toBe(0);
      const second = await ask(windows!, 'windows');
      expect([second['answer'], second['restoredTokens']]).toEqual([first['answer'], first['repositoryTokens']]);
    },
    long,
  );

  it(
    'has a sidecar that the editor can fork, and that ends with it',
    async () => {
      const result = join(folder, 'sidecar.json');
      await node(windows!, [
        inside(windows!, join(root, 'test/platforms/sidecar.mjs')),
        inside(windows!, windows!.home),
        inside(windows!, result),
        String(protocolVersion),
      ]);
      const { hello, model, completion, exit } = JSON.parse(readFileSync(result, 'utf8')) as Record<string, Record<string, unknown>>;
      expect(hello).toMatchObject({ engine: 'bonsai' });
      expect(model).toMatchObject({ engine: 'bonsai', policy: 'hybrid' });
      expect(completion?.['text']).toBeTypeOf('string');
      expect(exit).toEqual({ code: 0 });
    },
    long,
  );

  it(
    'runs the stock cache where that is asked for, though the stock addon is left out',
    async () => {
      const answer = await bonsai(
        windows!,
        'stock',
        ...['ask', inside(windows!, join(folder, 'repo')), 'Where is cacheFolder defined?', '--max-tokens', '4', '--engine', 'stock'],
      );
      expect(answer['generatedTokens']).toBeGreaterThan(0);
    },
    long,
  );
});
