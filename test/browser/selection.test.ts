/** Asking about a selection: the question is typed in the editor's own box, and the chat shows what it was about. */
import { strict as assert } from 'node:assert';
import { ask, lastAnswer } from './chatView';
import { chat, command, openFile, page } from './editor';

describe('a selection', function () {
  this.timeout(180_000);

  it('is asked about, and the conversation goes on from there', async () => {
    await (await openFile('src/protocol/launch.ts')).click();
    await page().keyboard.press('Control+Home');
    await page().keyboard.press('Shift+ArrowDown');
    await page().keyboard.press('Shift+ArrowDown');
    await command('Bonsai: Ask About Selection');
    const box = page().locator('.quick-input-widget .quick-input-box input');
    await box.fill('What does this say?');
    await page().keyboard.press('Enter');
    const question = chat().locator('[data-testid="chat-message"][data-role="user"]').last();
    await question.getByText('What does this say?').waitFor();
    // two whole lines: the third, at whose start the selection ends, is not meant
    assert.match(await question.innerText(), /src\/protocol\/launch\.ts:1-2/);
    const answer = await lastAnswer('done');
    const read = Number(await answer.getByTestId('chat-numbers').getAttribute('data-read'));
    assert.ok(read > 30, `the selected lines were read with the question: ${read} tokens`);
    await ask('And this?');
    const next = await lastAnswer('done');
    const reused = Number(await next.getByTestId('chat-numbers').getAttribute('data-reused'));
    assert.ok(reused > 0);
  });
});
