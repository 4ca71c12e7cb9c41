/** One sidecar for all windows and agents on one folder: who starts it, who joins, what they may do to each other, and its end. */
import { once } from 'node:events';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { messages, type ReadProgress, type Status } from '../../src/protocol';
import { SidecarClient } from '../../src/extension/engine/sidecarClient';
import type { EngineSettings } from '../../src/extension/engine/engineSettings';
import { serverArguments } from '../../src/extension/mcp/serverArguments';
import { untranslated } from '../../src/extension/util/text';
import { dist, failing, plan, root } from './client';
import { demoModel, gone, serve } from './mcpClient';
import { load, openPlace, ready, type Place } from './sharedClient';

let place: Place;
let repository: string;
beforeEach(() => {
  place = openPlace();
  repository = mkdtempSync(join(tmpdir(), 'bonsai-shared-repository-'));
  cpSync(join(root, 'test/fixtures/memory'), repository, { recursive: true });
});
afterEach(() => {
  place.dispose();
  rmSync(repository, { recursive: true, force: true });
});

const ask = { question: 'What is the value of maxFileBytes?', maxTokens: 16 };
const never = new CancellationTokenSource().token;
const files = () => (existsSync(place.run) ? readdirSync(place.run) : []);
/** Neither a process, nor a socket, nor a lock. */
async function mustBeGone(pids: readonly number[]): Promise<void> {
  expect(await gone(pids)).toBe(true);
  expect([files(), place.serving()]).toEqual([[], []]);
}

const settings = (): EngineSettings => ({
  ...{ modelPath: demoModel, budget: 1024, policy: 'hybrid', positions: 'auto', layerBudgets: 'auto', chunk: 0, threads: 1, gpu: 'off' },
  engine: plan.engine === 'stock' ? 'stock' : 'bonsai',
  storage: { folder: join(place.cache, 'memory'), save: true, quotaBytes: 8e9, archiveBytes: 8e9 },
});

function editor(change: Partial<EngineSettings> = {}): {
  client: SidecarClient;
  log: string[];
  change: (next: Partial<EngineSettings>) => void;
} {
  const log: string[] = [];
  let changed = change;
  const client = new SidecarClient({
    distFolder: dist,
    clientName: 'test',
    settings: () => ({ ...settings(), ...changed }),
    workspace: () => ({ folders: [repository], name: 'sample' }),
    shared: () => true,
    log: ({ text }) => log.push(text),
    t: untranslated,
  });
  return { client, log, change: (next) => (changed = next) };
}

