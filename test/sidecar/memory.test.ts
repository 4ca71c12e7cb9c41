/**
 * The repository memory in a real sidecar with the demo model: read once, restored ever after, kept true, and never
 * trusted when it was damaged. llama.cpp's own cache is not saved, so these need Bonsai's engine.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { messages, type Answer, type MemoryState, type ReadProgress, type ReadSummary } from '../../src/protocol';
import { plan, root, start, until, type Client } from './client';
import { ReadOnce } from './readOnce';

const bounded = plan.engine === 'bonsai';
const question = { question: 'What is the value of maxFileBytes?', maxTokens: 16 };

let place: ReadOnce;
let repository: string;
let storage: string;
let client: Client;
/** What a process told that read the repository, before it ended. */
let once: { summary: ReadSummary; answer: Answer };

async function open(): Promise<void> {
  client = start();
  await client.connection.sendRequest(messages.loadModel, { cache: { budget: 1024 }, threads: 1, storage: { folder: storage } });
}
async function restart(): Promise<void> {
  await client.stop();
  await open();
}
const read = (options: Parameters<Client['read']>[1] = {}) => client.read(repository, options);
const openIt = (folders = [repository]) => client.connection.sendRequest(messages.openRepository, { folders });
const memory = (): MemoryState | undefined => client.statuses.at(-1)?.repository?.memory;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository, stdio: 'pipe' });

/** Leaves about half of the repository, for tests that read all of it more than once. */
const halve = () => rmSync(join(repository, 'engine'), { recursive: true });

beforeAll(async () => {
  if (!bounded) return;
  place = new ReadOnce('memory');
  ({ repository, storage } = place);
  // Many files, and few enough tokens to be read in many tests; more than what lies between two states.
  const plain = (path: string) =>
    statSync(path).isDirectory() ? /(repo|protocol)$/.test(path) : statSync(path).size < 1800 || path.endsWith('skipReasons.ts');
  cpSync(join(root, 'src/repo'), join(repository, 'src'), { recursive: true, filter: plain });
  cpSync(join(root, 'test/fixtures/memory'), join(repository, 'src'), { recursive: true });
  cpSync(join(root, 'src/protocol'), join(repository, 'engine'), { recursive: true, filter: plain });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'first');
  await place.keep(async () => {
    await open();
    once = { summary: await read(), answer: await client.ask(question) };
    await client.connection.sendRequest(messages.shutdown);
    await client.stop();
  });
});
afterAll(() => {
  if (bounded) place.remove();
});
beforeEach(() => {
  if (bounded) place.putRepository();
});
afterEach(async () => {
  if (!bounded) return;
  await client.stop();
  place.clear();
});

