/** Exact source added to the prompt, with the demo model: in a real child process, from the command line, and beside a chat. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages, type Answer } from '../../src/protocol';
import { Bonsai } from '../../src/sidecar/bonsai';
import type { AskedNeedle, FidelityReport } from '../../src/sidecar/recall/fidelity';
import { failing, plan, root, start, type Client } from './client';

const bounded = plan.engine === 'bonsai';
const planted = { LIMIT_QXZ: '48213', PORT_WKB: '90177', SEED_JYD: '61342', CODE_VHT: '73958' };
const where = 'src/limits.ts';

let folder: string;
let far: string;
let near: string;

/** @param filler files that follow the planted constants */
function repository(name: string, filler: number): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'src'), { recursive: true });
  const lines = Object.entries(planted).map(([constant, value]) => `const ${constant} = ${value};`);
  // Read first: files are read in the order of their paths.
  writeFileSync(join(path, where), `import { x } from './x';\n\n${lines.join('\n\nexport {};\n\n')}\n`);
  const sources = readdirSync(join(root, 'src/repo')).filter((file) => file.endsWith('.ts'));
  for (const file of sources.slice(0, filler)) writeFileSync(join(path, `src/z-${file}`), readFileSync(join(root, 'src/repo', file)));
  return path;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-recall-'));
  far = repository('far', 9);
  near = repository('near', 2);
});
afterAll(() => rmSync(folder, { recursive: true }));

const question = 'What is the value of LIMIT_QXZ?';

describe('an answer', () => {
  let client: Client;
  let memory: number;
  beforeAll(async () => {
    client = start();
    await client.connection.sendRequest(messages.loadModel, { threads: 1, ...(bounded ? { cache: { budget: 2048 } } : {}) });
    memory = (await client.read(near)).tokens;
  });
  afterAll(() => client.stop());

  const totalOf = ({ reusedTokens, readTokens }: Answer) => reusedTokens + readTokens - memory;

  it('has the exact value, and names file and lines', async () => {
    const answer = await client.ask({ question, maxTokens: 12 });
    expect(answer.text).toBe('48213');
    expect(answer.recalled).toEqual([
      { path: where, startLine: 3, endLine: 3, why: 'defines LIMIT_QXZ', tokens: expect.any(Number) as number },
    ]);
    expect(answer.readTokens).toBeGreaterThan(answer.recalled[0]!.tokens);
    expect(answer.reusedTokens).toBe(memory);
  });

  it('has the symbols of all files, by their letters', async () => {
    const { symbols } = await client.connection.sendRequest(messages.findSymbols, { query: 'limit_q' });
    expect(symbols).toEqual([{ name: 'LIMIT_QXZ', path: where, startLine: 3, nameLine: 3, endLine: 3 }]);
    const inFile = await client.connection.sendRequest(messages.findSymbols, { query: '', path: where });
    expect(inFile.symbols.map(({ name }) => name).sort()).toEqual(Object.keys(planted).sort());
  });

  it('has landmarks of what was read: what other files rest on', async () => {
    const { landmarks } = await client.connection.sendRequest(messages.landmarks);
    const kinds = landmarks.map(({ kind }) => kind);
    expect(kinds).toEqual([...new Set(kinds)]);
    expect(kinds).toEqual(expect.arrayContaining(['function', 'file', 'constant']));
    for (const { path } of landmarks) expect(path).toMatch(/^src\/[\w-]+\.ts$/);
  });

  it('is not given again what the selection holds', async () => {
    const selection = { path: where, startLine: 1, endLine: 5, text: "import { x } from './x';\n\nconst LIMIT_QXZ = 48213;\n\nexport {};" };
    const answer = await client.ask({ question, selection, maxTokens: 4 });
    expect(answer.recalled.every(({ startLine }) => startLine > 5)).toBe(true);
  });

  it('has source only before its own question, and reads again only from the turn that had some', async () => {
    const first = await client.ask({ question: 'Hello there!', maxTokens: 4 });
    expect(first.recalled).toEqual([]);
    const history = [
      { role: 'user' as const, text: 'Hello there!' },
      { role: 'assistant' as const, text: first.text },
    ];
    const second = await client.ask({ question: 'What are LIMIT_QXZ, PORT_WKB, SEED_JYD and CODE_VHT?', history, maxTokens: 4 });
    const put = second.recalled.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(put).toBeGreaterThan(60);
    // What stood before the last question is still there.
    expect(second.reusedTokens).toBeGreaterThanOrEqual(memory + first.readTokens);
    history.push({ role: 'user', text: 'What are LIMIT_QXZ, PORT_WKB, SEED_JYD and CODE_VHT?' }, { role: 'assistant', text: second.text });
    const third = await client.ask({ question: 'Hello there!', history, maxTokens: 4 });
    const putAgain = third.recalled.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(third.reusedTokens).toBeGreaterThanOrEqual(memory + first.readTokens);
    // The second turn is without its spans: all that is new is its answer, and the last question.
    expect(totalOf(third) - putAgain).toBeLessThan(totalOf(second) - put + 50);
    // The same conversation, read from its beginning, is answered alike.
    await client.ask({ question: 'Something else?', maxTokens: 4 });
    const again = await client.ask({ question: 'Hello there!', history, maxTokens: 4 });
    expect([again.text, again.recalled, totalOf(again)]).toEqual([third.text, third.recalled, totalOf(third)]);
  });

  // Last: another repository takes the place of the one above.
  it('has no prompt file of Bonsai as its source, whatever the question', async () => {
    const other = join(folder, 'prompts');
    const words = 'Weigh every zanzibar against its quokka budget.\n';
    for (const path of ['.bonsai/prompts/weigh.md', 'packages/a/.bonsai/prompts/weigh.md', 'docs/weigh.md']) {
      mkdirSync(dirname(join(other, path)), { recursive: true });
      writeFileSync(join(other, path), words);
    }
    await client.read(other);
    const answer = await client.ask({ question: 'Weigh every zanzibar against its quokka budget: docs/weigh.md, weigh.md', maxTokens: 4 });
    expect(answer.recalled.map(({ path }) => path)).toEqual(['docs/weigh.md']);
  });
});

