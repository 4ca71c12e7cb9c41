/**
 * kill -9 at random moments while a repository is read, saved, changed and renewed: what a checkpoint holds is never read
 * again, nothing damaged is ever restored, and in the end everything is in memory and found as after an undisturbed reading.
 * BONSAI_KILLS sets how often (CI: 2; by hand: 250), BONSAI_SEED which moments; the seed is in the titles.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages } from '../../src/protocol';
import { archiveStats, verifyArchive } from '../../src/sidecar/archive/archive';
import { archiveFolder } from '../../src/sidecar/memory/store';
import { below, seeded } from '../../src/sidecar/random';
import { plan, root, sidecarPath, start, until, type Client } from './client';

const kills = Number(process.env['BONSAI_KILLS'] ?? 2);
const question = { question: 'What is the value of maxFileBytes?', maxTokens: 16 };
const seed = Number(process.env['BONSAI_SEED'] ?? Date.now());
const random = seeded(seed);

let folder: string;
let repository: string;
let client: Client | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-kills-'));
  repository = join(folder, 'repository');
  mkdirSync(repository);
  for (const name of readdirSync(join(root, 'src/repo')).filter((each) => each.endsWith('.ts')))
    cpSync(join(root, 'src/repo', name), join(repository, name));
});
afterAll(async () => {
  await client?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The archive keeps what is read to the bit here: whatever is put together from it is what reading gives. */
const load = (storage: string, archiveBytes?: number) => ({
  cache: { budget: 1024 },
  threads: 1,
  storage: { folder: join(folder, storage), archiveType: 'f16' as const, ...(archiveBytes === undefined ? {} : { archiveBytes }) },
});

/** Nothing in the archive is damaged, whatever was being written when a process was killed. */
async function mustBeWhole(storage: string): Promise<void> {
  const archive = archiveFolder(join(folder, storage));
  expect((await archiveStats(archive)).objects).toBeGreaterThan(0);
  expect(await verifyArchive(archive)).toEqual([]);
}

async function open(storage: string, archiveBytes?: number): Promise<Client> {
  const opened = start();
  client = opened;
  await opened.connection.sendRequest(messages.loadModel, load(storage, archiveBytes));
  return opened;
}

const saved = async ({ connection }: Client) =>
  Math.max(0, ...(await connection.sendRequest(messages.savedMemories)).memories.map(({ tokens }) => tokens));

/** Kills the sidecar after a random time, whatever it does then. @throws what `work` failed with, but for the loss of the sidecar */
async function killWithin(victim: Client, milliseconds: number, work: Promise<unknown>): Promise<void> {
  let killed = false;
  const failed = work.then(
    () => undefined,
    (error: unknown) => ({ error, expected: killed && (error as Error).name !== 'AssertionError' }),
  );
  await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, below(random, milliseconds)))]);
  killed = true;
  await victim.stop();
  const failure = await failed;
  if (failure && !failure.expected) throw failure.error;
}

// What is put back from the archive comes in other portions than what is read, so other entries are evicted, and the words of an
// answer differ. Where there is none, a reading goes on to the bit.
describe.skipIf(plan.engine !== 'bonsai').each([
  ['killed', undefined],
  ['plain', 0],
] as const)(`a memory survives ${kills} kills while it is read (seed ${seed})`, (storage, archiveBytes) => {
  it(
    archiveBytes === 0 ? 'and answers as if nothing had happened' : 'and its archive is whole',
    async () => {
      const undisturbed = await open('undisturbed', archiveBytes);
      const expected = await undisturbed.read(repository, { again: true });
      const answer = await undisturbed.ask(question);
      await undisturbed.stop();
      for (let i = 0; i < kills; i++) {
        const victim = await open(storage, archiveBytes);
        const before = await saved(victim);
        let restored = Infinity;
        const reading = victim.read(repository, {
          onProgress: ({ phase, tokensRead }) => (restored = phase === 'listing' ? restored : Math.min(restored, tokensRead)),
        });
        await killWithin(victim, 4000, reading);
        if (restored < Infinity) expect(restored).toBeGreaterThanOrEqual(before);
      }
      const last = await open(storage, archiveBytes);
      const before = await saved(last);
      const summary = await last.read(repository);
      expect(summary.notes).toEqual([]);
      expect(summary.restoredTokens).toBe(before);
      expect(summary).toMatchObject({ tokens: expected.tokens, files: expected.files });
      const { reusedTokens, recalled, text } = await last.ask(question);
      expect({ reusedTokens, recalled }).toEqual({ reusedTokens: answer.reusedTokens, recalled: answer.recalled });
      if (archiveBytes === 0) expect([text, summary.layers]).toEqual([answer.text, expected.layers]);
      else expect(text).not.toBe('');
      await last.stop();
      if (archiveBytes !== 0) await mustBeWhole(storage);
    },
    60_000 + kills * 20_000,
  );
});

