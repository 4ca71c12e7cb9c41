/** What a question takes with it: exact source of what is mentioned, as much as fits, and a word for everything else. */
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import type { CountText } from '../../../../src/extension/languageModel/fitQuestion';
import { questionPreparer, type Prepared } from '../../../../src/extension/mentions/prepareQuestion';
import { Commands } from '../../../../src/extension/prompts/commands';
import type { Prompt, RefusedPrompt } from '../../../../src/extension/prompts/promptFile';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { ChatTurn } from '../../../../src/protocol';
import { fakeWorkspace, type Contents } from './fakeWorkspace';

interface Scene extends Contents {
  prompts?: (Prompt | RefusedPrompt)[];
  /** Tokens that the model takes; a word is one. */
  room?: number;
  history?: ChatTurn[];
  aboutSelection?: boolean;
}

const wordsOf: CountText = (text) => Promise.resolve(text.split(/\s+/).filter(Boolean).length);

async function ask(text: string, scene: Scene = {}) {
  const world = fakeWorkspace(scene);
  let loads = 0;
  let counts = 0;
  const prepare = questionPreparer(world, {
    client: {
      load: () => (loads++, Promise.reject(new Error('not needed')).catch(() => undefined as never)),
      status: { state: 'ready', kvBytes: 0, kvBytesFull: 0, limits: { inputTokens: scene.room ?? 1000, outputTokens: 10 } },
    },
    count: () => (counted, role) => (counts++, wordsOf(counted, role)),
    commands: new Commands({ read: () => Promise.resolve(scene.prompts ?? []) }, t),
    t,
  });
  const asked = { text, history: scene.history ?? [], aboutSelection: scene.aboutSelection ?? false };
  const prepared: Prepared = await prepare(asked, new CancellationTokenSource().token);
  return { ...prepared, paths: prepared.attachments.map(({ path }) => path), world, loads, counts };
}

const selection = { path: 'src/a.ts', startLine: 3, endLine: 9, text: 'chosen' };

describe('mentions', () => {
  it('of a file, a symbol, the selection and problems go with the question, in their order', async () => {
    const { question, attachments, attached, notes } = await ask(
      'Is @file:src/a.ts like @symbol:src/b.ts#start and @selection? @problems',
      {
        files: { 'src/a.ts': 'one\ntwo\n', 'src/b.ts': 'x' },
        symbols: { 'src/b.ts#start': { path: 'src/b.ts', startLine: 4, endLine: 4, text: 'start()' } },
        selection,
        problems: { 'src/a.ts': ['src/a.ts:1: error: wrong'] },
      },
    );
    expect(question).toBe('Is @file:src/a.ts like @symbol:src/b.ts#start and @selection? @problems');
    expect(attachments).toEqual([
      { path: 'src/a.ts', startLine: 1, endLine: 2, text: 'one\ntwo\n' },
      { path: 'src/b.ts', startLine: 4, endLine: 4, text: 'start()' },
      selection,
      { path: 'problems of the workspace', startLine: 1, endLine: 1, text: 'src/a.ts:1: error: wrong' },
    ]);
    expect(attached).toEqual([
      { text: 'src/a.ts', href: 'src/a.ts' },
      { text: 'src/b.ts:4', href: 'src/b.ts:4' },
      { text: 'src/a.ts:3-9', href: 'src/a.ts:3-9' },
      { text: 'problems of the workspace', href: '' },
    ]);
    expect(notes).toEqual([]);
  });

  it('that lead nowhere are refused with a sentence, each', async () => {
    const { attachments, notes } = await ask(
      '@file:../../etc/passwd @file:link.ts @file:a.png @file:huge.sql @folder:"../.." @folder:nothing @symbol:a.ts#gone @selection @problems:a.ts',
      { files: { 'a.ts': 'x' }, refused: { 'link.ts': 'outside', 'a.png': 'not-text', 'huge.sql': 'too-long' } },
    );
    expect(attachments).toEqual([]);
    expect(notes).toEqual([
      '../../etc/passwd is not a file of this workspace, so it was left out.',
      'link.ts is not a file of this workspace, so it was left out.',
      'a.png could not be read as text and was left out.',
      'huge.sql is too long for one question and was left out.',
      '../.. is not a folder of this workspace with files that Bonsai reads, so it was left out.',
      'nothing is not a folder of this workspace with files that Bonsai reads, so it was left out.',
      'a.ts#gone was not found, so it was left out.',
      'Nothing is selected in the editor, so no selection was attached.',
      'No problems to attach in a.ts.',
    ]);
  });

  it('of the same source twice send it once', async () => {
    const { paths } = await ask('@file:src/a.ts @folder:src/ @file:src/a.ts', {
      files: { 'src/a.ts': 'x', 'src/b.ts': 'y', 'srcs/c.ts': 'z' },
    });
    expect(paths).toEqual(['src/a.ts', 'src/b.ts']);
  });

  it('in a workspace that is not trusted read nothing', async () => {
    const { attachments, notes, world } = await ask('/explain @file:src/a.ts', { files: { 'src/a.ts': 'x' }, selection, trusted: false });
    expect([attachments, world.opened]).toEqual([[], []]);
    expect(notes).toEqual(['This workspace is not trusted, so nothing of it was attached.']);
  });

  it('are not there: nothing is loaded and nothing counted', async () => {
    const history: ChatTurn[] = [
      { role: 'user', text: 'q' },
      { role: 'assistant', text: 'a' },
    ];
    const plain = await ask('What is a sidecar?', { history, room: 1 });
    expect(plain).toMatchObject({ question: 'What is a sidecar?', history, attachments: [], notes: [], loads: 0, counts: 0 });
  });
});

