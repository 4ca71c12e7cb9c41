/**
 * Without the chat view in sight, the question before a long read comes as a notification. Last of all, because a view
 * that was hidden comes back in a frame that can no longer be told from the cache's.
 */
import { command, eventually, page, statusText, toast } from './editor';
import { allIsRead } from './planView';

describe('the question before a long read', function () {
  this.timeout(300_000);
  const sideBar = () => page().locator('.part.sidebar');
  before(async () => {
    await command('Notifications: Clear All Notifications');
    await command('Bonsai: Open Chat');
    await command('View: Toggle Primary Side Bar Visibility');
    await sideBar().waitFor({ state: 'hidden' });
  });

  it('is a notification, and a yes reads', async () => {
    await command('Bonsai: Read Repository Again');
    const question = toast(/Everything in .* is read again: [\d,]+ tokens/);
    await question.getByText('Read now').click();
    await eventually('it is read', async () => /reading \d+%/.test(await statusText()));
    await allIsRead();
    await toast(/^(?!.*Everything).*Read [\d,]+ tokens of \d+ files/).waitFor();
  });

  it('shows the plan when asked to', async () => {
    await command('Bonsai: Read Repository Again');
    await toast(/Everything in .* is read again/)
      .getByText('Show plan')
      .click();
    await sideBar().waitFor();
    await eventually('the plan waits', async () => (await statusText()).includes('tokens to read'));
  });
});
