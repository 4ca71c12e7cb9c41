/** What is saved, in the terms of a person: deleting it. */
import { command, page, toast } from './editor';

export const savedRows = () => page().locator('.quick-input-list .monaco-list-row');

/** Deletes all that is saved; there must be something. @returns what the first row said, and the question */
export async function deleteAllSaved(): Promise<{ row: string; question: string }> {
  await command('Notifications: Clear All Notifications');
  await command('Bonsai: Delete Saved Memory');
  const first = savedRows()
    .filter({ hasText: /last used/ })
    .first();
  await first.waitFor();
  const row = await first.innerText();
  // A memory that was being read again when its engine was killed is saved apart; then there is a row for all, too.
  for (let i = 0; i < (await savedRows().count()); i++) await savedRows().nth(i).click();
  await page().keyboard.press('Enter');
  const dialog = page().locator('.monaco-dialog-box');
  const question = await dialog.innerText();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await toast(/Deleted \d+ saved memor.*freed \d.*B/).waitFor();
  return { row, question };
}