function stateFiles(): string[] {
  return readdirSync(storage, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.state'))
    .map((name) => join(storage, name));
}

describe.skipIf(!bounded)('a repository that was read', () => {
  it('is there after a restart without a token of it being read, and answers the same', async () => {
    await open();
    const first = await read();
    expect(first).toMatchObject({ restoredTokens: 0, notes: [] });
    expect(first.stopped).toBeUndefined();
    const answer = await client.ask(question);
    expect(memory()?.savedAt).toBeGreaterThan(0);

    await restart();
    const progress: ReadProgress[] = [];
    const second = await read({ onProgress: (each) => progress.push(each) });
    expect(second).toMatchObject({ tokens: first.tokens, restoredTokens: first.tokens, files: first.files, notes: [] });
    expect(progress.some(({ phase }) => phase === 'restoring')).toBe(true);
    expect(progress.filter(({ phase }) => phase === 'reading')).toEqual([]);
    const again = await client.ask(question);
    expect(again.text).toBe(answer.text);
    expect(again.reusedTokens).toBe(first.tokens);
    expect(again.readTokens).toBe(answer.readTokens);
    const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
    expect(map.files.length).toBe(first.files);
    expect(map.files.at(-1)!.end).toBe(first.tokens);
  });

  it('is there for the first question, or for ghost text, once it was opened, and nobody had to wait for that first', async () => {
    const { summary: first, answer } = once;
    place.putSaved();
    await open();
    const opened = openIt();
    const again = await client.ask(question);
    expect(again).toMatchObject({ text: answer.text, reusedTokens: first.tokens });
    // On a machine that reads slowly, or is busy, some of it comes as rows.
    expect(again.readTokens + again.archivedTokens).toBe(answer.readTokens + answer.archivedTokens);
    expect(await opened).toEqual({ restoredTokens: first.tokens, tokensToRead: 0, notes: [] });
    expect(client.statuses.at(-1)?.repository).toMatchObject({ complete: true, tokensRead: first.tokens, files: first.files });

    await restart();
    void openIt();
    const { reusedTokens } = await client.connection.sendRequest(messages.complete, {
      path: 'src/new.ts',
      prefix: 'const a = ',
      suffix: '',
    });
    expect(reusedTokens).toBe(first.tokens);
  });

  it('and paused is there as far as it was read, and goes on from there', async () => {
    halve();
    await open();
    const stopAt = new CancellationTokenSource();
    const paused = await read({
      cancel: stopAt,
      onProgress: ({ phase, tokensRead }) => phase === 'reading' && tokensRead > 500 && stopAt.cancel(),
    });
    await restart();
    const opened = openIt();
    expect((await client.ask(question)).reusedTokens).toBe(paused.tokens);
    const { restoredTokens, tokensToRead } = await opened;
    expect(restoredTokens).toBe(paused.tokens);
    expect(memory()?.paused).toBe(true);
    const { repository } = client.statuses.at(-1)!;
    expect(repository!.tokensTotal).toBe(paused.tokens + tokensToRead);
    const rest = await read();
    expect(rest).toMatchObject({ restoredTokens: paused.tokens, tokens: paused.tokens + tokensToRead });
  });

  it('and has changed since is there all the same: what changed is said, and is not read unasked', async () => {
    place.putSaved();
    const file = join(
      repository,
      readdirSync(join(repository, 'src'))
        .map((name) => join('src', name))
        .find((name) => name.endsWith('.ts'))!,
    );
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nexport const addedLater = 7;\n`);
    await open();
    const { restoredTokens, tokensToRead } = await openIt();
    expect(restoredTokens).toBeGreaterThan(0);
    expect(tokensToRead).toBeGreaterThan(0);
    const answer = await client.ask(question);
    expect(answer.reusedTokens).toBe(restoredTokens);
    expect(memory()?.paused).toBe(true);
  });

  it('and damaged since is not used; it is said why, and the question is answered', async () => {
    place.putSaved();
    for (const path of stateFiles()) {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 0x10;
      writeFileSync(path, bytes);
    }
    await open();
    const opened = await openIt();
    expect(opened.notes.length).toBeGreaterThan(0);
    expect(opened).toMatchObject({ restoredTokens: 0, notes: opened.notes.map(() => expect.stringContaining('is not used') as string) });
    expect((await client.ask(question)).generatedTokens).toBeGreaterThan(0);
  });

  it('that is read again and paused starts over, and what it replaces goes only in the end', async () => {
    place.putSaved();
    await open();
    const first = await read();
    const stopAt = new CancellationTokenSource();
    const paused = await read({
      again: true,
      cancel: stopAt,
      onProgress: ({ phase, tokensRead }) => phase === 'reading' && tokensRead > 500 && stopAt.cancel(),
    });
    expect(paused.stopped).toBe('cancelled');
    expect((await client.connection.sendRequest(messages.savedMemories)).memories.map(({ tokens }) => tokens)).toContain(first.tokens);
    const resumed = await read();
    expect(resumed).toMatchObject({ restoredTokens: paused.tokens, tokens: first.tokens });
    const { memories } = await client.connection.sendRequest(messages.savedMemories);
    expect(memories.map(({ tokens }) => tokens)).toEqual([first.tokens]);
  });

  it('is private to its owner', async () => {
    // With the modes that the files of the other process have.
    place.putSaved();
    await open();
    await read();
    // A lock is an empty folder that its library makes, inside a private one.
    const all = readdirSync(storage, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.endsWith('.lock'))
      .map((name) => join(storage, name));
    expect(stateFiles().length).toBeGreaterThan(0);
    for (const path of [storage, ...all]) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
  });

  it('goes on where it was stopped, also in another process', async () => {
    await open();
    const stopAt = new CancellationTokenSource();
    const stopped = await read({
      cancel: stopAt,
      onProgress: ({ phase, tokensRead }) => phase === 'reading' && tokensRead > 500 && stopAt.cancel(),
    });
    expect(stopped.stopped).toBe('cancelled');
    expect(await until(() => memory()?.paused === true, 5000)).toBe(true);
    await restart();
    const rest = await read();
    expect(rest.stopped).toBeUndefined();
    expect(rest.restoredTokens).toBe(stopped.tokens);
    const files = new Set(rest.skipped.map(({ path }) => path));
    expect(rest.files + files.size).toBeGreaterThan(20);

    const whole = await read({ again: true });
    expect(whole).toMatchObject({ tokens: rest.tokens, files: rest.files, restoredTokens: 0 });
  });

  it('goes on with every token, also where it was stopped within the name of the repository', async () => {
    halve();
    await open();
    expect(await read({ maxTokens: 1 })).toMatchObject({ tokens: 1, stopped: 'maxTokens' });
    await restart();
    const { tokens, restoredTokens } = await read();
    expect(restoredTokens).toBe(1);
    expect((await read({ again: true })).tokens).toBe(tokens);
  });

  it('learns of a changed, a new and a removed file, reads only these, and keeps that too', async () => {
    place.putSaved();
    await open();
    const first = await read();
    writeFileSync(join(repository, 'src/bytes.ts'), 'export const kilobyte = 1024;\n');
    writeFileSync(join(repository, 'src/fresh.ts'), 'export const fresh = "quite new";\n');
    rmSync(join(repository, 'src/types.ts'));
    await client.connection.sendNotification(messages.filesChanged, { paths: [] });
    expect(await until(() => memory()?.behind === 0 && (memory()?.journalFiles ?? 0) > 0, 20_000)).toBe(true);
    const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
    expect(map.tokens - first.tokens).toBeLessThan(0.05 * first.tokens);
    const of = (path: string) => map.files.filter((file) => file.path === path).map(({ replaced }) => replaced);
    expect(of('src/bytes.ts')).toEqual([true, false]);
    expect(of('src/fresh.ts')).toEqual([false]);
    expect(of('src/types.ts')).toEqual([true]);
    expect((await client.ask(question)).behind).toEqual([]);

    expect(await until(() => (memory()?.savedAt ?? 0) > 0 && memory()?.behind === 0, 10_000)).toBe(true);
    await client.connection.sendRequest(messages.shutdown);
    await restart();
    const second = await read();
    expect(second.notes).toEqual([]);
    expect(second.tokens - second.restoredTokens).toBeLessThan(0.05 * first.tokens);
    expect((await client.ask(question)).behind).toEqual([]);
  });

  it('looks at the one file that the editor saw change, and at everything when it does not know the file', async () => {
    place.putSaved();
    await open();
    await read();
    // Appended or, where a state was saved close before it, read in its place: what counts is that it is the new version.
    const holds = async (path: string) => {
      const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
      const versions = map.files.filter((file) => file.path === path && !file.replaced);
      return versions.length === 1 && versions[0]!.end - versions[0]!.start < 40;
    };
    const told = async (path: string) => {
      await client.connection.sendNotification(messages.filesChanged, { paths: [join(repository, path)] });
      for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100)))
        if (memory()?.behind === 0 && (await holds(path))) return;
      throw new Error(`${path} was not read again`);
    };
    expect(await holds('src/bytes.ts')).toBe(false);
    writeFileSync(join(repository, 'src/bytes.ts'), 'export const kilobyte = 1024;\n');
    await told('src/bytes.ts');
    writeFileSync(join(repository, 'src/fresh.ts'), 'export const fresh = "quite new";\n');
    await told('src/fresh.ts');
  });

  it('reads of a large file only the lines that changed, also after a restart', async () => {
    const large = Array.from({ length: 200 }, (_, i) => `export const value${i} = ${(i * 7919) % 1000};`);
    const write = (lines: string[]) => writeFileSync(join(repository, 'src/large.ts'), `${lines.join('\n')}\n`);
    write(large);
    halve();
    await open();
    const first = await read();
    write(large.with(100, 'export const answer = 4242;'));
    await client.connection.sendNotification(messages.filesChanged, { paths: [join(repository, 'src/large.ts')] });
    expect(await until(() => memory()?.behind === 0 && (memory()?.journalTokens ?? 0) > 0, 20_000)).toBe(true);
    expect(memory()?.journalTokens).toBeLessThan(300);
    const asked = await client.ask({ question: 'What is the value of answer?', maxTokens: 16 });
    expect(asked.behind).toEqual([]);
    await client.connection.sendRequest(messages.shutdown);
    write(large.with(100, 'export const answer = 4242;').with(50, 'export const another = 77;'));
    await restart();
    const second = await read();
    expect(second.notes).toEqual([]);
    expect(second.tokens - second.restoredTokens).toBeGreaterThan(0);
    expect(second.tokens - second.restoredTokens).toBeLessThan(0.05 * first.tokens);
    const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
    expect(map.files.filter(({ path, replaced }) => path === 'src/large.ts' && !replaced).length).toBe(3);
  });

  it('stays whole however files are saved while it saves and renews itself', async () => {
    await open();
    const first = await read();
    for (let i = 0; i < 5; i++) {
      for (const name of ['greeting', 'farewell']) {
        writeFileSync(join(repository, 'src', `${name}.ts`), `export const ${name} = 'round ${i}';\n`);
        await client.connection.sendNotification(messages.filesChanged, { paths: [] });
      }
      // About when a quiet memory begins to renew itself.
      await new Promise((next) => setTimeout(next, 2600 + 200 * i));
      expect(await until(() => memory()?.behind === 0, 20_000)).toBe(true);
      const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
      expect(map.tokens).toBeGreaterThanOrEqual(first.tokens);
      const files = map.files.filter(({ replaced }) => !replaced).map(({ path }) => path);
      expect(new Set(files).size).toBe(first.files + 2);
    }
  }, 180_000);

  it('answers a question asked right after a file was saved with the new version, or says that it does not know it', async () => {
    place.putSaved();
    await open();
    await read();
    writeFileSync(join(repository, 'src/bytes.ts'), 'export const kilobyte = 1024;\n');
    const answer = await client.ask(question);
    const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 8 });
    const versions = map.files.filter(({ path }) => path === 'src/bytes.ts').length;
    expect(answer.behind.includes('src/bytes.ts')).toBe(versions === 1);
  });

  it('follows a change of branch, and back', async () => {
    await open();
    const first = await read();
    // What is held is asked for as well: the status is still the old one until the change was noticed.
    const follows = async (expected: (tokens: number) => boolean) => {
      await client.connection.sendNotification(messages.filesChanged, { paths: [] });
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
        const state = memory();
        if (state?.behind !== 0 || state.journalTokens !== 0 || state.renewing) continue;
        if (expected((await client.connection.sendRequest(messages.cacheMap, { buckets: 8 })).tokens)) return true;
      }
      return false;
    };
    git('checkout', '-qb', 'other');
    for (const name of readdirSync(join(repository, 'engine')))
      writeFileSync(join(repository, 'engine', name), `${readFileSync(join(repository, 'engine', name), 'utf8')}\n// other\n`);
    git('commit', '-qam', 'other');
    expect(await follows((tokens) => tokens > first.tokens)).toBe(true);
    git('checkout', '-q', '-');
    expect(await follows((tokens) => tokens === first.tokens)).toBe(true);
    expect((await read()).tokens).toBe(first.tokens);
  }, 180_000);
});

describe.skipIf(!bounded)('a saved memory', () => {
  async function readAgainAfter(damage: () => void): Promise<{ first: ReadSummary; second: ReadSummary }> {
    const { summary: first } = once;
    place.putSaved();
    damage();
    await open();
    const second = await read();
    expect(second.tokens).toBe(first.tokens);
    return { first, second };
  }

  it('with flipped bits is not used, and the person is told', async () => {
    const { second } = await readAgainAfter(() => {
      for (const path of stateFiles()) {
        const bytes = readFileSync(path);
        bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
        writeFileSync(path, bytes);
      }
    });
    expect(second.restoredTokens).toBe(0);
    expect(second.notes.length).toBeGreaterThan(0);
    expect(second.notes.join(' ')).toMatch(/not used/);
  });

  it('with a truncated or missing state goes on from what is left', async () => {
    const { first, second } = await readAgainAfter(() => {
      const newest = stateFiles().toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]!;
      truncateSync(newest, 1000);
    });
    expect(second.restoredTokens).toBeLessThan(first.tokens);
  });

  it('whose states were exchanged is found out', async () => {
    const { first, second } = await readAgainAfter(() => {
      const states = stateFiles();
      expect(states.length).toBeGreaterThan(1);
      renameSync(states[0]!, `${states[0]!}.x`);
      renameSync(states[1]!, states[0]!);
      renameSync(`${states[0]!}.x`, states[1]!);
    });
    expect(second.restoredTokens).toBeLessThanOrEqual(first.tokens);
    const again = await client.ask(question);
    expect(again.text.length).toBeGreaterThan(0);
  });

  it('can be listed and deleted', async () => {
    place.putSaved();
    await open();
    await read();
    // What is read again takes the place of what was saved before.
    await read({ again: true });
    const { memories } = await client.connection.sendRequest(messages.savedMemories);
    expect(memories).toHaveLength(1);
    expect(memories[0]).toMatchObject({ name: 'repository' });
    const deleted = await client.connection.sendRequest(messages.deleteSaved, {});
    expect(deleted.memories).toBe(1);
    expect(deleted.bytes).toBeGreaterThan(1_000_000);
    expect(stateFiles()).toEqual([]);
    expect((await client.connection.sendRequest(messages.savedMemories)).memories).toEqual([]);
  });

  it('is planned for: nothing held at first, everything after a restart, and the rate is remembered', async () => {
    await open();
    const before = await client.connection.sendRequest(messages.planRepository, { folders: [repository] });
    expect(before).toMatchObject({ tokensHeld: 0, fits: true, tokensPerSecond: null });
    expect(before.tokensToRead).toBe(before.tokens);
    expect(before.lastFiles.length).toBeGreaterThan(0);
    const first = await read();
    // The repository's own head is in the sequence, not in the plan.
    expect(Math.abs(first.tokens - before.tokens)).toBeLessThan(32);
    await restart();
    const after = await client.connection.sendRequest(messages.planRepository, { folders: [repository] });
    expect(after).toMatchObject({ tokensToRead: 0, tokensHeld: before.tokens, secondsToRead: 0 });
    expect(after.tokensPerSecond).toBeGreaterThan(0);
  });
});

