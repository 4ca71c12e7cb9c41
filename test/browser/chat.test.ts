/** Asking: the answer streams, ends with its numbers, and stops when it is told to. */
import { strict as assert } from 'node:assert';
import type { Locator } from 'playwright-core';
import type { ToChat } from '../../src/protocol';
import { chat, command, eventually } from './editor';
import { answers, ask, lastAnswer, watchAnswer } from './chatView';

/** Asks until an answer could be stopped at its first words. @returns that answer */
async function firstStopped(questions: readonly string[]): Promise<Locator> {
  const ended: string[] = [];
  for (const question of questions) {
    const before = await answers().count();
    await watchAnswer('stop at the first words');
    await ask(question);
    await eventually('a new answer', async () => (await answers().count()) === before + 1);
    const answer = answers().last();
    await eventually('the answer ends', async () => (await answer.getAttribute('data-state')) !== 'streaming');
    if ((await answer.getAttribute('data-state')) === 'stopped') return answer;
    ended.push(await answer.innerText());
  }
  throw new Error(`Every answer was over before it was stopped: ${ended.join(' | ')}`);
}

describe('the chat', function () {
  this.timeout(180_000);
  before(() => command('Bonsai: Open Chat'));

  it('that is empty offers questions about what was read, and asks one at a click', async () => {
    const starters = chat().getByTestId('chat-starter');
    await eventually('questions are offered', async () => (await starters.count()) >= 3);
    assert.ok((await starters.count()) <= 4);
    const offered = await starters.allInnerTexts();
    assert.equal(new Set(offered).size, offered.length);
    // What was read has been: the button that reads is not the next thing to do.
    assert.equal(await chat().getByTestId('chat-read-repository').count(), 0);
    const [first = ''] = offered;
    await starters.first().click();
    const question = chat().locator('[data-testid="chat-message"][data-role="user"]').last();
    await eventually('it is asked', async () => (await question.innerText()).replaceAll('`', '').includes(first.trim()));
    await lastAnswer('done');
    assert.equal(await starters.count(), 0);
  });

  it('streams an answer about the repository in more than one step', async () => {
    const lengths = await watchAnswer();
    await ask('List every function of this repository with a long explanation of each, one after the other.');
    const answer = await lastAnswer('done');
    assert.ok((await answer.locator('.answer').innerText()).trim().length > 0);
    // Markdown takes marks away when they close, so the text may shrink by a few characters now and then.
    const steps = await lengths();
    const grew = steps.filter((length, index) => index > 0 && length > (steps[index - 1] ?? 0)).length;
    assert.ok(grew >= 3, `the text had these lengths: ${steps.join(', ')}`);
  });

  it('shows how many tokens were reused and read', async () => {
    const numbers = (await lastAnswer('done')).getByTestId('chat-numbers');
    assert.match(await numbers.innerText(), /^[\d,]+ tokens read, memory reused · /);
    const reused = Number(await numbers.getAttribute('data-reused'));
    const read = Number(await numbers.getAttribute('data-read'));
    assert.ok(reused > 1000, `only ${reused} tokens were reused: the repository was not there`);
    assert.ok(read > 0 && read < 1000, `${read} tokens had to be read for one short question`);
  });

  it('stops a long answer and keeps what is there', async () => {
    // What a small model says depends on the repository it has read, and may be over before a button can be reached.
    const questions = [
      'List every function of this repository with a long explanation of each, one after the other.',
      'Write a long story about a repository.',
      'Explain every file, line by line.',
      'Where are `errorCodes`, `messages`, `schemas`, `Status` and `Answer` defined?',
      'function list(',
    ];
    const stopped = await firstStopped(questions);
    const text = await stopped.locator('.answer').innerText();
    assert.ok(text.length > 0);
    await chat().getByTestId('chat-send').waitFor();
    assert.equal(await stopped.locator('.answer').innerText(), text);
  });

  it('answers the next question after a stop', async () => {
    await ask('Where is `errorCodes` defined?');
    await lastAnswer('done');
  });

  it('says at once that nothing is read from a workspace that is not trusted, with the way to trust', async () => {
    const tell = (message: ToChat) =>
      chat()
        .locator('body')
        .evaluate((_, data) => window.dispatchEvent(new MessageEvent('message', { data })), message);
    const read = chat().getByTestId('chat-read-repository');
    const manage = chat().getByTestId('chat-manage-trust');
    // The engine's own status may come in between.
    const shows = (what: string, trusted: boolean, shown: typeof read, hidden: typeof read) =>
      eventually(what, async () => {
        await tell({ type: 'status', status: { state: 'noModel', kvBytes: 0, kvBytesFull: 0 } });
        await tell({ type: 'trust', trusted });
        return (await shown.count()) === 1 && (await hidden.count()) === 0;
      });
    await shows('reading is offered', true, read, manage);
    await shows('trust is offered', false, manage, read);
    assert.match(await chat().getByTestId('chat-untrusted').innerText(), /not trusted/);
    await shows('reading is offered again', true, read, manage);
  });
});
