/** What is offered while typing: short, the best first, and only in answer to the newest question. */
import { describe, expect, it } from 'vitest';
import { candidatesFor, type Choices } from '../../../../src/extension/mentions/candidates';
import { MentionCompleter, type CandidateSource } from '../../../../src/extension/mentions/mentionCompleter';
import { foldersOf } from '../../../../src/extension/mentions/pathRanking';
import { FileList } from '../../../../src/extension/mentions/fileList';
import { untranslated as t } from '../../../../src/extension/util/text';
import { parseMentions, typingAt } from '../../../../src/protocol/mentions';

const choices: Choices = {
  commands: [
    { name: 'explain', description: 'Explain it' },
    { name: 'review', description: 'Review it' },
    { name: 'broken', description: '', refused: 'The header of broken.md cannot be used: x.' },
  ],
  files: ['README.md', 'src/protocol/launch.ts', 'src/protocol/messages.ts', 'src/web view/chat.ts', 'test/launch.test.ts'],
  open: ['src/protocol/messages.ts'],
  symbols: [
    { path: 'src/protocol/launch.ts', name: 'planLaunch', line: 22 },
    { path: 'src/protocol/launch.ts', name: '#plan', line: 30 },
  ],
  selection: 'README.md:3-9',
  activeFile: 'README.md',
};
const offered = (text: string, from: Choices = choices) => candidatesFor(typingAt(text)!, from, t);
const labels = (text: string) => offered(text).map(({ label }) => label);

describe('the list', () => {
  it('begins with the kinds and the open files', () => {
    expect(labels('@')).toEqual(['@file', '@folder', '@symbol', '@selection', '@problems', '@problems', 'messages.ts']);
    expect(
      offered('@')
        .filter(({ goesOn }) => goesOn)
        .map(({ insert }) => insert),
    ).toEqual(['@file:', '@folder:', '@symbol:']);
    const bare = { ...choices, selection: undefined, activeFile: undefined, open: [] };
    expect(offered('@', bare).map(({ label }) => label)).toEqual(['@file', '@folder', '@symbol', '@problems']);
  });

  it('ranks names above paths and needs no whole words', () => {
    expect(labels('@file:launch')[0]).toBe('launch.ts');
    expect(labels('@file:prot/mes')).toEqual(['messages.ts']);
    expect(labels('@laun')).toContain('launch.test.ts');
    expect(labels('@sel')[0]).toBe('@selection');
    expect(labels('@file:zzzz')).toEqual([]);
  });

  it('says that no symbol is known, and where symbols come from', () => {
    for (const text of ['@symbol:', '@symbol:nowhere'])
      expect(offered(text, { ...choices, symbols: [] })).toMatchObject([{ label: 'No symbol found', icon: 'refused', insert: '' }]);
    expect(offered('@symbol:zzzz')).toMatchObject([{ icon: 'refused' }]);
  });

  it('has folders and symbols', () => {
    expect(labels('@folder:')).toEqual(['src', 'test', 'protocol', 'web view']);
    expect(labels('@folder:web')).toEqual(['web view']);
    expect(offered('@symbol:planL')).toMatchObject([{ label: 'planLaunch', detail: 'src/protocol/launch.ts:22' }]);
  });

  it('has commands, and those that cannot be used with their reason', () => {
    expect(labels('/')).toEqual(['/explain', '/review', '/broken']);
    expect(labels('/rev')).toEqual(['/review']);
    expect(offered('/brok')[0]).toEqual({
      label: '/broken',
      detail: 'The header of broken.md cannot be used: x.',
      icon: 'refused',
      insert: '',
      goesOn: false,
    });
  });

  it('is short, and every line of it that ends a mention is one', () => {
    const files = Array.from({ length: 5000 }, (_, i) => `src/a "${i}"/file ${i}.ts`);
    for (const text of ['@', '@file:', '@fil', '@folder:', '@folder:a', '@symbol:p', '@file:4999']) {
      const list = offered(text, { ...choices, files });
      expect(list.length, text).toBeLessThanOrEqual(20);
      expect(list.length, text).toBeGreaterThan(0);
      for (const { insert, goesOn } of list) if (!goesOn) expect(parseMentions(insert), insert).toHaveLength(1);
    }
  });
});

