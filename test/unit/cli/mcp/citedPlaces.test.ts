import { describe, expect, it } from 'vitest';
import { citedPlaces } from '../../../../src/cli/mcp/citedPlaces';
import type { KnownFile } from '../../../../src/sidecar/files/repositoryFiles';

const file = (path: string, lines: number): [string, KnownFile] => [
  path,
  { path, lines, folder: '/r', hash: path, file: { path, absolutePath: `/r/${path}`, bytes: 1, mtimeMs: 0 } },
];
const known = new Map([file('src/a.ts', 10), file('src/deep/b.ts', 5), file('lib/index.ts', 3), file('src/index.ts', 3)]);
const cited = (answer: string, changed: string[] = []) =>
  citedPlaces(answer, known, new Set(changed)).map(({ text, path, startLine, endLine, state }) => [
    text,
    `${path}:${startLine}-${endLine}`,
    state,
  ]);

describe('places of an answer', () => {
  it('are looked up in the files, each once, with their lines', () => {
    expect(cited('It is in `src/a.ts:3-9` and (src/a.ts:3-9), see ./src/deep/b.ts#L5.')).toEqual([
      ['src/a.ts:3-9', 'src/a.ts:3-9', 'checked'],
      ['./src/deep/b.ts#L5', 'src/deep/b.ts:5-5', 'checked'],
    ]);
  });

  it('that are not there are missing: no file, no such line', () => {
    expect(cited('src/none.ts:1 and src/a.ts:11 and src/a.ts:9-12 and src/a.ts:0')).toEqual([
      ['src/none.ts:1', 'src/none.ts:1-1', 'missing'],
      ['src/a.ts:11', 'src/a.ts:11-11', 'missing'],
      ['src/a.ts:9-12', 'src/a.ts:9-12', 'missing'],
      ['src/a.ts:0', 'src/a.ts:0-0', 'missing'],
    ]);
  });

  it('of a file that changed since it was read are said to be so', () => {
    expect(cited('src/a.ts:1', ['src/a.ts'])).toEqual([['src/a.ts:1', 'src/a.ts:1-1', 'changed']]);
  });

  it('by a name alone mean the one file that has it; of several nothing is said', () => {
    expect(cited('b.ts:2 and index.ts:1 and other.ts:1')).toEqual([
      ['b.ts:2', 'src/deep/b.ts:2-2', 'checked'],
      ['other.ts:1', 'other.ts:1-1', 'missing'],
    ]);
  });

  it('in code blocks are none', () => {
    expect(cited('```\nsrc/a.ts:1\n```\n')).toEqual([]);
  });
});
