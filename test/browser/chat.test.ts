/** Asking: the answer streams, ends with its numbers, and stops when it is told to. */
import { strict as assert } from 'node:assert';
import { chat, command, eventually } from './editor';
import { answers, ask, lastAnswer, watchAnswer } from './chatView';

describe('the chat', function () {
  this.timeout(180_000);
  before(() => command('Bonsai: Open Chat'));

  it('streams an answer about the repository in more than one step', async () => {
    const lengths = await watchAnswer();
    await ask('Where is `planLaunch` defined?');
    const answer = await lastAnswer('done');
    assert.ok((await answer.locator('.answer').innerText()).trim().length > 0);
    // Markdown takes marks away when they close, so the text may shrink by a few characters now and then.
    const steps = await lengths();
    const grew = steps.filter((length, index) => index > 0 && length > (steps[index - 1] ?? 0)).length;
    assert.ok(grew >= 3, `the text had these lengths: ${steps.join(', ')}`);
  });

  it('shows how many tokens were reused and read', async () => {
    const numbers = (await lastAnswer('done')).getByTestId('chat-numbers');
    assert.match(await numbers.innerText(), /reused [\d,.\s]*\d.*read [\d,.\s]*\d/i);
    const reused = Number(await numbers.getAttribute('data-reused'));
    const read = Number(await numbers.getAttribute('data-read'));
    assert.ok(reused > 1000, `only ${reused} tokens were reused: the repository was not there`);
    assert.ok(read > 0 && read < 1000, `${read} tokens had to be read for one short question`);
  });

  it('stops a long answer and keeps what is there', async () => {
    const before = await answers().count();
    // Pressed by the page itself with the first words, since a small model may end sooner than we can reach the button.
    await watchAnswer('stop at the first words');
    await ask('List every function of this repository with a long explanation of each, one after the other.');
    await eventually('a new answer', async () => (await answers().count()) === before + 1);
    const stopped = await lastAnswer('stopped');
    const text = await stopped.locator('.answer').innerText();
    assert.ok(text.length > 0);
    await chat().getByTestId('chat-send').waitFor();
    assert.equal(await stopped.locator('.answer').innerText(), text);
  });

  it('answers the next question after a stop', async () => {
    await ask('Where is `errorCodes` defined?');
    await lastAnswer('done');
  });
});