describe('what does not fit', () => {
  const text = (words: number) => Array.from({ length: words }, (_, i) => `w${i}`).join(' ');

  it('is left out whole and named; the question goes always', async () => {
    const files = { 'a.ts': text(50), 'big.ts': text(500), 'c.ts': text(20) };
    const { paths, attached, notes, loads } = await ask('@file:a.ts @file:big.ts @file:c.ts', { files, room: 120 });
    expect(paths).toEqual(['a.ts', 'c.ts']);
    expect(attached.map((place) => place.text)).toEqual(['a.ts', 'c.ts']);
    expect(notes).toEqual(['big.ts is too long for this model and was left out.']);
    expect(loads).toBe(1);
    const none = await ask('@file:a.ts', { files, room: 0 });
    expect([none.question, none.paths]).toEqual(['@file:a.ts', []]);
  });

  it('of a folder is said in one sentence, with some of the names', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`src/${String.fromCharCode(97 + i)}.ts`, text(30)]));
    const { paths, notes } = await ask('@folder:src', { files, room: 110 });
    expect(paths).toEqual(['src/a.ts', 'src/b.ts', 'src/c.ts']);
    expect(notes).toEqual(['Not all of src fits. Left out: src/d.ts, src/e.ts, src/f.ts, src/g.ts, src/h.ts and 4 more.']);
  });

  it('of a folder with very much text is not even read', async () => {
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`src/${i}.ts`, 'x'.repeat(150_000)]));
    const { paths, notes, world } = await ask('@folder:src', { files });
    expect(world.opened.length).toBeLessThan(5);
    expect(paths.length).toBe(world.opened.length);
    expect(notes[0]).toMatch(/^Not all of src fits\. Left out: src\/3\.ts,/);
  });

  it('is the oldest part of the conversation, after the source', async () => {
    const history: ChatTurn[] = ['one', 'two', 'three', 'four'].map((word, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      text: `${word} ${text(9)}`,
    }));
    const asked = await ask('@file:a.ts', { files: { 'a.ts': text(20) }, history, room: 50 });
    expect(asked.history).toEqual(history.slice(2));
    expect(asked.notes).toEqual(['The first 2 messages of this conversation were left out.']);
  });
});

describe('commands', () => {
  const prompt: Prompt = {
    ...{ name: 'review', description: '', mentions: [{ kind: 'file', path: 'STYLE.md' }] },
    body: 'Review {{selection}} of {{ file }}.\n{{input}}\nKeep {{other}}.',
  };
  const files = { 'STYLE.md': 'short', 'src/a.ts': 'a', 'src/b.ts': 'b' };

  it('that are built in stand for their words, and mean the selection', async () => {
    const { question, attachments, notes } = await ask('/explain with care', { selection });
    expect(question).toMatch(/^Explain this code: .*\n\nwith care$/s);
    expect([attachments, notes]).toEqual([[selection], []]);
    expect((await ask('/docs', { selection, aboutSelection: true })).attachments).toEqual([]);
    for (const name of ['fix', 'tests', 'docs', 'refactor']) expect((await ask(`/${name}`)).question.length, name).toBeGreaterThan(40);
  });

  it('of prompt files are filled in once and take their mentions along', async () => {
    const { question, paths } = await ask('/review {{file}} @file:src/b.ts', {
      prompts: [prompt],
      files,
      selection,
      activeFile: 'src/a.ts',
    });
    expect(question).toBe('Review src/a.ts:3-9 of src/a.ts.\n{{file}} @file:src/b.ts\nKeep {{other}}.');
    expect(paths).toEqual(['STYLE.md', 'src/a.ts', 'src/a.ts', 'src/b.ts']);
  });

  it('say what they speak of and is not there', async () => {
    const { notes, paths } = await ask('/review', { prompts: [prompt], files });
    expect(notes).toEqual([
      '/review refers to the selection, but nothing is selected.',
      '/review refers to the active file, but no file of this workspace is open.',
    ]);
    expect(paths).toEqual(['STYLE.md']);
  });

  it('without a place for what was typed get it at their end', async () => {
    const bare: Prompt = { name: 'bare', description: '', mentions: [], body: 'Be brief.' };
    expect((await ask('/bare Why?', { prompts: [bare] })).question).toBe('Be brief.\n\nWhy?');
    expect((await ask('/bare', { prompts: [bare] })).question).toBe('Be brief.');
  });

  it('that are refused or unknown are sent as typed, and that is said', async () => {
    const refused: RefusedPrompt = { name: 'bad', refused: 'The header of bad.md cannot be used: x.' };
    expect(await ask('/bad hello', { prompts: [refused] })).toMatchObject({
      question: '/bad hello',
      notes: ['/bad was not used. The header of bad.md cannot be used: x.'],
    });
    expect(await ask('/nonsense hello')).toMatchObject({
      question: '/nonsense hello',
      notes: ['There is no command /nonsense; the text was sent unchanged.'],
    });
    expect(await ask('/etc/passwd is what?')).toMatchObject({ question: '/etc/passwd is what?', notes: [] });
  });
});
