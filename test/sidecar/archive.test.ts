/**
 * The archive in a real sidecar: a file that was read once is not read again, whatever becomes of the memory it was in; rows
 * that are damaged, cut off, foreign or of other tokens are never used, and nothing is lost by them.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messages, type Answer, type ReadSummary, type StorageOptions } from '../../src/protocol';
import { plan, root, start, until, type Client } from './client';

const bounded = plan.engine === 'bonsai';
const question = { question: 'What is the value of maxFileBytes?', maxTokens: 16 };

let folder: string;
let repository: string;
let storage: string;
let client: Client;
const log: string[] = [];

const archive = () => join(storage, 'archive');
const objects = () =>
  readdirSync(archive(), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kv'))
    .map((name) => join(archive(), name));

async function open(options: Partial<StorageOptions> = {}, cache = { budget: 1024 }): Promise<void> {
  client = start();
  client.connection.onNotification(messages.log, ({ text }) => void log.push(text));
  await client.connection.sendRequest(messages.loadModel, { cache, threads: 1, storage: { folder: storage, ...options } });
}
/** Another process; what was saved of the memory is gone, the archive stays. */
async function restart(...options: Parameters<typeof open>): Promise<void> {
  await client.connection.sendRequest(messages.shutdown);
  await client.stop();
  rmSync(join(storage, 'states'), { recursive: true, force: true });
  log.length = 0;
  await open(...options);
}
const read = () => client.read(repository);
const status = () => client.statuses.at(-1);

/** What is left, in a folder of this name, of a process that read the repository and ended. */
interface Kept {
  name: string;
  summary: ReadSummary;
  answer: Answer;
}
let kept: Record<'rounded' | 'exact', Kept>;

