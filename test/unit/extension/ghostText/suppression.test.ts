/** Where ghost text stays away, and what asking by hand overrides. */
import { describe, expect, it, test } from 'vitest';
import { documentKind } from '../../../../src/extension/ghostText/documentKind';
import { hugeDocument, hugeLine, suppression, type TypingSituation } from '../../../../src/extension/ghostText/suppression';
import { scene } from './scene';

const typing: TypingSituation = {
  explicit: false,
  enabled: true,
  disabledLanguages: ['markdown'],
  inComments: true,
  languageId: 'typescript',
  trusted: true,
  kind: 'code',
  length: 100,
  fim: undefined,
  comparing: false,
  cursors: 1,
  selecting: false,
  suffix: '',
  longestLine: 80,
  commenting: () => true,
};

test('ordinary typing gets ghost text', () => {
  expect(suppression(typing)).toBeUndefined();
  expect(suppression({ ...typing, suffix: ');' })).toBeUndefined();
  expect(suppression({ ...typing, suffix: '";' })).toBeUndefined();
});

const calm = [
  ['disabled', { enabled: false }],
  ['language', { languageId: 'markdown' }],
  ['steering', { kind: 'steering' }],
  ['comparing', { comparing: true }],
  ['cursors', { cursors: 2 }],
  ['selection', { selecting: true }],
  ['mid-word', { suffix: 'größe = 1' }],
  ['mid-word', { suffix: '_a' }],
  ['comment', { inComments: false }],
] satisfies [string, Partial<TypingSituation>][];

const safety = [
  ['untrusted', { trusted: false }],
  ['no-fim', { fim: false }],
  ['foreign', { kind: 'foreign' }],
  ['huge', { length: hugeDocument + 1 }],
  ['huge', { longestLine: hugeLine + 1 }],
] satisfies [string, Partial<TypingSituation>][];

test.each(calm)('%s keeps it away while typing, not when asked by hand', (reason, change) => {
  expect(suppression({ ...typing, ...change })).toBe(reason);
  expect(suppression({ ...typing, ...change, explicit: true })).toBeUndefined();
});

test.each(safety)('%s keeps it away in any case', (reason, change) => {
  expect(suppression({ ...typing, ...change })).toBe(reason);
  expect(suppression({ ...typing, ...change, explicit: true })).toBe(reason);
});

test('lines as long as allowed, and comments as configured, are no reason', () => {
  expect(suppression({ ...typing, length: hugeDocument, longestLine: hugeLine })).toBeUndefined();
  expect(suppression({ ...typing, inComments: false, commenting: () => false })).toBeUndefined();
});

describe('the kind of a document', () => {
  it.each([
    ['file', '/w/src/a.ts', 'typescript', 'code'],
    ['untitled', 'Untitled-1', 'plaintext', 'code'],
    ['file', '/w/settings.json', 'json', 'code'],
    ['file', '/w/.gitignore', 'ignore', 'code'],
    ['file', '/w/.github/workflows/ci.yml', 'yaml', 'code'],
    ['file', '/w/.vscode/settings.json', 'jsonc', 'steering'],
    ['file', '/w/a.code-workspace', 'jsonc', 'steering'],
    ['file', '/w/.git/COMMIT_EDITMSG', 'git-commit', 'steering'],
    ['file', '/w/.git/rebase-merge/git-rebase-todo', 'git-rebase', 'steering'],
    ['vscode-userdata', '/User/settings.json', 'jsonc', 'foreign'],
    ['file', '/home/a/.vscode-server/data/Machine/settings.json', 'jsonc', 'steering'],
    ['file', '/data/User/settings.json', 'jsonc', 'steering'],
    ['file', '/data/User/profiles/1a2b/keybindings.json', 'jsonc', 'steering'],
    ['file', '/w/src/User/user.json', 'json', 'code'],
    ['file', '/w/SuperUser/settings.json', 'json', 'code'],
    ['vscode-settings', '/a', 'jsonc', 'foreign'],
    ['vscode', '/defaultSettings', 'jsonc', 'foreign'],
    ['vscode-notebook-cell', '/w/a.ipynb', 'python', 'foreign'],
    ['vscode-notebook-cell-output', '/w/a.ipynb', 'plaintext', 'foreign'],
    ['vscode-scm', 'git/scm0/input', 'scminput', 'foreign'],
    ['vscode-interactive-input', '/1', 'python', 'foreign'],
    ['git', '/w/src/a.ts', 'typescript', 'foreign'],
    ['output', 'extension-output', 'log', 'foreign'],
    ['search-editor', '/1', 'search-result', 'foreign'],
    ['file', '/w/a.code-search', 'search-result', 'foreign'],
    ['comment', '/1', 'markdown', 'foreign'],
    ['file', '/w/server.log', 'log', 'foreign'],
  ])('%s:%s (%s) is %s', (scheme, path, languageId, kind) => expect(documentKind(scheme, path, languageId)).toBe(kind));
});

test('what stays away asks nothing, and stops what was asked elsewhere', async () => {
  const { editor, engine, waits } = scene('a\nb\n█');
  editor.type('c');
  await waits();
  editor.move(0);
  editor.type('z');
  await waits();
  expect(editor.outcome).toEqual({ suppressed: 'mid-word' });
  expect(engine.calls).toHaveLength(1);
  expect(engine.last.signal.aborted).toBe(true);
});

test.each(['foreign', 'steering'] as const)('a %s document is left alone while typing', async (kind) => {
  const { editor, engine, waits } = scene('█');
  editor.situation = { ...editor.situation, kind };
  editor.type('a');
  await waits();
  expect(editor.outcome).toEqual({ suppressed: kind });
  expect(engine.calls).toHaveLength(0);
});

test('a document of more than 10 MB asks nothing, even by hand', async () => {
  const { editor, engine, waits } = scene(`${'x = 1;\n'.repeat(1_500_000)}█`);
  editor.trigger();
  await waits();
  expect(editor.outcome).toEqual({ suppressed: 'huge' });
  expect(engine.calls).toHaveLength(0);
});
