/** What a code block of an answer becomes: an edit to be reviewed, a file, or nothing. */
import { describe, expect, test } from 'vitest';
import type { CodeBlock } from '../../../../src/protocol';
import { codeOf, editsIn, indentedLike, languageId, namedPath, newFileEdit, selectionEdit } from '../../../../src/extension/chat/codeBlock';
import { EditBlockParser } from '../../../../src/extension/edits/blocks/editBlocks';

const block = (text: string, info = '', before = ''): CodeBlock => ({ text, info, before });
const parsed = (text: string) => {
  const parser = new EditBlockParser();
  return [...parser.push(text), ...parser.end()];
};

test.each([
  ['ts', 'typescript'],
  ['TS src/a.ts', 'typescript'],
  ['python', 'python'],
  ['c++', 'cpp'],
  ['sh', 'shellscript'],
  ['klingon', 'plaintext'],
  ['', 'plaintext'],
  ['{.ts}', 'plaintext'],
])('a fence with %j is %s', (info, id) => {
  expect(languageId({ info }, ['typescript', 'python', 'cpp', 'shellscript', 'plaintext'])).toBe(id);
});

test.each([
  ['ts src/a.ts', '', 'src/a.ts'],
  ['ts', '`src/a.ts`:', 'src/a.ts'],
  ['ts title="src/a.ts"', 'src/b.ts', 'src/a.ts'],
  ['ts', 'Change src/a.ts so that it works:', undefined],
  ['ts', '', undefined],
])('%j after %j names %j', (info, before, path) => {
  expect(namedPath(block('x', info, before))).toBe(path);
});

describe('a block with edits', () => {
  const edit = '<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n';

  test.each([
    ['the fence', block(edit, 'ts src/a.ts')],
    ['the line before', block(edit, 'ts', 'src/a.ts')],
    ['the block itself', block(`src/a.ts\n${edit}`, 'ts')],
  ])('is taken as it is, its file named by %s', (_where, given) => {
    expect(parsed(editsIn(given) ?? '')).toMatchObject([{ kind: 'block', block: { path: 'src/a.ts', search: ['a'], replace: ['b'] } }]);
  });

  test('is left to the review to refuse when it is broken', () => {
    expect(editsIn(block('<<<<<<< SEARCH\na\n=======\n', 'ts'))).toBeDefined();
  });

  test.each(['', 'const a = 1;\n', 'a <<<<<<< b\n', '=======\n'])('%j is code alone', (text) => {
    expect(editsIn(block(text, 'ts src/a.ts'))).toBeUndefined();
  });
});

test('code alone replaces what is selected, at its line and as far indented', () => {
  const edit = selectionEdit('src/a.ts', { line: 7, selected: '    old();\n    older();' }, block('fresh();\n\nfresher();\n'));
  expect(parsed(edit)).toEqual([
    {
      kind: 'block',
      block: {
        path: 'src/a.ts',
        guesses: [],
        line: 7,
        search: ['    old();', '    older();'],
        replace: ['    fresh();', '', '    fresher();'],
      },
    },
  ]);
});

test('code alone makes a new file', () => {
  expect(parsed(newFileEdit('src/new.ts', block('a\nb\n')))).toMatchObject([
    { kind: 'block', block: { path: 'src/new.ts', search: [], replace: ['a', 'b'] } },
  ]);
});

test('a selection whose text could end the block is not applied by guess', () => {
  const edit = selectionEdit('a.md', { line: 1, selected: 'Title\n=======' }, block('Heading\n'));
  expect(parsed(edit)).toMatchObject([{ kind: 'broken', code: 'dividers' }]);
});

test.each([
  [['\ta'], ['b'], ['\tb']],
  [
    ['  a', '    b'],
    ['if c', '  d'],
    ['  if c', '    d'],
  ],
  [['  a'], ['  b'], ['  b']],
  [['a'], ['b', '  c'], ['b', '  c']],
  [[''], ['b'], ['b']],
  [['  a', '\tb'], ['c'], ['c']],
])('where %j stood, %j becomes %j', (there, code, moved) => {
  expect(indentedLike(there, code)).toEqual(moved);
});

test('only the line end before the closing fence goes', () => {
  expect(codeOf({ text: 'a\n\n' })).toBe('a\n');
  expect(codeOf({ text: 'a' })).toBe('a');
});