/** Reads the repository in a process of its own, keeps what that leaves, and has everything as if nothing had been read. */
async function keep(name: string, ...options: Parameters<typeof open>): Promise<Kept> {
  await open(...options);
  const left = { name, summary: await read(), answer: await client.ask(question) };
  await client.connection.sendRequest(messages.shutdown);
  await client.stop();
  renameSync(storage, join(folder, name));
  return left;
}
/** As the process that read the repository left it. */
function bringBack(name: string): void {
  cpSync(join(folder, name), storage, { recursive: true, preserveTimestamps: true });
}
/** As after `restart`: the archive of that process is there, and nothing else that was saved. */
function archived({ name, summary, answer }: Kept): Pick<Kept, 'summary' | 'answer'> {
  bringBack(name);
  rmSync(join(storage, 'states'), { recursive: true });
  return { summary, answer };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-archive-'));
  repository = join(folder, 'repository');
  storage = join(folder, 'storage');
  const template = join(folder, 'template');
  mkdirSync(template);
  for (const name of ['minified.ts', 'judge.ts', 'types.ts', 'dataLike.ts'])
    copyFileSync(join(root, 'src/repo', name), join(template, name));
  // One of more than one piece.
  const text = ['findPaths.ts', 'listRepository.ts'].map((name) => readFileSync(join(root, 'src/repo', name), 'utf8')).join('\n');
  writeFileSync(join(template, 'long.ts'), text);
  if (!bounded) return;
  renew();
  kept = { rounded: await keep('rounded'), exact: await keep('exact', { archiveType: 'f16' }) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** The repository as it was in the beginning, at the same place: a memory is of a folder. */
function renew(): void {
  rmSync(repository, { recursive: true, force: true });
  cpSync(join(folder, 'template'), repository, { recursive: true, preserveTimestamps: true });
}
beforeEach(() => {
  log.length = 0;
  renew();
});
afterEach(async () => {
  await client.stop();
  rmSync(storage, { recursive: true, force: true });
});

describe.skipIf(!bounded)('what was read once', () => {
  it('is not read again: not for another budget, another policy, or a memory that is gone', async () => {
    const { summary: first } = archived(kept.rounded);
    expect(first.archivedTokens).toBe(0);
    for (const [i, cache] of [{ budget: 1024 }, { budget: 512 }, { budget: 512, policy: 'tree' as const }].entries()) {
      await (i === 0 ? open : restart)({}, cache);
      const again = await read();
      expect(again).toMatchObject({ tokens: first.tokens, files: first.files, restoredTokens: 0, notes: [] });
      // The name of the repository alone is read.
      expect(again.tokens - again.archivedTokens, JSON.stringify(cache)).toBeLessThan(16);
      expect((await client.ask(question)).text.length).toBeGreaterThan(0);
    }
  });

  it('is in memory again after a window was opened, without anybody asking, when nothing else was saved', async () => {
    const { summary: first } = archived(kept.rounded);
    await open({}, { budget: 512 });
    const { connection } = client;
    expect(await connection.sendRequest(messages.openRepository, { folders: [repository] })).toMatchObject({ restoredTokens: 0 });
    await expect.poll(() => status()?.repository?.complete).toBe(true);
    expect(status()?.repository).toMatchObject({ tokensRead: first.tokens, files: first.files });
    // Nothing is left to do for whoever asks for it.
    expect(await read()).toMatchObject({ tokens: first.tokens, restoredTokens: first.tokens });
    expect(log.filter((line) => line.includes('not used'))).toEqual([]);
  });

  it('is left to the person where a part of it would have to be read', async () => {
    archived(kept.rounded);
    const largest = objects().toSorted((a, b) => statSync(b).size - statSync(a).size)[0]!;
    rmSync(largest);
    await open();
    const { connection } = client;
    await connection.sendRequest(messages.openRepository, { folders: [repository] });
    // Once the files are listed, it is decided.
    await expect.poll(async () => (await connection.sendRequest(messages.findSymbols, { query: 'minifiedReason' })).symbols.length).toBe(1);
    expect([status()?.state, status()?.repository]).toEqual(['ready', undefined]);
  });

  it('gives the answers that reading gives, to the token, where it is kept in the precision of the cache', async () => {
    const { answer } = archived(kept.exact);
    await open({ archiveType: 'f16' });
    expect((await read()).archivedTokens).toBeGreaterThan(0);
    expect((await client.ask(question)).text).toBe(answer.text);
  });

  it('costs the tokens of the one file that has changed', async () => {
    const { summary: first } = archived(kept.rounded);
    writeFileSync(join(repository, 'fresh.ts'), 'export const quiteFresh = 4711;\n');
    await open();
    const again = await read();
    expect(again.tokens - first.tokens).toBeGreaterThan(5);
    expect(again.tokens - again.archivedTokens).toBeLessThan(16 + again.tokens - first.tokens);
  });

  it('is not read when a file is as it once was: another branch, and back', async () => {
    await open();
    const path = join(repository, 'judge.ts');
    const text = readFileSync(path, 'utf8');
    await read();
    // So different that lines alone do not tell it.
    writeFileSync(path, text.split('\n').reverse().join('\n'));
    const there = await read();
    expect(there.archivedTokens).toBe(0);
    expect(there.tokens - there.restoredTokens).toBeGreaterThan(100);
    for (const version of [text, text.split('\n').reverse().join('\n'), text]) {
      writeFileSync(path, version);
      // Restored where a state of it is saved, else put together.
      const back = await read();
      expect(back.tokens - back.restoredTokens - back.archivedTokens).toBe(0);
    }
  });

  it('is planned for', async () => {
    const { tokens } = archived(kept.rounded).summary;
    await open();
    const card = await client.connection.sendRequest(messages.planRepository, { folders: [repository] });
    expect(card).toMatchObject({ tokensHeld: 0, tokensToRead: card.tokens - card.tokensArchived });
    // With the headers and checksums of the objects, which are small.
    const bytes = objects().reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes / card.archiveBytes).toBeGreaterThan(1);
    expect(bytes / card.archiveBytes).toBeLessThan(1.05);
    expect(tokens - card.tokensArchived).toBeLessThan(16);
    expect(card.secondsToRead ?? 0).toBeLessThan(1);
  });

  it('is private to its owner, and not kept where that is not wanted', async () => {
    bringBack(kept.rounded.name);
    expect(objects().length).toBeGreaterThan(4);
    if (process.platform !== 'win32') {
      expect(statSync(archive()).mode & 0o777).toBe(0o700);
      for (const path of objects()) expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    rmSync(storage, { recursive: true });
    await open({ archiveBytes: 0 });
    await read();
    await client.connection.sendRequest(messages.shutdown);
    expect(existsSync(archive())).toBe(false);
  });

  it('stays within its quota, and what was used last stays', async () => {
    archived(kept.rounded);
    const all = objects().reduce((sum, path) => sum + statSync(path).size, 0);
    const quota = Math.floor(all / 2);
    await open({ archiveBytes: quota });
    expect(objects().reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(quota);
    const again = await read();
    expect(again.archivedTokens).toBeGreaterThan(0);
    expect(again.archivedTokens).toBeLessThan(again.tokens);
    await client.connection.sendRequest(messages.shutdown);
    expect(objects().reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(quota);
  });

  it('is deleted with the saved memories', async () => {
    archived(kept.rounded);
    await open();
    const { archiveBytes, memories } = await client.connection.sendRequest(messages.savedMemories);
    expect(archiveBytes).toBe(objects().reduce((sum, path) => sum + statSync(path).size, 0));
    await client.connection.sendRequest(messages.deleteSaved, { ids: memories.map(({ id }) => id) });
    expect(objects().length).toBeGreaterThan(4);
    await client.connection.sendRequest(messages.deleteSaved, {});
    expect(objects()).toEqual([]);
    expect((await read()).archivedTokens).toBe(0);
  });
});

it.skipIf(!bounded)(
  'objects that are damaged in every way are not used: the text is read instead, and they are written again',
  async () => {
    const flip = (path: string, at: number) => {
      const bytes = readFileSync(path);
      bytes[at]! ^= 0x10;
      writeFileSync(path, bytes);
    };
    const whole = (path: string) => statSync(path).size;
    const damages: ((path: string, other: string) => void)[] = [
      (path) => truncateSync(path, whole(path) - 100),
      (path) => flip(path, whole(path) - 1000),
      (path) => flip(path, 40),
      (path) => writeFileSync(path, 'not an object\n'.repeat(1000)),
      (path, other) => copyFileSync(other, path),
    ];
    const { summary: first, answer } = archived(kept.exact);
    // The largest one first: of it several frames have been put before the damage is come to.
    const paths = objects().toSorted((a, b) => whole(b) - whole(a));
    expect(paths.length).toBeGreaterThan(damages.length);
    for (const [i, damage] of damages.entries()) damage(paths[i]!, paths[damages.length]!);
    await open({ archiveType: 'f16' });
    const again = await read();
    expect(again).toMatchObject({ tokens: first.tokens, files: first.files, notes: [] });
    expect(again.archivedTokens).toBeGreaterThan(0);
    expect(again.archivedTokens).toBeLessThan(0.5 * again.tokens);
    expect(log.filter((text) => text.includes('is removed from the archive')).length).toBe(damages.length);
    expect((await client.ask(question)).text).toBe(answer.text);
    // Of a piece of which some frames could be used the others alone are read, and nothing is kept of it: it is whole after the next reading.
    for (let i = 0; i < 2; i++) {
      await restart({ archiveType: 'f16' });
      const { tokens, archivedTokens } = await read();
      if (i === 1) expect(tokens - archivedTokens).toBeLessThan(16);
    }
    expect(objects().toSorted()).toEqual(paths.toSorted());
  },
);

describe.skipIf(!bounded)('source before a question', () => {
  const question = { question: 'What is the value of quietLimit?' };
  const asked = (textTokens: number, more: Partial<Parameters<Client['ask']>[0]> = {}) =>
    client.ask({ ...question, maxTokens: 24, textTokens, ...more });
  /** Nothing of the conversation before is then left to go on with. */
  const another = () => client.ask({ question: 'Hello', maxTokens: 1, textTokens: 4000 });
  const whole = (text: string) => ({ path: 'long.ts', startLine: 1, endLine: text.split('\n').length, text });

  const writeLimits = () =>
    writeFileSync(
      join(repository, 'limits.ts'),
      `export const quietLimit = 4711;\n\n/** ${'Something is said about it at length. '.repeat(8)}*/\nexport const mostFiles = 512;\n`,
    );
  beforeAll(async () => {
    renew();
    writeLimits();
    await keep('limits', {}, { budget: 4096 });
  });
  beforeEach(async () => {
    writeLimits();
    bringBack('limits');
    await open({}, { budget: 4096 });
    await read();
  });

  it('comes from the archive without being read, as much of it as would take too long to read', async () => {
    const text = await asked(4000);
    expect(text).toMatchObject({ archivedTokens: 0, archiveMilliseconds: 0 });
    await another();
    const rows = await asked(0);
    expect(rows.recalled).toEqual(text.recalled);
    expect(rows.archivedTokens).toBeGreaterThan(5);
    expect(rows.archiveMilliseconds).toBeGreaterThan(0);
    const difference = rows.readTokens + rows.archivedTokens - text.readTokens;
    expect(Math.abs(difference), JSON.stringify({ rows, text })).toBeLessThan(8 * text.recalled.length);
    await another();
    // Reading takes this machine no time, so that all of it is read by itself.
    expect(await client.ask(question)).toMatchObject({ archivedTokens: 0 });
  });

  it('is not put twice: what goes on reuses it', async () => {
    const first = await asked(0, { maxTokens: 4 });
    expect(first.archivedTokens).toBeGreaterThan(5);
    const rest = await asked(0, { begun: first.text });
    expect(rest.archivedTokens).toBe(0);
    expect(rest.readTokens).toBeLessThan(16);
    const history = [
      { role: 'user' as const, text: question.question },
      { role: 'assistant' as const, text: first.text },
    ];
    const second = await asked(0, { question: 'What is the value of mostFiles?', history });
    expect(second.archivedTokens).toBeGreaterThan(5);
    expect(second.text.length).toBeGreaterThan(0);
  });

  it('that a person attached costs nothing where it is as it was read, and is read where it is not', async () => {
    const text = readFileSync(join(repository, 'long.ts'), 'utf8');
    const about = 'What does this file do?';
    const rows = await asked(0, { question: about, attachments: [whole(text)] });
    expect(rows.archivedTokens).toBeGreaterThan(2048);
    expect(rows.readTokens).toBeLessThan(200);
    const unsaved = await asked(0, { question: about, attachments: [whole(text.replace('export', 'export /* not saved */'))] });
    expect(unsaved.readTokens).toBeGreaterThan(2000);
    // Windows' line ends are those of the text as it was read.
    await another();
    const windows = await asked(0, { question: about, attachments: [whole(text.replaceAll('\n', '\r\n'))] });
    expect(windows.archivedTokens).toBe(rows.archivedTokens);
  });

  it('is read where its rows are damaged, or where they are not in the archive', async () => {
    for (const path of objects()) {
      const bytes = readFileSync(path);
      bytes[bytes.length - 200]! ^= 1;
      writeFileSync(path, bytes);
    }
    const text = readFileSync(join(repository, 'long.ts'), 'utf8');
    const damaged = await asked(0, { attachments: [whole(text)] });
    // Of several frames those before the damage are of use.
    expect(damaged.archivedTokens).toBeLessThan(2048);
    expect(damaged.readTokens).toBeGreaterThan(100);
    expect(damaged.text.length).toBeGreaterThan(0);
    expect(log.some((line) => line.includes('is removed from the archive'))).toBe(true);
    for (const path of objects()) rmSync(path);
    await another();
    expect(await asked(0)).toMatchObject({ archivedTokens: 0 });
  });

  it('is of the version on disk: rows of another one are not put', async () => {
    const path = join(repository, 'limits.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('4711', '77'));
    await client.connection.sendNotification(messages.filesChanged, { paths: [path] });
    const newest = () => client.statuses.at(-1)?.repository?.memory;
    expect(await until(() => newest()?.behind === 0 && (newest()?.journalTokens ?? 0) > 0, 20_000)).toBe(true);
    const { recalled, archivedTokens, readTokens } = await asked(0);
    expect(recalled.map((span) => span.path)).toContain('limits.ts');
    // It was read as a whole when it changed, and is in the archive since.
    expect(archivedTokens).toBeGreaterThan(5);
    expect(readTokens).toBeLessThan(80);
  });
});

describe.skipIf(!bounded)('ghost text', () => {
  const text = () => readFileSync(join(repository, 'long.ts'), 'utf8');
  /** Line `line` of a file is to be written. Nothing of the request before is gone on with. */
  async function complete(line: number, textTokens: number, file = text()) {
    await client.connection.sendRequest(messages.complete, { path: 'another.ts', prefix: 'let a = ', suffix: '', maxTokens: 1 });
    const lines = file.split('\n');
    const [prefix, suffix] = [`${lines.slice(0, line - 1).join('\n')}\n`, `\n${lines.slice(line).join('\n')}`];
    const params = { path: 'long.ts', prefix, suffix, singleLine: true, maxTokens: 16, textTokens };
    return client.connection.sendRequest(messages.complete, params);
  }

  beforeAll(async () => {
    renew();
    await keep('roomy', {}, { budget: 4096 });
  });
  beforeEach(async () => {
    bringBack('roomy');
    await open({}, { budget: 4096 });
    await read();
  });

  it('recalls what it is told of files that were read, and reads what is near the cursor', async () => {
    const read = await complete(60, 10_000);
    expect(read.archivedTokens).toBe(0);
    const recalled = await complete(60, 0);
    expect(recalled.readTokens + recalled.archivedTokens).toBe(read.readTokens);
    expect(recalled.archivedTokens).toBeGreaterThan(0.6 * read.readTokens);
    // The next key costs what it costs without an archive.
    const next = await client.connection.sendRequest(messages.complete, {
      path: 'long.ts',
      prefix: `${text().split('\n').slice(0, 59).join('\n')}\nc`,
      suffix: `\n${text().split('\n').slice(60).join('\n')}`,
      textTokens: 0,
    });
    expect([next.archivedTokens, next.readTokens < 250]).toEqual([0, true]);
  });

  it('reads lines that are edited, and recalls those around them', async () => {
    const lines = Array.from({ length: 3 }, (_, i) => `const edited${i} = 4711 * ${i}; // and not saved`);
    const edited = text()
      .split('\n')
      .toSpliced(45, 3, ...lines)
      .join('\n');
    const whole = await complete(60, 0);
    const around = await complete(60, 0, edited);
    expect(around.archivedTokens).toBeGreaterThan(0.4 * whole.archivedTokens);
    expect(around.archivedTokens).toBeLessThan(whole.archivedTokens);
  });

  it('reads where rows are damaged', async () => {
    const { readTokens: all } = await complete(60, 10_000);
    for (const path of objects()) {
      const bytes = readFileSync(path);
      bytes[bytes.length - 200]! ^= 1;
      writeFileSync(path, bytes);
    }
    const found = await complete(60, 0);
    expect(found.readTokens + found.archivedTokens).toBe(all);
    expect(log.some((line) => line.includes('is removed from the archive'))).toBe(true);
    for (const path of objects()) rmSync(path);
    expect(await complete(60, 0)).toMatchObject({ archivedTokens: 0, readTokens: all });
  });
});
