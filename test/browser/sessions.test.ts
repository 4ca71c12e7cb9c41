/** Chats in the hands of a person: several of them, their names, questions asked again, code that is taken over, the meter. */
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import { answers, ask, lastAnswer, newChat } from './chatView';
import { chat, choose, command, eventually, openFile, page, sidecars, toast } from './editor';
import { options } from './options';
import { readAll } from './planView';
import { contrast, themes } from './theme';
import { writtenChat } from './writtenChat';

const questions = () => chat().locator('[data-testid="chat-message"][data-role="user"]');
const rows = () => page().locator('.quick-input-list .monaco-list-row');
const editorText = async () => (await page().locator('.editor-instance .view-lines').innerText()).replaceAll('\u00a0', ' ');
const viewTitle = () => chat().getByTestId('chat-title').innerText();
const screenshot = (name: string) => page().screenshot({ path: join(options.screenshots, `chat-${name}.png`) });

/** The list of chats, with one of its rows. */
async function history(title: string): Promise<Locator> {
  await command('Bonsai: Show Chats');
  const row = rows().filter({ hasText: title }).first();
  await row.waitFor();
  return row;
}

async function open(title: string): Promise<void> {
  await (await history(title)).click();
  await eventually(`${title} is open`, async () => (await viewTitle()).includes(title));
}

/** The button of a row; it is there while the row is pointed at. */
async function press(row: Locator, name: string): Promise<void> {
  await row.hover();
  await row.getByRole('button', { name }).click();
}

/** Where the chats of this folder are. */
function chatFolder(): string {
  const storage = join(dirname(options.serverLog), 'user/User/globalStorage');
  const found = readdirSync(storage, { recursive: true, encoding: 'utf8' }).find((path) => /bonsai[\\/]chats[\\/][0-9a-f]{32}$/.test(path));
  assert.ok(found, `no chats under ${storage}`);
  return join(storage, found);
}

