/** A window that is closed and opened again: what was read is there, whole or paused, with nothing pressed. */
import { strict as assert } from 'node:assert';
import { ask, lastAnswer, newChat } from './chatView';
import { cache, chat, command, eventually, page, sidecars, statusText } from './editor';
import { allIsRead, isRead, readAll, readingRow } from './planView';
import { deleteAllSaved } from './savedView';

/** Opens the same folder again: another extension host, which starts another sidecar. */
async function reopen(): Promise<void> {
  const before = sidecars();
  await page().reload();
  await page().locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
  await eventually('the sidecar of before is gone', () => sidecars().every((pid) => !before.includes(pid)));
  await eventually('the status item is there', async () => (await statusText()) !== '');
}

/** Tokens in memory, as the cache view counts them. */
async function tokensHeld(): Promise<number> {
  await command('Bonsai: Show Cache');
  const text = await cache().getByTestId('cache-tokens').innerText();
  return Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', ''));
}

async function reusedByAQuestion(): Promise<number> {
  await newChat();
  await ask('What is a sidecar?');
  return Number(await (await lastAnswer('done')).getByTestId('chat-numbers').getAttribute('data-reused'));
}

describe('a window that is closed and opened again', function () {
  this.timeout(300_000);

  // Those before this have read it, unless they were left out.
  before(async () => {
    if (await isRead()) return;
    await command('Bonsai: Open Chat');
    await readAll();
  });

  it('answers its first question from all that was read', async () => {
    await allIsRead();
    const held = await tokensHeld();
    assert.ok(held > 1000, `${held} tokens`);
    await reopen();
    assert.equal(await reusedByAQuestion(), held);
  });

  it('has it back when nobody asks, after a moment of quiet, in the one tab of the cache', async () => {
    await reopen();
    await allIsRead(60_000);
    await command('Bonsai: Show Cache');
    await eventually('one tab shows the cache', async () => (await page().locator('.tab[aria-label*="Bonsai cache"]').count()) === 1);
  });

  it('has a paused reading back as far as it came, and offers to go on', async () => {
    // Else the whole memory would come back, which is the better one.
    await deleteAllSaved();
    await command('Bonsai: Open Chat');
    await command('Bonsai: Read Repository Again');
    await chat().getByTestId('plan-read').click();
    await eventually('some of it is read', async () => Number(await readingRow().getAttribute('data-percent')) > 2);
    await chat().getByTestId('chat-pause').click();
    await chat().getByTestId('chat-resume').waitFor();
    const percent = Number(await readingRow().getAttribute('data-percent'));
    const held = await tokensHeld();
    await reopen();
    assert.equal(await reusedByAQuestion(), held);
    await eventually('the status item says so', async () => (await statusText()).includes(`paused at ${percent}`));
    await chat().getByTestId('chat-resume').click();
    await allIsRead();
  });
});
