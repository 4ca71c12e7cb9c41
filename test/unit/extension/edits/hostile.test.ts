/**
 * Whatever a model writes, nothing changes on disk, nothing throws, and every refusal is a sentence. What is offered can be
 * carried out and changes only its own file.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveEditPath } from '../../../../src/extension/edits/blocks/editPath';
import { EditRun, type EditOutcome, type Files } from '../../../../src/extension/edits/run/editRun';
import { changedLines, linesOf } from '../../../../src/extension/edits/lineEdits';
import { refusalLine, refusalReport } from '../../../../src/extension/edits/blocks/refusals';
import { Review } from '../../../../src/extension/edits/review/review';
import { reviewLayout } from '../../../../src/extension/edits/review/reviewText';
import { untranslated } from '../../../../src/extension/util/text';
import { Random } from '../../../engine/reference/random';
import { floods } from './hostileMarkup';
import { block, hostileOutputs, sandbox } from './hostileOutputs';

/** Milliseconds for one output. */
const patience = 1000;

let home: string;
let folder: string;
let untouched: Map<string, string>;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'bonsai-hostile-'));
  folder = join(home, 'workspace');
  const all = {
    ...sandbox,
    '../outside/secret.txt': 'secret\n',
    'fixed.ts': 'export const one = 1;\n',
    'huge.ts': '',
    'image.png': '\x89PNG\r\n\x1a\n\0\0\0',
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, 'latin1');
  }
  truncateSync(join(folder, 'huge.ts'), 3_000_000);
  chmodSync(join(folder, 'fixed.ts'), 0o444);
  symlinkSync(join(home, 'outside'), join(folder, 'link-out'));
  symlinkSync(join(home, 'outside/secret.txt'), join(folder, 'link-to-secret.ts'));
  symlinkSync(join(home, 'nowhere'), join(folder, 'dangling.ts'));
  symlinkSync(join(folder, '.git'), join(folder, 'link-to-git'));
  untouched = onDisk();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Every file below the sandbox's home with its text (a large one with its size and time), links by their names alone. */
function onDisk(): Map<string, string> {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile()) return [relative(home, path), 'no file'];
      const { size, mtimeMs } = statSync(path);
      return [relative(home, path), size > 100_000 ? `${size} ${mtimeMs}` : readFileSync(path, 'latin1')];
    }),
  );
}

/** The workspace as the editor would open it. */
const files: Files = {
  async open(path) {
    const found = await resolveEditPath(path, [{ path: folder }]);
    if ('refused' in found) return found;
    return {
      key: found.path,
      path: relative(folder, found.path),
      lines: found.exists ? linesOf(readFileSync(found.path, 'utf8')) : undefined,
    };
  },
};

async function run(output: string, cut = (whole: string) => [whole]): Promise<{ review: Review; outcome: EditOutcome }> {
  const review = new Review();
  const edit = new EditRun(files, review, { path: 'src/a.ts', selected: undefined });
  for (const piece of cut(output)) edit.feed(piece);
  return { review, outcome: await edit.finish() };
}