it('folders are all that hold a file, the outer ones first', () => {
  expect(foldersOf(['a/b/c.ts', 'a/b/d.ts', 'e.ts', 'a.b/c'])).toEqual(['a', 'a.b', 'a/b']);
});

function source(over: Partial<CandidateSource>): CandidateSource {
  return {
    trusted: true,
    commands: () => Promise.resolve([...choices.commands]),
    files: () => Promise.resolve(choices.files),
    symbols: () => Promise.resolve([...choices.symbols]),
    atHand: () => choices,
    ...over,
  };
}

describe('the completer', () => {
  it('answers only the newest question', async () => {
    const waiting: (() => void)[] = [];
    const slow = source({ symbols: () => new Promise((resolve) => waiting.push(() => resolve([...choices.symbols]))) });
    const completer = new MentionCompleter(slow, () => undefined, t);
    const old = completer.complete(1, '@symbol:p');
    const newest = completer.complete(2, '@symbol:pl');
    for (const answer of waiting) answer();
    expect(await old).toBeUndefined();
    expect((await newest)?.map(({ label }) => label)).toContain('planLaunch');
  });

  it('does not wait for the files to offer the kinds', async () => {
    const completer = new MentionCompleter(source({ files: () => new Promise(() => undefined) }), () => undefined, t);
    expect((await completer.complete(1, '@'))?.map(({ label }) => label)).toContain('@file');
  });

  it('offers what is at hand when the files cannot be listed, and says why', async () => {
    const warned: unknown[] = [];
    const completer = new MentionCompleter(
      source({ files: () => Promise.reject(new Error('no sidecar')) }),
      (error) => warned.push(error),
      t,
    );
    expect((await completer.complete(1, '@'))?.map(({ label }) => label)).toContain('@selection');
    expect((await completer.complete(2, '@sel'))?.map(({ label }) => label)).toContain('@selection');
    expect(warned.map(String)).toEqual(['Error: no sidecar', 'Error: no sidecar']);
  });

  it('looks at nothing in a workspace that is not trusted', async () => {
    const untouched = source({
      trusted: false,
      files: () => Promise.reject(new Error('read')),
      symbols: () => Promise.reject(new Error('read')),
    });
    const completer = new MentionCompleter(untouched, (error) => expect.fail(String(error)), t);
    expect((await completer.complete(1, '@'))?.map(({ label }) => label)).toEqual(['@file', '@folder', '@symbol', '@problems']);
  });
});

describe('the list of files', () => {
  it('is asked for once in a while, and the old one answers while a newer one is on its way', async () => {
    let time = 0;
    let asked = 0;
    let answer: (paths: string[]) => void = () => undefined;
    const list = new FileList(
      () => {
        asked++;
        return new Promise((resolve) => (answer = resolve));
      },
      () => time,
    );
    const first = list.soon();
    answer(['a']);
    expect([await first, await list.soon(), asked]).toEqual([['a'], ['a'], 1]);
    time = 60_000;
    expect([await list.soon(), asked]).toEqual([['a'], 2]);
    const current = list.current();
    answer(['b']);
    expect([await current, await list.soon(), asked]).toEqual([['b'], ['b'], 2]);
  });

  it('is asked for again after it failed', async () => {
    let fail = true;
    const list = new FileList(
      () => (fail ? Promise.reject(new Error('no')) : Promise.resolve(['a'])),
      () => 0,
    );
    await expect(list.soon()).rejects.toThrow('no');
    fail = false;
    expect(await list.soon()).toEqual(['a']);
  });
});
