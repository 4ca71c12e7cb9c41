/** What is saved can be deleted, and stays deleted. After all that need it. */
import { strict as assert } from 'node:assert';
import { command, page, toast } from './editor';

describe('deleting what is saved', function () {
  this.timeout(60_000);

  it('lists it, asks, and says how much is free again', async () => {
    await command('Notifications: Clear All Notifications');
    await command('Bonsai: Delete Saved Memory');
    const row = page()
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: /last used/ })
      .first();
    await row.waitFor();
    assert.match(await row.innerText(), /\d.*B.*tokens.*last used \d{4}-/s);
    // A memory that was being read anew when its engine was killed is saved apart; then there is a row for all, too.
    const rows = page().locator('.quick-input-list .monaco-list-row');
    for (let i = 0; i < (await rows.count()); i++) await rows.nth(i).click();
    await page().keyboard.press('Enter');
    const dialog = page().locator('.monaco-dialog-box');
    assert.match(await dialog.innerText(), /Delete .*B\)?\?/);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await toast(/Deleted \d+ saved memor.*\d.*B are free again/).waitFor();
  });

  it('leaves nothing to list', async () => {
    await command('Notifications: Clear All Notifications');
    await command('Bonsai: Delete Saved Memory');
    await toast(/No memory is saved in/).waitFor();
  });
});
