/** The cache map in the hands of a person: what it shows, where it leads, and what can be done there without a mouse. */
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { cache, choose, command, eventually, page } from './editor';
import { options } from './options';
import { readAll } from './planView';

/** Few enough files that each has a tile. */
const folder = 'src/protocol';
const themes = [
  { name: 'dark', theme: 'Dark Modern', kind: 'vscode-dark' },
  { name: 'high-contrast', theme: 'Dark High Contrast', kind: 'vscode-high-contrast' },
  { name: 'high-contrast-light', theme: 'Light High Contrast', kind: 'vscode-high-contrast-light' },
  // Last: the other tests begin with it.
  { name: 'light', theme: 'Light Modern', kind: 'vscode-light' },
];

const tiles = () => cache().getByTestId('map-tiles');
const chosen = () => cache().locator('#map-chosen').innerText();
const note = () => cache().getByTestId('map-note').innerText();
const rows = () => cache().locator('[data-testid="map-row"][data-kind="file"]');
const row = (path: string) => cache().locator(`[data-testid="map-row"][data-path="${path}"]`);
const action = (name: string) => cache().getByTestId('map-actions').locator(`[data-action="${name}"]`);

async function openTable(): Promise<void> {
  if (!(await cache().getByTestId('map-table').isVisible())) await cache().getByTestId('map-table-toggle').click();
  await cache().getByTestId('map-table').waitFor();
}

/** Looks into a folder by the table, from wherever the map is. */
async function lookInto(path: string): Promise<void> {
  await cache().getByTestId('map-way').getByRole('button').first().click();
  await openTable();
  let way = '';
  for (const step of path.split('/')) {
    way = way === '' ? step : `${way}/${step}`;
    const button = row(way).getByRole('button').first();
    if (await button.isVisible()) await button.click();
  }
  await eventually(`the map shows ${path}`, async () => (await rows().first().getAttribute('data-path'))?.startsWith(`${path}/`));
}

/** Chooses a file with the arrow keys alone. */
async function walkTo(path: string): Promise<void> {
  await tiles().focus();
  await page().keyboard.press('Home');
  for (let step = 0; step < 30; step++) {
    if ((await chosen()).startsWith(path)) return;
    await page().keyboard.press('ArrowRight');
  }
  assert.fail(`the arrow keys did not lead to ${path}`);
}

describe('the cache map', function () {
  this.timeout(300_000);

  it('says so when there is nothing to show', async () => {
    await command('View: Close All Editors');
    await command('Bonsai: Open Chat');
    await command('Bonsai: Restart');
    await command('Bonsai: Show Cache');
    assert.match(await cache().getByTestId('cache-empty').innerText(), /Read the repository/);
    assert.equal(await tiles().count(), 0);
  });

  it('shows the repository as tiles and as a table that says the same', async () => {
    await readAll();
    await tiles().waitFor();
    await lookInto(folder);
    const names = await rows().evaluateAll((all) => all.map((each) => each.getAttribute('data-path') ?? ''));
    assert.ok(names.length >= 6, names.join(', '));
    assert.ok(names.every((name) => name.startsWith(`${folder}/`)));
    await tiles().focus();
    await page().keyboard.press('Home');
    const walked = new Map<string, string>();
    for (let step = 0; step < names.length; step++) {
      const [path = '', ...facts] = (await chosen()).split(' · ');
      walked.set(path, facts.join(' · '));
      await page().keyboard.press('ArrowRight');
    }
    assert.deepEqual([...walked.keys()].toSorted(), names.toSorted(), 'one tile for every row');
    for (const [path, facts] of walked) {
      const [tokens, held, state] = await Promise.all([2, 3, 4].map((cell) => row(path).locator('th, td').nth(cell).innerText()));
      assert.equal(facts, `${tokens} tokens · ${held} held · ${state}`, path);
    }
  });

  it('tells the numbers of what is pointed at, and a click opens it', async () => {
    await tiles().hover();
    const text = await eventually('a file under the pointer', async () => {
      const line = await cache().getByTestId('map-hover').innerText();
      return line.startsWith(folder) ? line : undefined;
    });
    assert.match(text, /^src\/protocol\/\S+\.ts · [\d,]+ tokens · (?:<1|\d+)% held · (?:held|gone|thinned, 1 in [\d.]+ kept)/);
    await tiles().click();
    const name = /\/([^/ ]+) · /.exec(text)?.[1] ?? '';
    await page().locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  });

  it('is where it was when one comes back, and looks into a file', async () => {
    await command('Bonsai: Show Cache');
    await eventually('the folder', async () => (await cache().getByTestId('map-way').innerText()).endsWith('protocol'));
    await walkTo(`${folder}/launch.ts`);
    await action('enter').click();
    await openTable();
    const symbols = cache().locator('[data-testid="map-row"][data-kind="symbol"]');
    await eventually('its definitions', async () => (await symbols.count()) > 0);
    assert.match((await symbols.allInnerTexts()).join('\n'), /planLaunch/);
  });

  it('shows one layer alone', async () => {
    await lookInto(folder);
    const shares = () => rows().evaluateAll((all) => all.map((each) => each.getAttribute('data-held')).join(' '));
    const mean = await shares();
    await cache().getByTestId('map-layer').selectOption({ index: 1 });
    await eventually('other shares', async () => (await shares()) !== mean);
    await cache().getByTestId('map-layer').selectOption({ index: 0 });
    await eventually('the mean again', async () => (await shares()) === mean);
  });

  it('pins a file with the keyboard, which is then held to the last token, and lets it go', async () => {
    const path = `${folder}/index.ts`;
    await walkTo(path);
    await page().keyboard.press('Space');
    await eventually('the buttons have the focus', () => action('open').evaluate((button) => button.matches(':focus')));
    for (let step = 0; step < 2; step++) await page().keyboard.press('Tab');
    await page().keyboard.press('Enter');
    await eventually('it is pinned', async () => /is pinned/.test(await note()));
    await eventually('it is held', async () => (await row(path).getAttribute('data-state')) === 'held');
    assert.match(await row(path).innerText(), /pinned/);
    await row(path).locator('[data-action="unpin"]').click();
    await eventually('it is not pinned', async () => /no longer pinned/.test(await note()));
  });

  it('drops a file and restores it', async () => {
    const path = `${folder}/index.ts`;
    await row(path).locator('[data-action="drop"]').click();
    const dropped = cache().getByTestId('map-dropped');
    await dropped.waitFor();
    assert.match(await dropped.innerText(), /index\.ts/);
    await eventually('its row is gone', async () => (await row(path).count()) === 0);
    await dropped.getByRole('button').click();
    await eventually('it is back', async () => (await row(path).count()) === 1);
    assert.equal(await dropped.count(), 0);
  });

  describe('in every theme', () => {
    before(async () => {
      await cache().getByTestId('map-way').getByRole('button').first().click();
      await command('Notifications: Clear All Notifications');
    });

    for (const { name, theme, kind } of themes)
      it(`${name}: takes its colours`, async () => {
        await command('Preferences: Color Theme');
        await choose(theme);
        const body = cache().locator('body');
        await eventually(`the map is ${kind}`, async () => (await body.getAttribute('data-vscode-theme-kind')) === kind);
        const swatches = cache().locator('canvas.swatch');
        const shades = await swatches.evaluateAll((all) => all.map((each) => each instanceof HTMLCanvasElement && each.toDataURL()));
        assert.equal(new Set(shades).size, 3, 'three states look like three');
        await page().locator('.quick-input-widget').waitFor({ state: 'hidden' });
        await page().screenshot({ path: join(options.screenshots, `map-${name}.png`) });
      });
  });
});
