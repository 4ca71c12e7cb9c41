/** Files that change while a repository is read, without a word to the sidecar: reading ends, and what was read is told as it is. */
import { appendFileSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { messages, type ReadSummary } from '../../src/protocol';
import { plan, root, start, until, type Client } from './client';

let folder: string;
let repository: string;
let client: Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-untold-'));
  repository = join(folder, 'repository');
  const small = (path: string) => statSync(path).isDirectory() || statSync(path).size < 900;
  cpSync(join(root, 'src/repo'), repository, { recursive: true, filter: small });
  client = start();
  await client.connection.sendRequest(messages.loadModel, {
    cache: { budget: 1024 },
    threads: 1,
    storage: { folder: join(folder, 'saved') },
  });
});
afterEach(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});

const memory = () => client.statuses.at(-1)?.repository;
const versionsOf = async (name: string) =>
  (await client.connection.sendRequest(messages.cacheMap, { buckets: 1 })).files.filter(({ path }) => path === name);

/** The file that is read last, and so not yet when the first token is. */
async function lastFile(): Promise<string> {
  const { lastFiles } = await client.connection.sendRequest(messages.planRepository, { folders: [repository] });
  return lastFiles[0]!.path;
}

/** Reads, and has `change` done at the first token read, when every file was looked at. */
async function readWhile(change: () => void): Promise<ReadSummary> {
  let changed = false;
  const summary = await client.read(repository, {
    onProgress: ({ phase }) => {
      if (phase !== 'reading' || changed) return;
      changed = true;
      change();
    },
  });
  expect(changed, 'it changed while it was read').toBe(true);
  return summary;
}

describe.skipIf(plan.engine !== 'bonsai')('a file that changes while it is read, and nobody tells', () => {
  it('once: it is read once as it is then, and nothing is left to do', async () => {
    const name = await lastFile();
    const summary = await readWhile(() => appendFileSync(join(repository, name), '\nexport const appended = 1;\n'));
    expect(await versionsOf(name)).toHaveLength(1);
    const second = await client.read(repository);
    expect(second).toMatchObject({ tokens: summary.tokens, restoredTokens: summary.tokens });
    expect(await until(() => memory()?.memory.behind === 0 && client.statuses.at(-1)?.state === 'ready', 20_000)).toBe(true);
  });

  it('into something that is not read: it stays out', async () => {
    const name = await lastFile();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const summary = await readWhile(() => writeFileSync(join(repository, name), `export const token = '${token}';\n`));
    expect(await versionsOf(name)).toEqual([]);
    expect(summary.skipped).toContainEqual({ path: name, reason: expect.stringMatching(/GitHub token/) as string });
    expect(await until(() => memory()?.memory.behind === 0, 20_000)).toBe(true);
  });

  it('all the time: reading ends all the same, and is answered when it is asked for again', async () => {
    const name = await lastFile();
    const grow = setInterval(() => appendFileSync(join(repository, name), `export const at${Date.now()} = 1;\n`), 5);
    onTestFinished(() => clearInterval(grow));
    await client.read(repository);
    expect((await versionsOf(name)).length).toBeLessThanOrEqual(4);
    const again = await client.read(repository);
    expect(again.stopped).toBeUndefined();
    expect((await versionsOf(name)).length).toBeLessThanOrEqual(8);
  });
});
