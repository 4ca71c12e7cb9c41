/** The repository memory in the hands of a person: the plan before the price, pause and resume, fidelity. */
import { strict as assert } from 'node:assert';
import { cache, chat, command, eventually, page, statusText, toast } from './editor';
import { allIsRead, planCard, readingRow } from './planView';

describe('the plan', function () {
  this.timeout(180_000);
  before(() => command('Bonsai: Open Chat'));

  it('is shown before everything is read again: a region with its name, and what it costs', async () => {
    await command('Bonsai: Read Repository Again');
    await planCard().waitFor();
    const region = chat().getByRole('region', { name: /again/ });
    await region.getByRole('heading').waitFor();
    for (const fact of ['tokens', 'read', 'model', 'kv', 'kv-full'])
      assert.match(await chat().getByTestId(`plan-fact-${fact}`).innerText(), /\d/, fact);
    assert.match(await chat().getByTestId('plan-verdict').innerText(), /Fits in memory; [\d,]+ of [\d,]+ tokens stay resident/);
    assert.match(await statusText(), /tokens to read/);
    assert.equal(await toast(/is read again/).count(), 0, 'what stands in the chat view is said twice');
  });

  it('keeps its lists folded, and opens them', async () => {
    const last = chat().getByTestId('plan-last');
    const first = last.locator('li').first();
    assert.equal(await first.isVisible(), false);
    await last.locator('summary').click();
    assert.match(await first.innerText(), /\S+ \S+/);
  });

  it('can be gone through with the keyboard, the button that pays first', async () => {
    await chat().getByTestId('plan-dismiss').focus();
    const names: string[] = [];
    for (let step = 0; step < 2; step++) {
      await page().keyboard.press('Tab');
      names.push((await planCard().locator(':focus').innerText()).trim());
    }
    assert.deepEqual(names, ['Read now', 'Choose a model']);
  });

  it('goes away when it is closed, and nothing is read', async () => {
    await chat().getByTestId('plan-dismiss').click();
    await planCard().waitFor({ state: 'detached' });
    await allIsRead(5000);
  });
});

describe('pausing', function () {
  this.timeout(300_000);

  it('stops a read and keeps its percent', async () => {
    await command('Bonsai: Read Repository Again');
    await chat().getByTestId('plan-read').click();
    await eventually('some of it is read', async () => Number(await readingRow().getAttribute('data-percent')) > 5);
    await chat().getByTestId('chat-pause').click();
    await chat().getByTestId('chat-resume').waitFor();
    const percent = Number(await readingRow().getAttribute('data-percent'));
    assert.ok(percent > 5 && percent < 100, `${percent} %`);
    await eventually('the status item says so', async () => (await statusText()).includes(`paused at ${percent}%`));
  });

  it('goes on from there to the end', async () => {
    const percent = Number(await readingRow().getAttribute('data-percent'));
    const seen: number[] = [];
    await command('Bonsai: Resume Reading');
    await eventually(
      'all is read',
      async () => {
        const now = /reading (\d+)%/.exec(await statusText())?.[1];
        if (now) seen.push(Number(now));
        return /ready/.test(await statusText()) && (await readingRow().count()) === 0;
      },
      240_000,
    );
    assert.ok(
      seen.every((now) => now >= percent),
      `after a pause at ${percent} % it showed ${seen.join(', ')}`,
    );
  });
});

describe('fidelity', function () {
  this.timeout(300_000);

  it('is measured by the command and stays in the cache view', async () => {
    await command('Notifications: Clear All Notifications');
    await command('Bonsai: Show Cache');
    await command('Bonsai: Measure Memory Fidelity');
    // The suite runs without an archive.
    const counts = /\d+ of \d+ from memory alone, \d+ of \d+ with source added as text; the archive has no rows of that source/;
    const result = toast(new RegExp(`Exact values recalled: ${counts.source}`));
    await result.waitFor({ timeout: 240_000 });
    const said = counts.exec(await result.innerText())?.[0];
    await eventually('the cache view says the same', async () => {
      return counts.exec(await cache().getByTestId('cache-fidelity').innerText())?.[0] === said;
    });
  });
});