describe('two windows and an agent on one folder', () => {
  it('are served by one process, which reads once, and ends after the last of them', async () => {
    const [first, second] = [editor(), editor()];
    await Promise.all([first.client.load(), second.client.load()]);
    const { pid } = first.client;
    expect([second.client.pid, place.serving()]).toEqual([pid, [pid]]);
    const server = await serve([...serverArguments([repository], settings(), 0, true).slice(1)], { XDG_CACHE_HOME: place.cache });
    const answer = await server.call('ask', ask);
    expect([answer.failed, answer.text, server.stderr()]).toEqual([false, expect.any(String), expect.any(String)]);
    await Promise.all([first, second].map(({ client }) => client.ask(ask, () => undefined, never)));
    expect(place.serving()).toEqual([pid]);
    // What one reads, all have.
    await first.client.request(never, 'explicit', true, (connection) =>
      connection.sendRequest(messages.readRepository, { folders: [repository], name: 'sample' }),
    );
    await expect.poll(() => second.client.status.repository?.complete).toBe(true);
    expect((await server.call('status')).data).toMatchObject({ repository: { complete: true } });
    await Promise.all([first.client.stop(), second.client.stop()]);
    expect((await server.call('ask', ask)).failed).toBe(false);
    await server.close();
    await mustBeGone([pid!]);
  });

  it('a window that reloads finds its model, and one that restarts alone gets a new process', async () => {
    const first = editor();
    await first.client.load();
    const { pid } = first.client;
    await first.client.stop();
    const second = editor();
    await second.client.load();
    expect(second.client.pid).toBe(pid);
    await second.client.restart();
    expect(await gone([pid!])).toBe(true);
    await second.client.load();
    expect(second.client.pid).not.toBe(pid);
    await second.client.restart();
    expect(files()).toEqual([]);
  });

  it('a restart or other settings in one leave the other alone', async () => {
    const [first, second] = [editor(), editor()];
    await Promise.all([first.client.load(), second.client.load()]);
    const { pid } = first.client;
    await second.client.restart();
    await second.client.ask(ask, () => undefined, never);
    expect(second.client.pid).toBe(pid);
    await expect.poll(() => first.client.status.state).toBe('ready');
    second.change({ budget: 512 });
    await second.client.reload();
    expect(second.client.pid).not.toBe(pid);
    expect((await first.client.ask(ask, () => undefined, never)).generatedTokens).toBeGreaterThan(0);
    expect(first.client.pid).toBe(pid);
    await Promise.all([first.client.restart(), second.client.restart()]);
    expect(files()).toEqual([]);
  });

  it('when it is killed all are told, one starts it again and the others join', async () => {
    const clients = [editor(), editor(), editor()];
    await Promise.all(clients.map(({ client }) => client.load()));
    const { pid } = clients[0]!.client;
    process.kill(pid!, 'SIGKILL');
    for (const { client } of clients) {
      await expect.poll(() => client.status.state).toBe('failed');
      expect(client.status.message).toMatch(/stopped unexpectedly \((SIGKILL|its process is gone)\)/);
    }
    await Promise.all(clients.map(({ client }) => client.ask(ask, () => undefined, never)));
    expect(new Set(clients.map(({ client }) => client.pid)).size).toBe(1);
    expect(place.serving()).toHaveLength(1);
    const last = place.serving();
    await Promise.all(clients.map(({ client }) => client.stop()));
    await mustBeGone(last);
  });

  it('an agent that is killed while it is answered leaves nothing behind', async () => {
    const server = await serve([...serverArguments([repository], settings(), 0, true).slice(1)], { XDG_CACHE_HOME: place.cache });
    const window = editor();
    await window.client.load();
    const pids = place.serving();
    let told = 0;
    const onprogress = () => {
      if (told++ === 0) process.kill(server.pid, 'SIGKILL');
    };
    const asked = server.call('ask', { ...ask, maxTokens: 1024 }, { onprogress }).catch(() => undefined);
    await asked;
    expect(told).toBeGreaterThan(0);
    await expect.poll(() => window.client.status.state).toBe('ready');
    await window.client.stop();
    await mustBeGone(pids);
  });
});

