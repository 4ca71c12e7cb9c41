/** What is saved can be deleted, and stays deleted. After all that need it. */
import { strict as assert } from 'node:assert';
import { command, toast } from './editor';
import { deleteAllSaved } from './savedView';

describe('deleting what is saved', function () {
  this.timeout(60_000);

  it('lists it, asks, and says how much is free again', async () => {
    const { row, question } = await deleteAllSaved();
    assert.match(row, /\d.*B.*tokens.*last used \d{4}-/s);
    assert.match(question, /Delete .*B\)?\?/);
  });

  it('leaves nothing to list', async () => {
    await command('Notifications: Clear All Notifications');
    await command('Bonsai: Delete Saved Memory');
    await toast(/No memory is saved in/).waitFor();
  });
});
