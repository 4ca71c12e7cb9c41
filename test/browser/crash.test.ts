/** A killed sidecar costs a message, not the session: the next question is answered by another process. */
import { strict as assert } from 'node:assert';
import { command, eventually, sidecars, statusText } from './editor';
import { ask, lastAnswer } from './chatView';

describe('a sidecar killed with SIGKILL', function () {
  this.timeout(180_000);

  it('is noticed in the status item', async () => {
    const [pid, ...others] = sidecars();
    assert.ok(pid);
    assert.deepEqual(others, []);
    process.kill(pid, 'SIGKILL');
    // a ghost text that was due may start another process at once; the loss must be shown all the same
    await eventually('the status item says so', async () => /needs attention|read the repository again/.test(await statusText()));
    assert.ok(!sidecars().includes(pid));
  });

  it('is replaced by the next question, and the conversation is still there', async () => {
    await command('Bonsai: Open Chat');
    await ask('What is a sidecar?');
    await lastAnswer('done');
    assert.equal(sidecars().length, 1);
  });
});
