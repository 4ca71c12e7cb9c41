/** Sessions on disk: titles, files, what is damaged, what is too many, what is looked for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chatMarkdown } from '../../../../src/extension/chat/chatMarkdown';
import { parseSession, sessionText, titleFrom, titleOf, type Session } from '../../../../src/extension/chat/session';
import { sessionSearch } from '../../../../src/extension/chat/sessionSearch';
import { SessionStore } from '../../../../src/extension/chat/sessionStore';
import { ago } from '../../../../src/extension/util/ago';
import { untranslated } from '../../../../src/extension/util/text';

const session = (id: string, changedAt: number, ...texts: string[]): Session => ({
  id,
  title: undefined,
  createdAt: 0,
  changedAt,
  messages: texts.map((text, index) => ({ id: `${id}${index}`, role: index % 2 === 0 ? 'user' : 'assistant', text, state: 'done' })),
  queue: [],
});

describe('titles', () => {
  test.each([
    ['Where is it?', 'Where is it?'],
    ['  two   words\nmore', 'two words'],
    ['\n\n```ts\nconst a = 1;\n```\nWhy?', 'const a = 1;'],
    ['```', '```'],
    ['one two three four', 'one two…', 9],
    ['one two three four', 'one two…', 7],
    ['one two, three four', 'one two…', 10],
    ['Donaudampfschifffahrtsgesellschaft', 'Donaudampf…', 10],
    ['👩‍👩‍👧 '.repeat(3), '👩‍👩‍👧 👩‍👩‍👧 👩‍👩‍👧'],
  ])('%j is named %j', (question, title, most = 60) => {
    expect(titleFrom(question, most)).toBe(title);
  });

  test('no title is longer than asked for, nor cut in the middle of a sign', () => {
    for (let most = 1; most < 40; most++) {
      const title = titleFrom('A 🌳 stands 🌳🌳🌳🌳🌳🌳🌳🌳 behind the house, tall', most);
      expect([...new Intl.Segmenter().segment(title)].length).toBeLessThanOrEqual(most + 1);
      expect(() => encodeURIComponent(title)).not.toThrow();
    }
  });

  test('the name that a person gave wins; a chat without a question has none', () => {
    expect(titleOf({ ...session('a', 0, 'question'), title: 'mine' })).toBe('mine');
    expect(titleOf(session('a', 0))).toBeUndefined();
  });
});

describe('the store', () => {
  let folder: string;
  let warnings: string[];
  const store = (most?: number) => new SessionStore(join(folder, 'chats'), (text) => warnings.push(text), undefined, most);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bonsai-sessions-'));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('what was written is read back, newest first, readable by its owner alone', async () => {
    const [one, two] = [session('one', 1, 'q', 'a'), { ...session('two', 2, 'q2'), title: 'T' }];
    await store().write(one);
    await store().write(two);
    expect(await store().list()).toEqual([two, one]);
    expect(await store().read('one')).toEqual(one);
    expect(statSync(join(folder, 'chats', 'one.json')).mode & 0o077).toBe(0);
    expect(warnings).toEqual([]);
  });

  test('before anything was asked there is nothing, and nothing is wrong', async () => {
    expect(await store().list()).toEqual([]);
    expect(await store().read('one')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test.each([
    ['half a file', '{"id":"bad","createdAt":0,'],
    ['an empty file', ''],
    ['another shape', '{"id":"bad","messages":{}}'],
    ['another chat', sessionText(session('other', 0, 'q'))],
  ])('%s is set aside and the others stay', async (_name, text) => {
    await store().write(session('good', 1, 'q'));
    writeFileSync(join(folder, 'chats', 'bad.json'), text);
    expect((await store().list()).map(({ id }) => id)).toEqual(['good']);
    expect(warnings).toEqual([expect.stringMatching(/bad\.json\.broken/)]);
    expect(readFileSync(join(folder, 'chats', 'bad.json.broken'), 'utf8')).toBe(text);
    warnings.length = 0;
    expect(await store().list()).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('a message that is damaged does not take its chat along', () => {
    const text = JSON.stringify({ ...session('a', 0, 'q'), messages: [{ id: 3 }, session('a', 0, 'q').messages[0]] });
    expect(parseSession(text).messages.map(({ text }) => text)).toEqual(['q']);
  });

  test('of too many the oldest go, by when something was last asked', async () => {
    const three = store(3);
    for (const [id, at] of [
      ['b', 2],
      ['d', 4],
      ['a', 1],
      ['c', 3],
    ] as const)
      await three.write(session(id, at, id));
    expect((await store().list()).map(({ id }) => id)).toEqual(['d', 'c', 'b']);
    // What is there already counts as well.
    const again = store(3);
    await again.write(session('e', 5, 'e'));
    expect((await store().list()).map(({ id }) => id)).toEqual(['e', 'd', 'c']);
  });

  test('which one is open is remembered, and nothing else is believed', async () => {
    expect(await store().remembered()).toBeUndefined();
    await store().remember('one');
    expect(await store().remembered()).toBe('one');
    expect(await store().list()).toEqual([]);
    for (const text of ['../../elsewhere', '', 'a\nb', 'x'.repeat(100)]) {
      writeFileSync(join(folder, 'chats', 'open'), text);
      expect(await store().remembered(), text).toBeUndefined();
    }
  });

  test('of writes and deletions that come at once the last one counts', async () => {
    const one = store();
    const writes = Array.from({ length: 20 }, (_, index) => one.write(session('a', index, `version ${index}`)));
    await one.settled();
    await Promise.all(writes);
    expect((await one.read('a'))?.changedAt).toBe(19);
    void one.write(session('a', 99, 'late'));
    await one.remove('a');
    expect(readdirSync(join(folder, 'chats'))).toEqual([]);
  });
});

describe('looking for a chat', () => {
  const sessions = [
    session('cache', 3, 'How is the cache compacted?', 'By `compactor.cpp`, one graph.'),
    session('ghost', 2, 'Why does ghost text flicker?', 'It is asked twice by the scheduler.'),
    session('tests', 1, 'Write tests for the scheduler', 'See test/unit. The compactor is not tested there.'),
  ];
  const found = (query: string) => sessionSearch(sessions)(query).map(({ id }) => id);

  test.each([
    ['', ['cache', 'ghost', 'tests']],
    ['ghost', ['ghost']],
    ['gst txt', ['ghost']],
    ['COMPACTOR', ['cache', 'tests']],
    ['twice asked', ['ghost']],
    ['zebra', []],
  ])('%j finds %j', (query, ids) => {
    expect(found(query)).toEqual(ids);
  });

  test('a title counts more than a mention', () => {
    expect(found('scheduler')).toEqual(['tests', 'ghost']);
    expect(found('compacted')).toEqual(['cache']);
  });
});

test('an exported chat stands alone', async () => {
  const chat: Session = {
    ...session(
      'x',
      Date.UTC(2026, 10, 21, 18, 5),
      'Where is `walk` defined?',
      'In src/walk.ts:3:\n\n```ts\nexport function walk() {}\n```',
      'And?',
      '',
    ),
    title: 'Walking',
  };
  const [, first, , second] = chat.messages;
  Object.assign(chat.messages[0]!, {
    about: 'src/walk.ts:1-9',
    attached: [
      { text: 'src/legs.ts', href: 'src/legs.ts' },
      { text: 'Problems', href: '' },
    ],
    notes: ['src/arms.ts is too long for this model and was left out.'],
  });
  Object.assign(first!, {
    recalled: [
      { path: 'src/walk.ts', startLine: 3, endLine: 9, tokens: 40, why: 'defines walk' },
      { path: 'src/run.ts', startLine: 1, endLine: 1, tokens: 4, why: 'mentions walk' },
    ],
    behind: ['src/b.ts'],
    numbers: { reusedTokens: 2100, readTokens: 52, generatedTokens: 31, seconds: 1.26 },
    context: [
      { source: 'repository', tokens: 900, readTokens: 2000 },
      { source: 'conversation', tokens: 83, readTokens: 83 },
      { source: 'free', tokens: 41, readTokens: 0 },
    ],
  });
  Object.assign(second!, { state: 'stopped', text: 'It walks:\n```ts\nwalk(' });
  const failed = { id: 'f', role: 'assistant' as const, text: '', state: 'failed' as const, error: 'The engine stopped. Ask again.' };
  await expect(chatMarkdown({ ...chat, messages: [...chat.messages, failed] }, untranslated)).toMatchFileSnapshot(
    '../../../fixtures/chat/exported.md',
  );
});

test.each([
  [30, 'now'],
  [90, '1 minute ago'],
  [3599, '59 minutes ago'],
  [7200, '2 hours ago'],
  [86_400, 'yesterday'],
  [5 * 86_400, '5 days ago'],
  [-100, 'now'],
])('%i seconds are %j', (seconds, text) => {
  expect(ago(1_000_000_000_000 - seconds * 1000, 1_000_000_000_000, 'en')).toBe(text);
});