function check({ review, outcome }: { review: Review; outcome: EditOutcome }): void {
  expect(onDisk()).toEqual(untouched);
  for (const refusal of outcome.refusals) {
    const line = refusalLine(refusal, untranslated);
    expect(line).toMatch(/[A-Z][^.]+\.( It may have changed since; ask again\.| Select the lines .+\.)?$/);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  for (const file of review.pending) {
    expect(file.key.startsWith(`${folder}/`)).toBe(true);
    const lines = file.lines ?? [];
    for (const { start, from } of file.hunks) expect(lines.slice(start, start + from.length)).toEqual(from);
    const shown = new Set(linesOf(reviewLayout(lines, file.hunks).text));
    for (const line of changedLines(lines, file.hunks)) expect(shown).toContain(line);
  }
}

describe(`${hostileOutputs.length} outputs`, () => {
  it('are at least a hundred', () => expect(new Set(hostileOutputs.map(({ name }) => name)).size).toBeGreaterThanOrEqual(100));

  it.each(hostileOutputs)('$name', async ({ output, offered, refused }) => {
    const started = performance.now();
    const result = await run(output);
    expect(performance.now() - started).toBeLessThan(patience);
    expect(result.outcome.refusals.map(({ code }) => code)).toEqual(refused);
    expect(result.outcome.offered).toBe(offered);
    expect(result.review.pending.length > 0).toBe(offered > 0);
    check(result);
  });
});

it('the same comes of every output when it arrives in pieces', async () => {
  const random = new Random(13);
  for (const { output, offered, refused, name } of hostileOutputs) {
    if (output.length > 20_000) continue;
    const { outcome } = await run(output, (whole) => whole.match(new RegExp(`[^]{1,${random.whole(1, 9)}}`, 'g')) ?? []);
    expect([outcome.offered, outcome.refusals.map(({ code }) => code)], name).toEqual([offered, refused]);
  }
});

it('an output may be cut off anywhere, or have pieces swapped, without harm', async () => {
  const random = new Random(17);
  const short = hostileOutputs.filter(({ output }) => output.length > 0 && output.length < 2000);
  for (let round = 0; round < 400; round++) {
    const [one, two] = [random.one(short).output, random.one(short).output];
    check(await run(one.slice(0, random.whole(0, one.length)) + random.one(['', '\n']) + two.slice(random.whole(0, two.length))));
  }
});

it('an endless output of blocks is stopped', async () => {
  const review = new Review();
  let full = 0;
  const edit = new EditRun(files, review, { path: 'src/a.ts', selected: undefined }, { onFull: () => full++ });
  for (let count = 0; count < 1000; count++) edit.feed(`new/file${count}.ts\n${block('', 'x')}`);
  const { offered, refusals } = await edit.finish();
  expect(full).toBe(1);
  expect(offered).toBeLessThanOrEqual(200);
  expect(refusals.at(-1)?.code).toBe('too-many');
  check({ review, outcome: { offered, refusals, files: [] } });
});

it('a stream that repeats itself without end costs its length and no more', async () => {
  const review = new Review();
  const edit = new EditRun(files, review, { path: 'src/a.ts', selected: undefined });
  const started = performance.now();
  for (let count = 0; count < 50_000; count++) edit.feed('I will now change `src/a.ts`, as you asked. ');
  for (let count = 0; count < 50_000; count++) edit.feed('```\nsrc/a.ts\n');
  expect(performance.now() - started).toBeLessThan(10 * patience);
  check({ review, outcome: await edit.finish() });
});

it.each(floods(100_000))('%s inside a block changes nothing unseen, and is judged at once', async (_name, text) => {
  const started = performance.now();
  const results = [await run(`src/a.ts\n${block(text, 'x')}`), await run(`src/a.ts\n${block('export const one = 1;', text)}`)];
  expect(performance.now() - started).toBeLessThan(2 * patience);
  results.forEach(check);
});

it('a file that cannot be opened is refused like any other', async () => {
  const broken: Files = { open: () => Promise.reject(new Error('EIO')) };
  const edit = new EditRun(broken, new Review(), undefined);
  edit.feed(`src/a.ts\n${block('x', 'y')}`);
  expect(await edit.finish()).toEqual({ offered: 0, files: [], refusals: [{ path: 'src/a.ts', code: 'not-a-file' }] });
});

it('what was offered before the engine died can still be reviewed', async () => {
  const review = new Review();
  const edit = new EditRun(files, review, { path: 'src/a.ts', selected: undefined });
  const answer = async function* () {
    yield `src/a.ts\n${block('export const one = 1;', 'export const one = 2;')}src/a.ts\n<<<<<<< SEARCH\nexport const two`;
    await Promise.resolve();
    throw new Error('The engine stopped unexpectedly (SIGKILL).');
  };
  await expect(async () => {
    for await (const piece of answer()) edit.feed(piece);
  }).rejects.toThrow(/SIGKILL/);
  const outcome = await edit.finish();
  expect(outcome).toMatchObject({ offered: 1, refusals: [{ code: 'cut-off' }] });
  expect(review.pending.map(({ path, hunks }) => [path, hunks.length])).toEqual([['src/a.ts', 1]]);
  check({ review, outcome });
});

it('a block that was cut short by a marker in its text is taken back', async () => {
  const { review, outcome } = await run(`src/a.ts\n${block('export const one = 1;', 'const text = `\n>>>>>>> REPLACE\n`;')}`);
  expect(outcome).toMatchObject({ offered: 0, refusals: [{ path: 'src/a.ts', code: 'stray' }] });
  expect(review.pending).toEqual([]);
});

it('a path in prose counts only where there is such a file', async () => {
  const said = (text: string) => run(`${text}\n\`\`\`ts\n${block('export const two = 2;', 'export const two = 3;')}\`\`\`\n`);
  expect((await said('In `console.log` and `src/crlf.ts`:')).review.pending.map(({ path }) => path)).toEqual(['src/crlf.ts']);
  expect((await said('In `console.log`:')).review.pending.map(({ path }) => path)).toEqual(['src/a.ts']);
});

describe('the report', () => {
  it('holds every reason, and the answer in a fence that it cannot close', () => {
    const answer = '````\n[x](command:evil)\n<script>\n';
    const report = refusalReport([{ path: '[a](command:b)\u202e', code: 'outside' }], answer, untranslated);
    expect(report).toContain('- \\[a\\](command:b)�: The path is not a relative path inside the workspace.');
    expect(report).toContain(`\`\`\`\`\`\n${answer.trimEnd()}\n\`\`\`\`\`\n`);
  });

  it('has no list when nothing was refused', () => expect(refusalReport([], 'prose', untranslated)).not.toContain('Refused'));
});

it('sandbox paths are what they are taken for', () => {
  expect(existsSync(join(folder, 'link-out/secret.txt'))).toBe(true);
  expect(existsSync(join(folder, 'dangling.ts'))).toBe(false);
});
