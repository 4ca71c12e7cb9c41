/** Where a block belongs, by which leniency, what it then changes, and when it is refused. */
import { describe, expect, it } from 'vitest';
import { changedLines } from '../../../../../src/extension/edits/lineEdits';
import { locate, type LineSpan } from '../../../../../src/extension/edits/blocks/locate';
import type { EditBlock } from '../../../../../src/extension/edits/types';
import { Random } from '../../../../engine/reference/random';

interface Given {
  line?: number;
  near?: LineSpan;
  path?: string;
}

/** The text after the edit, or the code of its refusal in brackets. */
function edit(text: string, search: string, replace: string, { line, near, path = 'a.ts' }: Given = {}): string {
  const block: EditBlock = { path, guesses: [], search: split(search), replace: split(replace), line };
  const lines = text.split('\n');
  const found = locate(lines, block, path, near);
  return 'refused' in found ? `[${found.refused}]` : changedLines(lines, found.changes).join('\n');
}
const split = (text: string) => (text === '' ? [] : text.split('\n'));

describe('exactly', () => {
  it('replaces lines, and only those', () => {
    expect(edit('one\ntwo two\nthree\n', 'two two', 'new\nlines')).toBe('one\nnew\nlines\nthree\n');
    expect(edit('first\nlast line', 'last line', 'end')).toBe('first\nend');
    expect(edit('first\nsecond\n', 'second', '')).toBe('first\n');
  });

  it('works on whole lines: a part of a line is not found', () => {
    expect(edit('const total = 1;\n', 'total = 1', 'total = 2')).toBe('[not-found]');
  });

  it('wins over looser matches elsewhere', () => {
    expect(edit('  call()\ncall()\n', 'call()', 'done()')).toBe('  call()\ndone()\n');
  });

  it('keeps the line end at the end of the file', () => {
    expect(edit('alpha\nbeta\n', 'alpha\nbeta\n', 'gamma')).toBe('gamma\n');
  });

  it('can take a blank line away', () => {
    expect(edit('alpha\n\nbeta\n', 'alpha\n\nbeta', 'alpha\nbeta')).toBe('alpha\nbeta\n');
    expect(edit('alpha\n\nbeta\n', 'alpha\n', 'alpha')).toBe('alpha\nbeta\n');
  });
});

describe('white space at line ends', () => {
  it('does not matter, and stays where nothing changes', () => {
    expect(edit('keep  \nold\t\nkeep too \n', 'keep\nold\nkeep too', 'keep\nnew\nkeep too')).toBe('keep  \nnew\nkeep too \n');
    expect(edit('keep\nold line\n', 'keep  \nold line ', 'keep  \nnew line')).toBe('keep\nnew line\n');
  });
});

describe('indentation', () => {
  it('that the model left out comes back on the new lines', () => {
    expect(edit('class A {\n    run() {\n        go();\n    }\n}\n', 'run() {\n    go();\n}', 'run() {\n    stop();\n\n    go();\n}')).toBe(
      'class A {\n    run() {\n        stop();\n\n        go();\n    }\n}\n',
    );
  });

  it('that the model added is taken off', () => {
    expect(edit('if x:\n  go()\n', '    if x:\n      go()', '    if y:\n      go()\n      go()', { path: 'a.py' })).toBe(
      'if y:\n  go()\n  go()\n',
    );
  });

  it('keeps tabs tabs', () => {
    expect(edit('\tfunc()\n\t\tinner()\n', 'func()\n\tinner()', 'func()\n\tother()')).toBe('\tfunc()\n\t\tother()\n');
    expect(edit('\tcall()\n', '    call()', '    done()')).toBe('[not-found]');
  });

  it('must be off by the same on every line', () => {
    expect(edit('  first()\n    second()\n', 'first()\nsecond()', 'x()\ny()')).toBe('[not-found]');
  });

  it('that cannot be taken off a new line is refused', () => {
    expect(edit('if x:\n  go()\n', '    if x:\n      go()', 'else:\n      go()', { path: 'a.py' })).toBe('[indentation]');
  });
});

