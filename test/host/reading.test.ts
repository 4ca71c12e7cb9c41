/** A real folder goes through the sidecar, and the status tells what the engine counted. */
import { strict as assert } from 'node:assert';
import { bonsai, readRepository } from './bonsai';

describe('reading a repository', function () {
  this.timeout(240_000);

  it('shows tokens, files and cache bytes', async () => {
    const { status, summary } = await readRepository();
    const { repository, model, kvBytes, kvBytesFull } = status;
    assert.ok(repository && model);
    assert.equal(repository.tokensRead, summary.tokens);
    assert.equal(repository.files, summary.files);
    assert.equal(summary.layers.length, model.layers);
    assert.ok(repository.tokensRead > 1000, `${repository.tokensRead} tokens`);
    assert.ok(repository.tokensKept > 0 && repository.tokensKept <= repository.tokensRead);
    assert.ok(repository.files > 5, `${repository.files} files`);
    assert.ok(kvBytes > 0 && kvBytesFull > 0);
    assert.ok(model.demo && model.layers > 0);
  });

  it('keeps a bounded cache of our own where the engine is built for this machine', async () => {
    const { model, kvBytes, kvBytesFull, repository } = (await bonsai()).status();
    assert.ok(model && repository);
    assert.equal(model.engine, 'bonsai');
    assert.ok(repository.tokensKept < repository.tokensRead, 'nothing was evicted from a repository larger than the budget');
    assert.ok(kvBytes < kvBytesFull, `${kvBytes} bytes held, ${kvBytesFull} unbounded`);
  });

  it('can be read again, with the same count', async () => {
    const first = (await bonsai()).status().repository?.tokensRead;
    const { summary } = await readRepository();
    assert.equal(summary.tokens, first);
  });
});
