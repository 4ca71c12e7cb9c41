/** Where a person meets Bonsai outside the editor: the source control view and the terminal. With a picture in each theme. */
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chat, choose, command, eventually, page } from './editor';
import { options } from './options';

const screenshot = (name: string) => page().screenshot({ path: join(options.screenshots, `places-${name}.png`) });
const themes = ['Dark Modern', 'Dark High Contrast', 'Light Modern'];
const question = () => chat().locator('[data-testid="chat-message"][data-role="user"]').last();
const answer = () => chat().locator('[data-testid="chat-message"][data-role="assistant"]').last();

describe('places', function () {
  this.timeout(240_000);

  it('what a command in the terminal wrote is explained from its menu', async () => {
    await command('Bonsai: Open Chat');
    await command('Terminal: Create New Terminal');
    const terminal = page().locator('.terminal-wrapper.active .xterm');
    await terminal.waitFor();
    await terminal.click();
    const decorated = () => page().locator('.terminal-command-decoration').count();
    await eventually('the shell reports its commands', async () => {
      await page().keyboard.type('ls /nowhere-at-all');
      await page().keyboard.press('Enter');
      return eventually('a mark', async () => (await decorated()) > 0, 5000);
    });
    await terminal.click({ button: 'right' });
    const item = page().locator('.monaco-menu .action-label', { hasText: 'Explain Last Terminal Command' });
    await item.waitFor();
    await screenshot('terminal-menu');
    await item.click();
    await eventually('the chat has the question', async () => /exit code [12]/.test(await question().innerText()));
    assert.match(await question().innerText(), /ls \/nowhere-at-all/);
    await eventually('and an answer', async () => (await answer().getAttribute('data-state')) === 'done', 120_000);
    await screenshot('terminal');
    await command('Terminal: Kill All Terminals');
  });

  // Last: the source control view takes the place of the chat.
  it('a commit message is written from its button above the box, and Ctrl+Z takes it back', async () => {
    writeFileSync(join(options.workspace, 'LICENSE'), 'Other terms.\n');
    // It may wear a badge, which takes the click for it.
    await page().locator('.activitybar .action-label[aria-label^="Source Control"]').click({ force: true });
    await page().locator('.scm-view').first().waitFor();
    const box = page().locator('.scm-input .monaco-editor .view-lines').first();
    const text = async () => (await box.innerText()).replaceAll('\u00a0', ' ').trim();
    await box.click();
    await page().keyboard.type('begun');
    await command('Git: Refresh');
    const button = page().locator('.part.sidebar .action-label[aria-label*="Write Commit Message"]').first();
    await button.waitFor({ state: 'attached' });
    await button.click({ force: true });
    await eventually('the message is written', async () => !['', 'begun'].includes(await text()));
    await eventually(
      'it is whole',
      async () => (await page().locator('.notification-toast', { hasText: 'Commit message for' }).count()) === 0,
    );
    for (const theme of themes) {
      await command('Preferences: Color Theme');
      await choose(theme);
      await page().locator('.quick-input-widget').waitFor({ state: 'hidden' });
      await screenshot(`commit-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
    await box.click();
    await page().keyboard.press('Control+z');
    await eventually('one step back is what was begun', async () => (await text()) === 'begun', 5000);
    await page().keyboard.press('Control+a');
    await page().keyboard.press('Delete');
  });
});