describe('blank lines', () => {
  it('may be more, fewer or around', () => {
    expect(edit('alpha\n\n\nbeta\n', 'alpha\nbeta', 'alpha\nbeta\ngamma')).toBe('alpha\n\n\nbeta\ngamma\n');
    expect(edit('alpha\nbeta\n', 'alpha\n\nbeta', 'alpha\n\ngamma')).toBe('alpha\ngamma\n');
    expect(edit('alpha\n\n\nbeta\n', 'alpha\n\nbeta', 'alpha\n\ngamma')).toBe('alpha\n\ngamma\n');
    expect(edit('alpha\nbeta\n', '\n\nalpha\n\n', '\n\ngamma\n\n')).toBe('gamma\nbeta\n');
  });

  it('and indentation may be off together', () => {
    expect(edit('{\n  alpha\n\n  beta\n}\n', 'alpha\nbeta', 'alpha\ngamma')).toBe('{\n  alpha\n  gamma\n}\n');
  });
});

describe('more than one place', () => {
  const text = 'call();\nother\ncall();\n' + 'x\n'.repeat(20) + 'call();\n';

  it('is refused', () => expect(edit(text, 'call();', 'done();')).toBe('[ambiguous]'));

  it('is decided by a line hint that fits one of them', () => {
    expect(edit(text, 'call();', 'done();', { line: 25 })).toBe(text.replace(/call\(\);\n$/, 'done();\n'));
    expect(edit(text, 'call();', 'done();', { line: 2 })).toBe('[ambiguous]');
    expect(edit(text, 'call();', 'done();', { line: 500 })).toBe('[ambiguous]');
  });

  it('is decided by the selection', () => {
    expect(edit(text, 'call();', 'done();', { near: { first: 1, last: 2 } })).toBe(text.replace('other\ncall();', 'other\ndone();'));
    expect(edit(text, 'call();', 'done();', { near: { first: 0, last: 2 } })).toBe('[ambiguous]');
    expect(edit(text, 'call();', 'done();', { near: { first: 5, last: 9 } })).toBe('[ambiguous]');
  });

  it('counts places that overlap', () => expect(edit('aaaa\naaaa\naaaa\n', 'aaaa\naaaa', 'b')).toBe('[ambiguous]'));
});

describe('too little to search for', () => {
  it('is refused, except in an empty file', () => {
    expect(edit('if (x) {\n}\n', '}', '} // end')).toBe('[too-short]');
    expect(edit('text\n', '', 'new')).toBe('[exists]');
    expect(edit('text\n', '\n  \n', 'new')).toBe('[exists]');
    expect(edit('', '', 'new\nfile')).toBe('new\nfile\n');
    expect(edit('\n \n', '', 'new\n\n')).toBe('new\n');
    expect(edit('x\n', 'x', 'long enough')).toBe('long enough\n');
  });
});

describe('placeholders', () => {
  it.each([
    '// ... existing code ...',
    '  // ...',
    '# ... rest of the file unchanged',
    '/* ... other methods ... */',
    '<!-- ... -->',
    '...',
    '… rest of the function',
    '// rest of the code remains the same',
    '// existing code',
    '-- ...',
    '{/* ... existing JSX code ... */}',
    '// other methods ...',
    'function run() { /* ... existing code ... */ }',
    'return <div>{/* ... existing children ... */}</div>;',
    'return <ul><!-- ... rest of the list ... --></ul>;',
    'call(); // ... existing code ...',
    `call(${'argument, '.repeat(100)}); // ... existing code ...`,
    `run() { /* … remaining code of this function … */ }${' '.repeat(300)}// end`,
  ])('are refused on either side: %s', (line) => {
    expect(edit('alpha\nbeta\ngamma\n', 'alpha\nbeta', `alpha\n${line}`)).toBe('[elision]');
    expect(edit('alpha\nbeta\ngamma\n', `alpha\n${line}\ngamma`, 'alpha\ngamma')).toBe('[elision]');
  });

  it('includes what Bonsai puts in place of embedded data', () => {
    const marker = 'const logo = "[45 kB of encoded data left out]";';
    expect(edit('alpha\nbeta\n', 'beta', marker)).toBe('[elision]');
    expect(edit(`alpha\n${marker}\n`, 'alpha', 'beta')).toBe(`beta\n${marker}\n`);
  });

  it('are no placeholders where the file holds them', () => {
    expect(edit('alpha\n// ...\ngamma\n', 'alpha\n// ...', 'beta\n// ...')).toBe('beta\n// ...\ngamma\n');
  });

  it.each([
    ['  ...rest,', 'a.ts'],
    ['  ...options', 'a.ts'],
    ['    ...', 'a.py'],
    ['// waits for the rest', 'a.ts'],
    ['console.log("...");', 'a.ts'],
    ['* other tools do more...', 'a.md'],
    ['args...', 'a.go'],
    ["  print('...')", 'a.py'],
    ["const text = '// ... existing code ...';", 'a.ts'],
    ['call(); // waits ... for the rest ... of it', 'a.ts'],
    ['// https://a.org/...', 'a.ts'],
    [`call(${'argument, '.repeat(100)}); // the rest...`, 'a.ts'],
  ])('are not seen in %s of %s', (line, path) => {
    expect(edit('alpha\nbeta\n', 'alpha', `alpha\n${line}`, { path })).toBe(`alpha\n${line}\nbeta\n`);
  });
});

