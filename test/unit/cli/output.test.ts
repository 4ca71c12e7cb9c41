/** What is printed: nothing of others reaches the terminal raw, one line stays one line, and a narrow terminal is not overrun. */
import { expect, it } from 'vitest';
import { createOutput, writeError, type Streams } from '../../../src/cli/output';
import { jsonLine, oneLine, severalLines } from '../../../src/cli/terminal';

const hostile = 'a\x1b[2J\x1b]0;title\x07b\r\nc\td\x9b31m\u202egnp.exe\u2028e';
const clean = String.raw`a\x1b[2J\x1b]0;title\x07b\r\nc\td\x9b31m\u202egnp.exe\u2028e`;
/** C0 without line end and tab, C1, DEL, and what reorders text. */
const dangerous = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex

function streams({ columns, isTTY = false }: { columns?: number; isTTY?: boolean } = {}) {
  const written = { out: '', err: '' };
  const all: Streams = {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text), isTTY, ...(columns === undefined ? {} : { columns }) },
  };
  return { all, written };
}

it('makes every control visible, and leaves the rest', () => {
  expect(oneLine(hostile)).toBe(clean);
  expect(oneLine('src/größe 見.ts 👩‍💻')).toBe('src/größe 見.ts 👩‍💻');
  expect(severalLines('if (a)\n\tb;\r\nc\x1b[0m')).toBe('if (a)\n\tb;\nc\\x1b[0m');
  expect(JSON.parse(jsonLine({ path: hostile }))).toEqual({ path: hostile });
  expect(jsonLine({ path: hostile })).not.toMatch(dangerous);
});

it('cleans every way that something is printed', () => {
  for (const json of [false, true]) {
    const { all, written } = streams();
    const output = createOutput(json, all);
    output.progress(hostile);
    output.note(hostile);
    output.stream(hostile);
    output.result({ name: hostile }, () => [hostile, 'second']);
    writeError(json, { code: 'bad-request', message: hostile }, all);
    expect(written.out + written.err).not.toMatch(dangerous);
    expect(written.out.split('\n').length - 1).toBe(json ? 2 : 3);
  }
});

it('a text of several lines keeps its own line ends', () => {
  const { all, written } = streams();
  createOutput(false, all).result({}, () => 'a\nb\x1b[1m\n');
  expect(written.out).toBe('a\nb\\x1b[1m\n');
});

it.each([
  [80, 79],
  [12, 11],
  [1, 1],
  [0, 79],
  [undefined, 79],
])('progress on a terminal of %s columns stays on its line', (columns, longest) => {
  const { all, written } = streams({ isTTY: true, ...(columns === undefined ? {} : { columns }) });
  createOutput(false, all).progress('reading 31 % (12,345 tokens) '.padEnd(300, 'x'));
  const [, drawn] = /^\r\x1b\[\?7l(.*)\x1b\[K\x1b\[\?7h$/.exec(written.err) ?? []; // eslint-disable-line no-control-regex
  expect(drawn).toHaveLength(longest);
});

it('progress leaves nothing behind it', () => {
  const { all, written } = streams({ isTTY: true, columns: 20 });
  const output = createOutput(false, all);
  output.progress('reading');
  output.note('done');
  output.note('and more');
  expect(written.err.endsWith('\r\x1b[Kdone\nand more\n')).toBe(true);
});