describe('what changes it for all', () => {
  it('a second load of the same answers at once; one of something else is refused while others are there', async () => {
    const [first, second] = await Promise.all([ready(place), ready(place)]);
    const other = await failing(second.connection.sendRequest(messages.loadModel, { ...load, cache: { budget: 512 } }));
    expect(other).toMatchObject({ code: 'busy', message: expect.stringContaining('bonsai.shareEngine') as string });
    const opened = { folders: [repository] };
    await first.connection.sendRequest(messages.openRepository, opened);
    const elsewhere = await failing(second.connection.sendRequest(messages.openRepository, { folders: [tmpdir()] }));
    expect(elsewhere.code).toBe('busy');
    await second.connection.sendRequest(messages.readRepository, opened);
    expect(await first.connection.sendRequest(messages.openRepository, opened)).toMatchObject({ tokensToRead: 0 });
    const { restoredTokens } = await first.connection.sendRequest(messages.openRepository, opened);
    expect(restoredTokens).toBeGreaterThan(0);
    second.kill();
    await second.exited;
    // Alone, anything can be had.
    const asked = { ...load, cache: { budget: 512 } };
    await expect
      .poll(() =>
        first.connection.sendRequest(messages.loadModel, asked).then(
          ({ demo }) => demo,
          () => false,
        ),
      )
      .toBe(true);
    await first.connection.sendRequest(messages.shutdown);
    await mustBeGone([first.pid]);
  });

  it('one reading for all who want it: whoever leaves does not stop it, whoever stops it is heard by all', async () => {
    const large = join(repository, 'large');
    mkdirSync(large);
    cpSync(join(root, 'src/sidecar/engine'), large, { recursive: true });
    const [first, second] = await Promise.all([ready(place), ready(place)]);
    const told: ReadProgress[] = [];
    let readings = 0;
    const read = (client: typeof first, token?: CancellationTokenSource) => {
      const progressToken = `r${readings++}`;
      client.connection.onProgress(messages.readProgress, progressToken, (progress) => void told.push(progress));
      return client.connection.sendRequest(messages.readRepository, { folders: [large], progressToken }, token?.token);
    };
    const statuses: Status[] = [];
    second.connection.onNotification(messages.statusChanged, (status) => void statuses.push(status));
    const left = read(first).catch(() => undefined);
    await expect.poll(() => statuses.at(-1)?.state).toBe('reading');
    const stop = new CancellationTokenSource();
    const joined = read(second, stop);
    // A second one of the same client is refused, as with a sidecar of its own.
    expect((await failing(read(second))).code).toBe('busy');
    first.kill();
    await left;
    told.length = 0;
    await expect.poll(() => told.length).toBeGreaterThan(2);
    const third = await ready(place);
    const also = third.connection.sendRequest(messages.readRepository, { folders: [large] });
    // Answered after the reading was joined: requests of one connection begin in order.
    await third.connection.sendRequest(messages.currentStatus);
    stop.cancel();
    expect([(await joined).stopped, (await also).stopped]).toEqual(['cancelled', 'cancelled']);
    for (const client of [second, third]) client.kill();
    await mustBeGone([third.pid]);
  });

  it('the end of one session ends no other', async () => {
    const [first, second] = await Promise.all([ready(place), ready(place)]);
    const answer = second.connection.sendRequest(messages.ask, { ...ask, maxTokens: 40 });
    expect(await first.connection.sendRequest(messages.shutdown)).toBeNull();
    await first.exited;
    expect((await answer).generatedTokens).toBeGreaterThan(0);
    await second.connection.sendRequest(messages.shutdown);
    await second.exited;
    await mustBeGone([second.pid]);
  });
});