it.skipIf(plan.engine !== 'bonsai')(
  `and ${kills} kills while files change`,
  async () => {
    const names = readdirSync(repository);
    for (let i = 0; i < kills; i++) {
      const victim = await open('changing');
      const work = (async () => {
        expect((await victim.read(repository)).notes).toEqual([]);
        // Never ends by itself; what is asked of a sidecar that is gone fails.
        for (;;) {
          appendFileSync(join(repository, names[below(random, names.length)]!), `\nexport const kill${i} = ${below(random, 1000)};\n`);
          await victim.connection.sendNotification(messages.filesChanged, { paths: [] });
          // As fast as a person saves at most: what is told waits in this process when the other one is slower.
          await new Promise((next) => setTimeout(next, 100 + below(random, 400)));
          await until(() => victim.statuses.at(-1)?.repository?.memory.behind === 0, 500);
        }
      })();
      await killWithin(victim, i === 0 ? 10_000 : 5000, work);
    }
    const last = await open('changing');
    const summary = await last.read(repository);
    expect(summary.notes).toEqual([]);
    expect(summary.stopped).toBeUndefined();
    const fresh = await last.read(repository, { again: true });
    expect(fresh.files).toBe(summary.files);
    await last.stop();
    await mustBeWhole('changing');
  },
  60_000 + kills * 20_000,
);

it.skipIf(plan.engine !== 'bonsai')(
  `and ${kills} kills while it is put together from the archive, and source is recalled`,
  async () => {
    // Without a saved memory everything that is asked comes from the archive.
    const alone = (victim: Client) => {
      rmSync(join(folder, 'recalled', 'states'), { recursive: true, force: true });
      return victim.read(repository);
    };
    const lines = readFileSync(join(repository, 'walkFiles.ts'), 'utf8').split('\n');
    const attachments = [{ path: 'walkFiles.ts', startLine: 1, endLine: 40, text: lines.slice(0, 40).join('\n') }];
    const asked = { ...question, attachments, textTokens: 0 };
    const complete = (victim: Client, line: number) =>
      victim.connection.sendRequest(messages.complete, {
        ...{ path: 'walkFiles.ts', prefix: `${lines.slice(0, line).join('\n')}\n`, suffix: `\n${lines.slice(line + 1).join('\n')}` },
        ...{ singleLine: true, maxTokens: 8, textTokens: 0 },
      });
    const first = await open('recalled');
    await alone(first);
    // Until the last piece is written.
    await first.connection.sendRequest(messages.shutdown);
    await first.stop();
    // What is put together is compacted at other tokens than what is read, so it is held against what was put together.
    const undisturbed = await open('recalled');
    const expected = await alone(undisturbed);
    expect(expected.archivedTokens).toBeGreaterThan(0.99 * expected.tokens - 16);
    const answer = await undisturbed.ask(asked);
    expect(answer.archivedTokens).toBeGreaterThan(100);
    const ghost = await complete(undisturbed, lines.length - 5);
    expect(ghost.archivedTokens).toBeGreaterThan(100);
    await undisturbed.stop();
    for (let i = 0; i < kills; i++) {
      const victim = await open('recalled');
      const work = (async () => {
        const read = await alone(victim);
        expect(read.notes).toEqual([]);
        // What was being written when a process was killed is read.
        expect(read.tokens).toBe(expected.tokens);
        for (;;) {
          await victim.ask({ question: `${below(random, 1000)}?`, maxTokens: 1 });
          expect((await victim.ask(asked)).text).toBe(answer.text);
          expect((await complete(victim, lines.length - 5)).text).toBe(ghost.text);
          await complete(victim, 20 + below(random, lines.length - 30));
        }
      })();
      await killWithin(victim, 3000, work);
    }
    await mustBeWhole('recalled');
  },
  60_000 + kills * 20_000,
);

/** A process that ended and was left to a first process that collects nobody (a container's) is gone, too: a zombie. */
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it.skipIf(plan.engine !== 'bonsai')(
  `and ${kills} kills of the editor, which its sidecar does not outlive`,
  async () => {
    // Anew: the files have changed since the first test, and what is read after that has its old versions in it.
    const undisturbed = await open('undisturbed');
    const expected = await undisturbed.read(repository, { again: true });
    await undisturbed.stop();
    for (let i = 0; i < kills; i++) {
      const told: { pid?: number; loaded?: boolean; restored?: number; notes?: string[] }[] = [];
      const args = JSON.stringify({ sidecarPath, repository, load: load('orphaned') });
      const editor = fork(join(root, 'test/sidecar/standIn.mjs'), [args], { env: plan.env, silent: true });
      editor.on('message', (message) => told.push(message as (typeof told)[number]));
      expect(await until(() => told.some(({ loaded }) => loaded), 60_000), 'a model is loaded').toBe(true);
      await new Promise((resolve) => setTimeout(resolve, below(random, 6000)));
      const gone = once(editor, 'exit');
      editor.kill('SIGKILL');
      await gone;
      const pid = told[0]!.pid!;
      expect(await until(() => !alive(pid), 10_000), 'the sidecar ended with its editor').toBe(true);
      expect(
        told.flatMap(({ notes }) => notes ?? []),
        'notes of what was killed',
      ).toEqual([]);
      const next = await open('orphaned');
      const before = await saved(next);
      const summary = await next.read(repository, { maxTokens: Math.max(1, before) });
      expect(summary.notes).toEqual([]);
      expect(summary.restoredTokens).toBe(before);
      await next.stop();
    }
    const last = await open('orphaned');
    const { notes, tokens, files } = await last.read(repository);
    expect({ notes, tokens, files }).toEqual({ notes: [], tokens: expected.tokens, files: expected.files });
    await last.stop();
    await mustBeWhole('orphaned');
  },
  60_000 + kills * 25_000,
);
