/** The plan and the progress row of the chat view in the terms of a person. The chat view has to be open. */
import type { Locator } from 'playwright-core';
import { chat, command, eventually, statusText, toast } from './editor';

export const planCard = (): Locator => chat().getByTestId('plan-card');
export const readingRow = (): Locator => chat().getByTestId('chat-reading');

/** Reads the repository by the command, and agrees to the plan if it has a price; resolves when reading has begun or ended. */
export async function beginReading(): Promise<void> {
  await command('Notifications: Clear All Notifications');
  await command('Bonsai: Read Repository');
  await eventually('the plan is shown, or reading begins', async () => {
    if (await planCard().isVisible()) {
      await chat().getByTestId('plan-read').click();
      return true;
    }
    const over = toast(/tokens .*of [\d,]+ files/);
    return (
      (await readingRow()
        .getAttribute('data-doing', { timeout: 100 })
        .catch(() => '')) === 'reading' || (await over.count()) > 0
    );
  });
}

/** Reads the repository and waits until all of it is in memory. */
export async function readAll(limit = 240_000): Promise<void> {
  await beginReading();
  await allIsRead(limit);
}

export const isRead = async (): Promise<boolean> => /^Bonsai · ready/.test(await statusText());

export async function allIsRead(limit = 240_000): Promise<void> {
  await eventually('the repository is read', isRead, limit);
}
