/** What is said of mentions before a question is sent. */
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { expect, it } from 'vitest';
import { previewOf } from '../../../../src/extension/mentions/preview';
import type { Prepared } from '../../../../src/extension/mentions/prepareQuestion';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { Status } from '../../../../src/protocol';
import { fakeWorkspace, type Contents } from './fakeWorkspace';

const contents: Contents = { files: { 'src/a.ts': 'one' }, refused: { 'src/big.ts': 'too-long' } };

async function preview(text: string, { loaded = false, trusted = true } = {}) {
  let prepared = 0;
  const prepare = () => {
    prepared++;
    return Promise.resolve({ question: text, history: [], attachments: [], attached: [], notes: ['as it is sent'] } satisfies Prepared);
  };
  const status = { state: 'ready', kvBytes: 0, kvBytesFull: 0, ...(loaded ? { model: {} } : {}) } as Status;
  const world = fakeWorkspace({ ...contents, trusted });
  return { ...(await previewOf(text, world, { client: { status }, prepare, t }, new CancellationTokenSource().token)), prepared };
}

it('what is half typed or names nothing is told apart from what is there', async () => {
  expect(
    await preview('Is @file:src/a.ts like @file:Stop, @folder:nowhere, @symbol:src and @symbol:src/a.ts#gone? a@file:x'),
  ).toMatchObject({
    unknown: ['@symbol:src', '@file:Stop', '@folder:nowhere', '@symbol:src/a.ts#gone'],
  });
  expect(await preview('@folder:src and @file:src/a.ts')).toEqual({ unknown: [], notes: [], prepared: 0 });
});

it('with a model, exactly what would be said later is said; without one, what can be known, and nothing is loaded', async () => {
  expect(await preview('@file:src/a.ts', { loaded: true })).toEqual({ unknown: [], notes: ['as it is sent'], prepared: 1 });
  expect((await preview('@selection')).notes.join()).toMatch(/Nothing is selected/);
  expect(await preview('no mention', { loaded: true })).toEqual({ unknown: [], notes: [], prepared: 0 });
});

it('nothing of a workspace that is not trusted is looked at', async () => {
  const { unknown, notes } = await preview('@file:src/a.ts', { trusted: false });
  expect(unknown).toEqual([]);
  expect(notes.join()).toMatch(/not trusted/);
});
