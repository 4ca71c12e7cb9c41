/** Chat, cache and plan in light, dark and high-contrast themes: readable in each, and a picture of each is kept. */
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { answers, ask, lastAnswer } from './chatView';
import { cache, chat, choose, command, eventually, page } from './editor';
import { options } from './options';
import { planCard, readAll } from './planView';
import { contrast, themes } from './theme';

describe('themes', function () {
  this.timeout(240_000);
  before(async () => {
    await command('View: Close All Editors');
    await command('Bonsai: Show Cache');
    await command('Bonsai: Open Chat');
    // Pictures of an empty cache tell nothing.
    await readAll();
    await chat().getByTestId('chat-new').click();
    await eventually('the chat is empty', async () => (await answers().count()) === 0);
    await ask('Where is `share` defined?');
    const answer = await lastAnswer('done');
    // Source that was added to the prompt, folded up under the answer.
    assert.match((await answer.textContent()) ?? '', /words\.ts/);
    await ask('Where is `MessageElement` defined?');
    await lastAnswer('done');
    await command('Notifications: Clear All Notifications');
  });

  for (const { name, theme, kind } of themes)
    it(`${name}: chat and cache take its colours`, async () => {
      await command('Preferences: Color Theme');
      await choose(theme);
      for (const view of [chat(), cache()]) {
        await eventually(`the view is ${kind}`, async () => (await view.locator('body').getAttribute('data-vscode-theme-kind')) === kind);
        const ratio = await eventually('a contrast', () => view.locator('body').evaluate(contrast));
        assert.ok(ratio >= 4.5, `text on its background has a contrast of ${ratio.toFixed(1)}`);
      }
      await page().screenshot({ path: join(options.screenshots, `${name}.png`) });
    });

  for (const { name, theme, kind } of themes)
    it(`${name}: the plan takes its colours`, async () => {
      if (!(await planCard().isVisible())) await command('Bonsai: Read Repository Again');
      await planCard().waitFor();
      await command('Notifications: Clear All Notifications');
      await command('Preferences: Color Theme');
      await choose(theme);
      const body = chat().locator('body');
      await eventually(`the view is ${kind}`, async () => (await body.getAttribute('data-vscode-theme-kind')) === kind);
      const ratio = await planCard().evaluate(contrast);
      assert.ok(ratio >= 4.5, `text on the card has a contrast of ${ratio.toFixed(1)}`);
      await page().screenshot({ path: join(options.screenshots, `plan-${name}.png`) });
    });
  after(() => chat().getByTestId('plan-dismiss').click());
});
