/** Chat, cache and plan in light, dark and high-contrast themes: readable in each, and a picture of each is kept. */
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { answers, ask, lastAnswer } from './chatView';
import { cache, chat, choose, command, eventually, page } from './editor';
import { options } from './options';
import { planCard, readAll } from './planView';

// The editor starts in a light theme: every one of these is a change.
const themes = [
  { name: 'dark', theme: 'Dark Modern', kind: 'vscode-dark' },
  { name: 'light', theme: 'Light Modern', kind: 'vscode-light' },
  { name: 'high-contrast', theme: 'Dark High Contrast', kind: 'vscode-high-contrast' },
  { name: 'high-contrast-light', theme: 'Light High Contrast', kind: 'vscode-high-contrast-light' },
];

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
    // What was put back near the question, folded up under the answer.
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

/** Contrast of the text colour against the background that shows through, as WCAG defines it. Runs in the page. */
function contrast(element: HTMLElement | SVGElement): number {
  const styles = getComputedStyle(document.documentElement);
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!canvas) return 0;
  const luminance = (colour: string) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const text = luminance(getComputedStyle(element).color);
  const own = getComputedStyle(element).backgroundColor;
  const background = luminance(own === 'rgba(0, 0, 0, 0)' ? styles.getPropertyValue('--vscode-sideBar-background') || '#000' : own);
  return (Math.max(text, background) + 0.05) / (Math.min(text, background) + 0.05);
}
