/** Reading a repository: the status item and the cache view move with it. */
import { strict as assert } from 'node:assert';
import { cache, chat, command, eventually, sidecars, statusText } from './editor';
import { beginReading } from './planView';

const demoLayers = 8;

/** Kept entries of every layer as the cache view shows them. */
const kept = () =>
  cache()
    .getByTestId('cache-layer')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-kept'))));

describe('reading a repository', function () {
  this.timeout(300_000);

  it('opens the chat, which says that a small demonstration model answers', async () => {
    await command('Bonsai: Open Chat');
    await chat().getByTestId('chat-input').waitFor();
    const note = chat().getByTestId('chat-demo-note');
    await note.waitFor();
    assert.match(await note.innerText(), /demonstration/i);
  });

  it('moves the status item and the cache view while it runs, and ends with what was read and kept', async () => {
    await command('Bonsai: Show Cache');
    await cache().locator('body').waitFor();
    await beginReading();
    const percents = new Set<string>();
    const seen = new Set<string>();
    await eventually(
      'the repository is read',
      async () => {
        const text = await statusText();
        const percent = /reading (\d+)%/.exec(text)?.[1];
        if (percent) {
          percents.add(percent);
          const now = await kept();
          if (now.length > 0) seen.add(now.join(' '));
        }
        return /ready/.test(text);
      },
      240_000,
    );
    assert.ok(percents.size >= 3, `the status item showed ${[...percents].join(', ') || 'no'} percent`);
    assert.ok(seen.size >= 2, `while reading, the cache view showed only ${[...seen].join(' | ') || 'nothing'}`);
    assert.match(await statusText(), /^Bonsai · ready$/);
    assert.equal(sidecars().length, 1);
  });

  it('shows one row per layer, none above its budget, and how much smaller the cache is', async () => {
    const rows = cache().getByTestId('cache-layer');
    await eventually('a row for every layer', async () => (await rows.count()) === demoLayers);
    for (const row of await rows.all()) {
      const budget = Number(await row.getAttribute('data-budget'));
      const held = Number(await row.getAttribute('data-kept'));
      assert.ok(held > 0 && held <= budget, `${held} of ${budget}`);
    }
    assert.match(await cache().getByTestId('cache-tokens').innerText(), /\d/);
    assert.match(await cache().getByTestId('cache-kv').innerText(), /\d.*B/s);
    assert.ok((await cache().getByTestId('cache-strip').count()) > 0);
  });
});