describe('hidden characters', () => {
  it.each([
    ['right-to-left override', 'a\u202eb'],
    ['isolate', 'a\u2066b'],
    ['zero-width space', 'a\u200bb'],
    ['byte order mark', '\ufeffab'],
    ['null', 'a\0b'],
    ['escape', '\u001b[31mred'],
    ['carriage return', 'a\rb'],
    ['tag', 'a\u{e0041}'],
    ['half a surrogate pair', 'a\ud800'],
  ])('are refused: %s', (_, text) => {
    expect(edit('alpha\nbeta\n', 'alpha', text)).toBe('[hidden-characters]');
    expect(edit('', '', text)).toBe('[hidden-characters]');
  });

  it('that the file holds already may stay', () => {
    expect(edit('al\u200bpha\nbeta\n', 'al\u200bpha\nbeta', 'al\u200bpha\nnew')).toBe('al\u200bpha\nnew\n');
  });

  it('needed for writing are let in', () => {
    expect(edit('alpha\nbeta\n', 'alpha', 'می\u200cخواهم 👩\u200d💻 \ufe0f\tx')).toContain('می\u200cخواهم');
  });
});

it('refuses what changes nothing', () => {
  expect(edit('alpha\nbeta\n', 'alpha', 'alpha')).toBe('[no-change]');
  expect(edit('  alpha\nbeta\n', 'alpha', 'alpha')).toBe('[no-change]');
});

it('changes nothing outside the place it found', () => {
  const random = new Random(3);
  for (let round = 0; round < 500; round++) {
    const lines = Array.from(
      { length: random.whole(3, 30) },
      () => random.one(['', '  ', '\t']) + random.one(['alpha', 'beta', 'gamma', 'delta()', '']),
    );
    const from = random.whole(0, lines.length - 2);
    const to = random.whole(from + 1, lines.length - 1);
    const search = lines.slice(from, to).map((line) => (random.fraction() < 0.2 ? line.trimEnd() : line));
    const replace = search.flatMap((line) =>
      random.fraction() < 0.3 ? [random.one(['new', '  newer'])] : random.fraction() < 0.2 ? [] : [line],
    );
    const found = locate(lines, { path: 'a', guesses: [], search, replace, line: from + 1 }, 'a', undefined);
    if ('refused' in found) continue;
    const after = changedLines(lines, found.changes);
    const first = Math.min(...found.changes.map((change) => change.start));
    const end = Math.max(...found.changes.map((change) => change.start + change.from.length));
    expect(after.slice(0, first)).toEqual(lines.slice(0, first));
    expect(after.slice(after.length - (lines.length - end))).toEqual(lines.slice(end));
    for (const change of found.changes) expect(lines.slice(change.start, change.start + change.from.length)).toEqual(change.from);
  }
});

it('finds its way in a file of many equal lines without freezing', () => {
  const lines = Array.from({ length: 200_000 }, () => 'aaaa');
  const search = [...Array.from({ length: 4000 }, () => 'aaaa'), 'bbbb'];
  const started = performance.now();
  const of = (text: string[]) => locate(lines, { path: 'a', guesses: [], search: text, replace: ['c'], line: undefined }, 'a');
  expect(of(search)).toEqual({ refused: 'not-found' });
  expect(of(search.slice(0, -1))).toEqual({ refused: 'ambiguous' });
  expect(performance.now() - started).toBeLessThan(10_000);
});
