/** Symbols of language servers and of our own index in one list. */
import { expect, it } from 'vitest';
import { withIndexed } from '../../../../src/extension/mentions/foundSymbols';

const indexed = (path: string, name: string, nameLine: number) => ({
  path,
  name,
  nameLine,
  startLine: nameLine - 1,
  endLine: nameLine + 5,
});

it('the index fills in what no language server knows, and what both know is offered once, where the server sees it', () => {
  expect(withIndexed([{ path: 'a.ts', name: 'start', line: 7 }], [indexed('a.ts', 'start', 3), indexed('b.py', 'start', 2)])).toEqual([
    { path: 'a.ts', name: 'start', line: 7 },
    { path: 'b.py', name: 'start', line: 2 },
  ]);
});

it('a name that a file defines more than once is one mention', () => {
  expect(withIndexed([], [indexed('a.py', 'get', 3), indexed('a.py', 'get', 30)])).toEqual([{ path: 'a.py', name: 'get', line: 3 }]);
});
