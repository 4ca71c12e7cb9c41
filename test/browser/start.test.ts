/** A person opens a folder: Bonsai is there, quiet, and costs nothing. */
import { strict as assert } from 'node:assert';
import { eventually, page, sidecars, statusText } from './editor';

describe('a fresh window', () => {
  it('shows the status item', () => eventually('the status item', async () => (await statusText()).startsWith('Bonsai')));

  it('starts nothing and says nothing', async () => {
    assert.deepEqual(sidecars(), []);
    assert.equal(await page().locator('.notification-toast').count(), 0);
  });
});
