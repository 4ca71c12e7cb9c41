/** Chat and cache in a light, a dark and a high-contrast theme: readable in each, and a picture of each is kept. */
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { answers, ask, lastAnswer } from './chatView';
import { cache, chat, choose, command, eventually, page, statusText } from './editor';
import { options } from './options';

// The editor starts in a light theme: every one of these is a change.
const themes = [
  { name: 'dark', theme: 'Dark Modern', kind: 'vscode-dark' },
  { name: 'light', theme: 'Light Modern', kind: 'vscode-light' },
  { name: 'high-contrast', theme: 'Dark High Contrast', kind: 'vscode-high-contrast' },
];

describe('themes', function () {
  this.timeout(240_000);
  before(async () => {
    await command('View: Close All Editors');
    await command('Bonsai: Show Cache');
    await command('Bonsai: Open Chat');
    // The sidecar was killed before: pictures of an empty cache tell nothing.
    await command('Bonsai: Read Repository');
    await eventually('the repository is read', async () => / read \/ .* kept/.test(await statusText()), 180_000);
    await chat().getByTestId('chat-clear').click();
    await eventually('the chat is empty', async () => (await answers().count()) === 0);
    await ask('Where is `share` defined?');
    const answer = await lastAnswer('done');
    // read last, so even this small model and cache still hold it
    assert.match(await answer.innerText(), /words\.ts/);
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
});

/** Contrast of the text colour against the background that shows through, as WCAG defines it. Runs in the page. */
function contrast(body: HTMLElement | SVGElement): number {
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
  const text = luminance(getComputedStyle(body).color);
  const own = getComputedStyle(body).backgroundColor;
  const background = luminance(own === 'rgba(0, 0, 0, 0)' ? styles.getPropertyValue('--vscode-sideBar-background') || '#000' : own);
  return (Math.max(text, background) + 0.05) / (Math.min(text, background) + 0.05);
}
