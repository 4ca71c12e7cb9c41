/** A killed sidecar costs seconds: another process takes its place, with the repository and the conversation. */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { answers, ask, lastAnswer } from './chatView';
import { command, eventually, sidecars, statusText } from './editor';
import { allIsRead } from './planView';

describe('a sidecar killed with SIGKILL', function () {
  this.timeout(180_000);

  it('is replaced, and the repository comes back by itself', async () => {
    const [pid, ...others] = sidecars();
    assert.ok(pid);
    assert.deepEqual(others, []);
    process.kill(pid, 'SIGKILL');
    await eventually('another process runs', () => sidecars().length === 1 && sidecars()[0] !== pid);
    // What the status said of the process that is gone may stand there for a moment, and looks as if all was read.
    for (let i = 0; i < 50 && /ready/.test(await statusText()); i++) await delay(100);
    await allIsRead();
  });

  it('leaves the conversation, and the next question is answered from the memory', async () => {
    await command('Bonsai: Open Chat');
    const before = await answers().count();
    assert.ok(before > 0);
    await ask('What is a sidecar?');
    const reused = await (await lastAnswer('done')).getByTestId('chat-numbers').getAttribute('data-reused');
    assert.ok(Number(reused) > 1000, `only ${reused} tokens were reused: the repository was not there`);
    assert.equal(sidecars().length, 1);
  });
});