describe('bonsai recall', () => {
  const recall = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'scripts/bonsai.mjs'), 'recall', ...args, '--threads', '1'], {
      encoding: 'utf8',
      timeout: 110_000,
    });

  it.runIf(bounded)('shows what compressed memory alone has lost and exact source brings back', () => {
    const { stdout, stderr, status } = recall(far, '--budget', '512', '--needles', '30', '--json');
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout) as FidelityReport['fidelity'] & { asked: AskedNeedle[]; repositoryTokens: number };
    expect(report.repositoryTokens).toBeGreaterThan(4 * 512);
    const asked = report.asked.filter(({ path }) => path === where);
    expect(asked.map(({ name, value, line }) => [name, value, line])).toEqual(
      Object.entries(planted).map(([name, value], i) => [name, value, 3 + 4 * i]),
    );
    const mean = (of: (needle: AskedNeedle) => number) => asked.reduce((sum, needle) => sum + of(needle), 0) / asked.length;
    expect(mean(({ memory }) => memory.nats)).toBeGreaterThan(0.5);
    expect(mean(({ recalled }) => recalled.nats)).toBeLessThan(0.3);
    expect(asked.some(({ memory }) => !memory.exact)).toBe(true);
    for (const { recalled, value } of asked) expect([recalled.exact, recalled.text, recalled.found]).toEqual([true, value, true]);
    // All that was read is in the archive: rows of it, with no word of it read, tell more than the memory.
    for (const { rows } of asked) expect(rows?.tokens).toBeGreaterThan(0);
    expect(mean(({ rows }) => rows?.nats ?? Infinity)).toBeLessThan(mean(({ memory }) => memory.nats));
    const withRows = report.asked.flatMap(({ rows }) => (rows ? [rows] : []));
    expect(report.rows).toMatchObject({ needles: withRows.length, exact: withRows.filter(({ exact }) => exact).length });
    expect(report.needles).toBe(report.asked.length);
    expect(report.recalled.exact).toBe(report.asked.filter(({ recalled }) => recalled.exact).length);
    expect(report.found).toBe(report.asked.filter(({ recalled }) => recalled.found).length / report.needles);
    expect(report.recalled.nats).toBeLessThan(report.memory.nats);
  });

  it('says it in words, and what to do where there is nothing to ask for', () => {
    const { stdout, status } = recall(near, '--needles', '2');
    expect([status, /2 of its constants asked for/.test(stdout), /with source added as text\s+2 of 2/.test(stdout)]).toEqual([
      0,
      true,
      true,
    ]);
    expect(stdout).toMatch(bounded ? /with rows from the archive\s+\d of 2\s+\d/ : /with rows from the archive\s+the archive has none/);
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(empty, 'a.ts'), 'run();\n');
    const nothing = recall(empty);
    expect([nothing.status, nothing.stdout]).toEqual([1, '']);
    expect(nothing.stderr).toContain('No constant with a value of its own');
  });
});

describe('measuring beside a chat', () => {
  let bonsai: Bonsai;
  beforeAll(async () => {
    bonsai = new Bonsai();
    await bonsai.loadModel({ gpu: 'off', threads: 1 });
  });
  afterAll(() => bonsai.close());

  it('asks nothing of nothing', async () => {
    await expect(bonsai.measureFidelity({})).rejects.toMatchObject({ code: 'no-memory' });
    await bonsai.readRepository({ folders: [near] });
  });

  it('gives the chat its sequence whenever it wants it, and both are as if they had been alone', async () => {
    const numbers = ({ asked }: FidelityReport) => asked.map(({ name, memory, rows, recalled }) => [name, memory, rows, recalled]);
    const answers = ({ text, recalled, stop }: Answer) => ({ text, recalled, stop });
    const ask = () => bonsai.ask({ question: 'Where is `isInside` defined?', maxTokens: 12 }, () => undefined);
    const alone = numbers(await bonsai.measureFidelity({ needles: 6 }));
    const calm = answers(await ask());
    const disturbed = bonsai.measureFidelity({ needles: 6 });
    // The chat comes whenever one unit of the measurement is done, so in the middle of a constant.
    for (let i = 0; i < 12; i++) {
      expect(answers(await ask())).toEqual(calm);
      await nextTurn();
    }
    expect(numbers(await disturbed)).toEqual(alone);
    expect(answers(await ask())).toEqual(calm);
  });

  it('stops when it is told to, and is done once at a time', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const first = bonsai.measureFidelity({ needles: 6, signal: stop.signal, onProgress: (done) => done === 1 && stop.abort(reason) });
    await expect(bonsai.measureFidelity({})).rejects.toMatchObject({ code: 'busy' });
    await expect(first).rejects.toBe(reason);
    expect((await bonsai.ask({ question, maxTokens: 12 }, () => undefined)).text).toBe('48213');
    expect((await bonsai.complete({ path: 'a.ts', prefix: 'const a', suffix: '', maxTokens: 4 })).readTokens).toBeGreaterThan(0);
  });
});

it('a question before anything was read gets no source', async () => {
  const client = start();
  await client.connection.sendRequest(messages.loadModel, { threads: 1 });
  const answer = await client.ask({ question, maxTokens: 4 });
  expect(answer.recalled).toEqual([]);
  expect((await failing(client.read(join(folder, 'nowhere')))).code).toBe('folder-missing');
  await client.stop();
});