describe('chats', function () {
  this.timeout(300_000);
  const lockFile = join(options.workspace, 'package-lock.json');
  before(async () => {
    writeFileSync(lockFile, '{}\n');
    await command('View: Close All Editors');
    await command('Bonsai: Open Chat');
    await readAll();
    await command('Notifications: Clear All Notifications');
  });

  it('there can be two, each with its own title, and back', async () => {
    await newChat();
    await ask('What does `stretches` compute?');
    await lastAnswer('done');
    await eventually('the title is the question', async () => (await viewTitle()).includes('What does `stretches` compute?'));
    await newChat();
    await ask('What is a xylophone?');
    await lastAnswer('done');
    await open('What does `stretches` compute?');
    assert.equal(await questions().count(), 1);
    assert.match(await questions().innerText(), /stretches/);
  });

  it('are found by what was answered in them, newest first, the open one marked', async () => {
    await history('What is a xylophone?');
    assert.match((await rows().first().innerText()) + (await rows().nth(1).innerText()), /stretches[^]*xylophone|xylophone[^]*stretches/);
    await page().locator('.quick-input-widget .quick-input-box input').fill('xylophone');
    await eventually('only one is left', async () => (await rows().filter({ hasText: 'stretches' }).count()) === 0);
    await page().locator('.quick-input-widget .quick-input-box input').fill('');
    assert.match(await rows().filter({ hasText: 'stretches' }).innerText(), /open/);
    await screenshot('history');
    await page().keyboard.press('Escape');
  });

  it('have their buttons on the keyboard, too', async () => {
    await history('What is a xylophone?');
    const focused = () => page().evaluate(() => document.activeElement?.getAttribute('aria-label'));
    for (let step = 0; step < 3 && (await focused()) !== 'Rename Chat'; step++) await page().keyboard.press('Tab');
    const names = [await focused()];
    for (let step = 0; step < 2; step++) {
      await page().keyboard.press('ArrowRight');
      names.push(await focused());
    }
    await page().keyboard.press('Escape');
    assert.deepEqual(names, ['Rename Chat', 'Export Chat', 'Delete Chat']);
  });

  it('can be renamed', async () => {
    await press(await history('What does `stretches` compute?'), 'Rename Chat');
    const box = page().locator('.quick-input-widget .quick-input-box input');
    await eventually('the name can be changed', async () => (await box.inputValue()) === 'What does `stretches` compute?');
    await box.fill('Launching');
    await page().keyboard.press('Enter');
    await rows().filter({ hasText: 'Launching' }).waitFor();
    await page().keyboard.press('Escape');
    await eventually('the view says so', async () => (await viewTitle()).includes('Launching'));
  });

  it('can be deleted, and that can be taken back', async () => {
    await press(await history('What is a xylophone?'), 'Delete Chat');
    await eventually('its row is gone', async () => (await rows().filter({ hasText: 'What is a xylophone?' }).count()) === 0);
    await page().keyboard.press('Escape');
    await toast(/Deleted the chat "What is a xylophone\?"/)
      .getByText('Undo')
      .click();
    await (await history('What is a xylophone?')).waitFor();
    await page().keyboard.press('Escape');
    // The chat that is open stays.
    assert.match(await viewTitle(), /Launching/);
  });

  it('can be exported as a document', async () => {
    await open('Launching');
    await command('Bonsai: Export Chat');
    await eventually('the document is open', async () => /# Launching[^]*## Question[^]*stretches/.test(await editorText()));
    // Nothing to save: it is gone without a question.
    await command('View: Close Editor');
    await eventually('it is closed', async () => (await page().locator('.tab[data-resource-name="Bonsai Chat.md"]').count()) === 0);
  });

  it('let an earlier question be asked in other words, by keyboard', async () => {
    await ask('And `share`?');
    await lastAnswer('done');
    await questions().first().getByTestId('chat-edit').focus();
    await page().keyboard.press('Enter');
    const input = chat().getByTestId('chat-edit-input');
    await input.waitFor();
    await screenshot('edit');
    await page().keyboard.press('Escape');
    await input.waitFor({ state: 'detached' });
    assert.equal(await questions().count(), 2);
    await questions().first().getByTestId('chat-edit').click();
    await input.fill('Where is `errorCodes` defined?');
    await input.press('Enter');
    await eventually('what followed is gone', async () => (await questions().count()) === 1);
    await lastAnswer('done');
    assert.match(await questions().innerText(), /errorCodes/);
  });

  it('let the last question be asked again', async () => {
    const answer = await lastAnswer('done');
    const before = await answer.elementHandle();
    await answer.getByTestId('chat-regenerate').click();
    await eventually('another answer is there', async () => !(await before.evaluate((element) => element.isConnected)));
    await lastAnswer('done');
    assert.equal(await answers().count(), 1);
    assert.equal(await questions().count(), 1);
  });

  it('keep the answer that another one took the place of', async () => {
    const answer = answers().last();
    assert.match(await answer.getByTestId('chat-versions').innerText(), /2 of 2/);
    await answer.getByTestId('chat-earlierAnswer').click();
    await eventually('the first answer is shown', async () => (await answer.getByTestId('chat-versions').innerText()).includes('1 of 2'));
    assert.equal(await questions().count(), 1);
    await answer.getByTestId('chat-laterAnswer').click();
    await answer.getByTestId('chat-copyAnswer').waitFor();
  });

  it('take questions while an answer streams, show them, and let them be taken out', async () => {
    const input = chat().getByTestId('chat-input');
    for (const question of ['Explain every file, line by line.', 'Where is `errorCodes` defined?', 'Where is `messages` defined?']) {
      await input.fill(question);
      await input.press('Enter');
    }
    const queued = () => chat().getByTestId('chat-queued');
    if ((await queued().count()) > 1) {
      await screenshot('queue');
      await queued().last().getByTestId('chat-unqueue').click();
    }
    await eventually('all are answered', async () => {
      const states = await answers().evaluateAll((all) => all.map((each) => each.getAttribute('data-state')));
      return (await queued().count()) === 0 && states.length >= 3 && states.every((state) => state !== 'streaming');
    });
  });

  it('say what the cache holds, by source, in the numbers of the engine', async () => {
    const meter = chat().getByTestId('chat-context').first();
    assert.match((await meter.locator('svg').getAttribute('aria-label')) ?? '', /Context: [\d,]+ of [\d,]+ tokens.*Repository: .*Free: /);
    await meter.locator('summary').focus();
    await page().keyboard.press('Enter');
    const parts = meter.getByTestId('chat-context-part');
    await parts.first().waitFor();
    const counted = await parts.evaluateAll((elements) =>
      elements.map((element) => [element.getAttribute('data-source') ?? '', Number(element.getAttribute('data-tokens'))] as const),
    );
    const sum = counted.reduce((all, [, tokens]) => all + tokens, 0);
    assert.equal(sum, Number(await meter.getAttribute('data-total')));
    const bySource = new Map(counted);
    for (const source of ['repository', 'conversation']) assert.ok((bySource.get(source) ?? 0) > 0, source);
    // More was read of the repository than the cache of the demonstration model can hold.
    assert.match(await meter.locator('[data-source="repository"]').innerText(), /[\d,]+ of [\d,]+ read/);
    await screenshot('context');
  });

  it('link what was left out, with the reasons', async () => {
    const skipped = chat().getByTestId('chat-context-skipped');
    assert.match(await skipped.innerText(), /Files left out: \d+/);
    await skipped.click();
    await eventually('the list is open', async () => /files left out[^]*package-lock\.json/.test(await editorText()));
    await command('View: Revert and Close Editor');
  });
  after(() => rmSync(lockFile));
});

describe('code in an answer', function () {
  this.timeout(180_000);
  const block = (index: number) => chat().locator('.code-block').nth(index);
  before(async () => {
    await command('Bonsai: Open Chat');
    writeFileSync(join(chatFolder(), `${writtenChat.id}.json`), JSON.stringify(writtenChat));
    await open('How do I greet somebody?');
  });

  it('is coloured, without changing a sign of it', async () => {
    assert.ok((await block(0).locator('.hljs-keyword').count()) > 2);
    assert.ok((await block(1).locator('.hljs-string').count()) > 0);
    assert.match(await block(0).locator('code').innerText(), /return `Hello, \$\{name\}! `\.repeat\(times\);/);
  });

  it('is inserted at the cursor, as one step to undo', async () => {
    await (await openFile('src/protocol/launch.ts')).click();
    await page().keyboard.press('Control+Home');
    await block(0).getByTestId('chat-insert').click();
    await eventually('the code is there', async () => (await editorText()).includes('export function greet(name: string, times = 2)'));
    await page().locator('.editor-instance .view-lines').first().click();
    await page().keyboard.press('Control+z');
    await eventually('it is gone again', async () => !(await editorText()).includes('greet('));
  });

  it('is compared with what is open', async () => {
    await block(0).getByTestId('chat-compare').click();
    await page().locator('.monaco-diff-editor').waitFor();
    await page().locator('.tab.active', { hasText: 'launch.ts and the answer' }).waitFor();
    await command('View: Close Editor');
  });

  it('is opened as a new file in its language', async () => {
    await block(1).getByTestId('chat-newFile').click();
    await eventually('the file is open', async () => (await editorText()).includes('class Greeter:'));
    await page()
      .locator('.statusbar-item', { hasText: /^Python$/ })
      .waitFor();
    await command('View: Revert and Close Editor');
  });

  it('is applied through the review when it says what it changes', async () => {
    await block(2).getByTestId('chat-apply').click();
    await page().locator('.tab.active[data-resource-name="Bonsai: launch.ts"]').waitFor();
    await command('Bonsai: Reject All Changes');
    await command('View: Close All Editors');
    assert.ok(!readFileSync(join(options.workspace, 'src/protocol/launch.ts'), 'utf8').includes('statSync'));
  });

  it('is refused when it does not say which lines are meant', async () => {
    await openFile('src/protocol/launch.ts');
    await block(0).getByTestId('chat-apply').click();
    await toast(/does not say which lines it replaces/).waitFor();
    await command('Notifications: Clear All Notifications');
    await command('View: Close All Editors');
  });

  it('has buttons that the keyboard reaches', async () => {
    await block(1).getByTestId('chat-copy').focus();
    const names: string[] = [];
    for (let step = 0; step < 4; step++) {
      await page().keyboard.press('Tab');
      names.push((await block(1).locator(':focus').getAttribute('aria-label')) ?? '');
    }
    assert.deepEqual(names, [
      'Insert at cursor',
      'Apply as a change to review',
      'Compare with the selection or the file',
      'Open as a new file',
    ]);
    const shown = () =>
      block(1)
        .locator('.code-actions')
        .evaluate((element) => getComputedStyle(element).opacity);
    await eventually('they are shown', async () => (await shown()) === '1');
  });

  for (const { name, theme, kind } of themes)
    it(`${name}: code and meter take its colours`, async () => {
      await command('Preferences: Color Theme');
      await choose(theme);
      await eventually(`the view is ${kind}`, async () => (await chat().locator('body').getAttribute('data-vscode-theme-kind')) === kind);
      const meter = chat().getByTestId('chat-context');
      if ((await meter.getAttribute('open')) === null) await meter.locator('summary').click();
      await block(0).hover();
      for (const sign of ['.hljs-keyword', '.hljs-comment', '.hljs-string', '.hljs-title']) {
        const ratio = await block(0).locator(sign).first().evaluate(contrast);
        assert.ok(ratio >= 3, `${sign} has a contrast of ${ratio.toFixed(1)}`);
      }
      await screenshot(`code-${name}`);
    });
});

const longQuestions = [
  'List every function of this repository with a long explanation of each, one after the other.',
  'Write a long story about a repository.',
  'Explain every file, line by line.',
  'Repeat the whole source of the first file.',
  'Write a test for every function of this repository.',
  'function list(',
];

/**
 * Asks, and holds the engine in the middle of its answer. It runs in short steps from the start: a small model on a quick
 * machine would have ended before its first words are seen. What it says to a question depends on what it has read, and may be
 * a few words; then another one is asked. @returns the engine's process, stopped
 */
async function askAndFreeze(): Promise<number> {
  // A window that was just opened has no engine yet: the first question starts it.
  if (sidecars().length === 0) {
    await ask('What is a name?');
    await lastAnswer('done');
    await newChat();
  }
  const [pid] = sidecars();
  assert.ok(pid);
  for (const question of longQuestions) {
    process.kill(pid, 'SIGSTOP');
    await ask(question);
    const answer = answers().last();
    await eventually('something came', async () => {
      process.kill(pid, 'SIGCONT');
      await delay(4);
      process.kill(pid, 'SIGSTOP');
      await delay(40);
      return ((await answer.locator('.answer').textContent()) ?? '').length > 0;
    });
    if ((await answer.getAttribute('data-state')) === 'streaming') return pid;
    process.kill(pid, 'SIGCONT');
    await lastAnswer('done');
  }
  return assert.fail('every answer ended at once');
}

describe('an engine that dies in the middle of an answer', function () {
  this.timeout(240_000);

  it('leaves what there was of it, says what happened, and the question can be asked again', async () => {
    await newChat();
    process.kill(await askAndFreeze(), 'SIGKILL');
    const failed = await lastAnswer('failed');
    assert.ok(((await failed.locator('.answer').textContent()) ?? '').length > 0);
    assert.match(await failed.getByTestId('chat-error').innerText(), /stopped unexpectedly/);
    const count = await answers().count();
    await failed.getByTestId('chat-retry').click();
    await eventually('it is asked again', async () => (await answers().last().getAttribute('data-state')) !== 'failed');
    await lastAnswer('done');
    assert.equal(await answers().count(), count);
  });
});

describe('a window that is loaded again', function () {
  this.timeout(240_000);
  const reload = async () => {
    await page().reload();
    await page().locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await command('Bonsai: Open Chat');
  };

  it('comes back to its chat, and has the others', async () => {
    await open('Launching');
    const text = await chat().getByTestId('chat-transcript').innerText();
    const count = await answers().count();
    assert.ok(count > 0);
    await reload();
    await eventually('the chat is back', async () => (await answers().count()) === count);
    assert.equal((await chat().getByTestId('chat-transcript').innerText()).trim(), text.trim());
    for (const title of ['Launching', 'What is a xylophone?', 'How do I greet somebody?']) {
      await history(title);
      await page().keyboard.press('Escape');
    }
  });

  it('in the middle of an answer, keeps what there was of it, and the question can be asked again', async () => {
    await newChat();
    const pid = await askAndFreeze();
    const saved = () => readdirSync(chatFolder()).some((name) => readFileSync(join(chatFolder(), name), 'utf8').includes('"streaming"'));
    await eventually('what came is on the disk', saved);
    await reload();
    const stopped = await lastAnswer('stopped');
    assert.ok(((await stopped.locator('.answer').textContent()) ?? '').length > 0);
    if (sidecars().includes(pid)) process.kill(pid, 'SIGKILL');
    await stopped.getByTestId('chat-regenerate').click();
    await eventually('it is asked again', async () => (await answers().last().getAttribute('data-state')) !== 'stopped');
    await lastAnswer('done');
  });

  // Those after this want it in memory.
  after(() => readAll());
});