describe.skipIf(!bounded)('a repository of which nothing is saved', () => {
  it('is searched without having been read: source is added to the first question', async () => {
    await open();
    expect(await openIt()).toEqual({ restoredTokens: 0, tokensToRead: 0, notes: [] });
    const { recalled, reusedTokens } = await client.ask(question);
    expect(reusedTokens).toBe(0);
    expect(recalled.map(({ why }) => why).join()).toContain('maxFileBytes');
    expect(client.statuses.at(-1)?.repository).toBeUndefined();
    // And a file that changes is found as it is now.
    writeFileSync(join(repository, 'src/later.ts'), 'export const quiteUnheardOf = 4711;\n');
    await client.connection.sendNotification(messages.filesChanged, { paths: [] });
    const later = await client.ask({ question: 'What is the value of quiteUnheardOf?', maxTokens: 4 });
    expect(later.recalled.map(({ path }) => path)).toContain('src/later.ts');
  });

  it('leaves what is in memory as it is, also where its folder is missing', async () => {
    place.putSaved();
    await open();
    const { tokens } = await read();
    expect(await openIt([join(place.folder, 'nowhere')])).toMatchObject({ restoredTokens: 0 });
    mkdirSync(join(place.folder, 'other'));
    writeFileSync(join(place.folder, 'other/a.ts'), 'export const a = 1;\n');
    expect(await openIt([join(place.folder, 'other')])).toMatchObject({ restoredTokens: 0 });
    expect((await client.ask(question)).reusedTokens).toBe(tokens);
  });
});