describe('who connects', () => {
  it('finds a socket that nobody else reaches', async () => {
    const client = await ready(place);
    expect(lstatSync(place.run).mode & 0o777).toBe(0o700);
    expect(lstatSync(await place.address()).mode & 0o777).toBe(0o600);
    client.kill();
    await mustBeGone([client.pid]);
  });

  it('takes over a socket that a killed process left', async () => {
    const began = Date.now();
    const client = (await place.join())!;
    const first = Date.now() - began;
    process.kill(client.pid, 'SIGKILL');
    await client.exited;
    expect(existsSync(await place.address())).toBe(true);
    const killed = Date.now();
    const next = (await place.join())!;
    expect(next.pid).not.toBe(client.pid);
    // As long as any start takes on this machine, not the ten seconds in which a lock grows stale.
    expect(Date.now() - killed).toBeLessThan(first + 8000);
    await next.connection.sendRequest(messages.shutdown);
    await mustBeGone([next.pid]);
  });

  it('ten at once find one', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => ready(place)));
    expect(new Set(clients.map(({ pid }) => pid)).size).toBe(1);
    expect(place.serving()).toEqual([clients[0]!.pid]);
    for (const client of clients) client.kill();
    await mustBeGone([clients[0]!.pid]);
  });

  it('of another protocol gets a sidecar of its own, and a word in the log', async () => {
    const client = await ready(place);
    expect(await place.join(place.identity(), 99)).toBeUndefined();
    expect(place.lines.join('\n')).toContain('another version of the protocol');
    expect(client.alive).toBe(true);
    client.kill();
    await mustBeGone([client.pid]);
  });

  it('and meets somebody who is no sidecar gives up, in bounded time', async () => {
    const address = await place.address();
    const mute = createServer((socket) => void socket.resume()).listen(address);
    await once(mute, 'listening');
    const { joinSidecar } = await import('../../src/protocol/sharedSidecar');
    const hello = { protocolVersion: 1, client: 'test' };
    const said: string[] = [];
    const options = { entry: join(dist, 'sidecar.mjs'), identity: place.identity(), hello, onLine: (line: string) => said.push(line) };
    expect(await joinSidecar({ ...options, patience: 500 })).toBeUndefined();
    expect(said.join('\n')).toContain('does not answer');
    await new Promise((closed) => mute.close(closed));
  });

  describe('with bad intentions', () => {
    const line = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
    const hello = line({ id: 1, method: 'bonsai/initialize', params: { protocolVersion: 1, client: 'x' } });
    async function speak(...sent: (string | Buffer)[]): Promise<{ socket: Socket; said: () => string; closed: () => boolean }> {
      const socket = connect(await place.address());
      let text = '';
      let closed = false;
      socket.on('data', (data: Buffer) => (text += data.toString()));
      socket.on('close', () => (closed = true));
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      for (const each of sent) socket.write(each);
      return { socket, said: () => text, closed: () => closed };
    }

    it('gets an error, and hurts nobody', async () => {
      const client = await ready(place);
      const answer = client.connection.sendRequest(messages.ask, { ...ask, maxTokens: 64 });
      const garbage = await speak('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const binary = await speak(Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80, 0x0a]));
      const half = await speak(hello, '{"jsonrpc":"2.0","id":2,"meth');
      const early = await speak(
        line({ id: 7, method: 'bonsai/ask', params: { question: 'x' } }),
        line({ id: 8, method: 'bonsai/shutdown' }),
      );
      const odd = await speak(
        hello,
        '[]\n',
        'null\n',
        '5\n',
        line({ id: { a: 1 }, method: 'x' }),
        line({ id: 9, method: 'bonsai/nothing' }),
      );
      const deep = await speak(hello, `${'['.repeat(200_000)}\n`);
      for (const each of [garbage, binary, deep]) await expect.poll(each.closed).toBe(true);
      expect(garbage.said()).toContain('not a line of JSON');
      await expect.poll(early.said).toMatch(/"id":7.*bonsai\/initialize first[^]*"id":8.*bonsai\/initialize first/);
      await expect.poll(odd.said).toMatch(/"id":9.*knows no request/);
      half.socket.destroy();
      odd.socket.destroy();
      early.socket.destroy();
      expect((await answer).generatedTokens).toBeGreaterThan(0);
      expect(place.serving()).toEqual([client.pid]);
      client.kill();
      await mustBeGone([client.pid]);
    });

    it('is cut off when a message has no end, and when it reads no answers', async () => {
      const client = await ready(place);
      const endless = await speak(hello);
      const piece = Buffer.alloc(1024 * 1024, 'x');
      for (let i = 0; i < 80 && !endless.closed(); i++) {
        if (!endless.socket.write(piece))
          await Promise.race(['drain', 'close'].map((event) => new Promise((next) => endless.socket.once(event, next))));
      }
      await expect.poll(endless.closed).toBe(true);
      const deaf = await speak(hello);
      deaf.socket.pause();
      const text = 'x'.repeat(400_000);
      for (let id = 10; id < 400 && !deaf.closed(); id++)
        deaf.socket.write(line({ id, method: 'bonsai/textToRead', params: { path: 'a.ts', text } }));
      await expect.poll(() => place.lines.length >= 0 && client.alive).toBe(true);
      expect((await client.connection.sendRequest(messages.ask, ask)).generatedTokens).toBeGreaterThan(0);
      deaf.socket.destroy();
      client.kill();
      await mustBeGone([client.pid]);
    });
  });
});
