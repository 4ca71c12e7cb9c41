/** What arrives over the channel, of the form and not: nothing throws, and whatever wants an answer gets one. */
import { EventEmitter } from 'node:events';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BonsaiError } from '../../../src/sidecar/errors';
import { below, seeded, type Random } from '../../../src/sidecar/random';
import { Requests } from '../../../src/sidecar/requests';
import { Wire } from '../../../src/sidecar/wire';

interface Sent {
  id?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

const turns = async () => {
  for (let i = 0; i < 30; i++) await new Promise((next) => setImmediate(next));
};

/** A connection whose requests are `echo`, `wait` (until it is stopped or let go), `fail` and `end`. */
function connected() {
  const sent: Sent[] = [];
  const logged: string[] = [];
  const channel = Object.assign(new EventEmitter(), {
    send(message: unknown, _handle: undefined, _options: undefined, done: (error: Error | null) => void) {
      // As over a real channel: what cannot be written as JSON is lost.
      sent.push(JSON.parse(JSON.stringify(message)) as Sent);
      setImmediate(() => done(null));
      return true;
    },
  });
  const wire = new Wire(channel, (text) => logged.push(text));
  const connection = createMessageConnection(wire.reader, wire.writer);
  const requests = new Requests(connection);
  const waiting: (() => void)[] = [];
  let begun = 0;
  requests.on({ method: 'echo' }, z.object({ text: z.string() }), ({ text }) => text);
  requests.on(
    { method: 'wait' },
    z.unknown(),
    (_, signal) =>
      new Promise<string>((resolve, reject) => {
        begun++;
        waiting.push(() => resolve('let go'));
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  );
  requests.on({ method: 'stuck' }, z.unknown(), () => new Promise(() => undefined));
  requests.on({ method: 'fail' }, z.unknown(), () => {
    throw new BonsaiError('busy', 'Wait for it.');
  });
  requests.onEnd({ method: 'end' }, async () => {
    await requests.end(() => Promise.resolve());
    return null;
  });
  connection.listen();
  onTestFinished(() => connection.dispose());
  const receive = async (...messages: unknown[]) => {
    for (const message of messages) channel.emit('message', message);
    await turns();
    return sent.splice(0);
  };
  return { receive, logged, letGo: () => waiting.splice(0).forEach((go) => go()), sent, begun: () => begun, wire };
}

const echo = (id: unknown, text = 'a') => ({ jsonrpc: '2.0', id, method: 'echo', params: { text } });

describe('a request', () => {
  test('is answered under its id, which may be a text, zero or a fraction', async () => {
    const { receive } = connected();
    expect(await receive(echo(0), echo('x'), echo(1.5))).toEqual([0, 'x', 1.5].map((id) => ({ jsonrpc: '2.0', id, result: 'a' })));
  });

  test.each([[null], [{}], [[]], [true], ['x'.repeat(300)]])('with the id %j is refused, without one', async (id) => {
    const { receive } = connected();
    const [answer, ...more] = await receive(echo(id));
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ id: null, error: { code: -32600, message: expect.stringContaining('"echo"') as string } });
  });

  test('with the id of one that is not answered yet is refused, and that one is answered all the same', async () => {
    const { receive, letGo } = connected();
    const wait = { jsonrpc: '2.0', id: 7, method: 'wait' };
    // In one turn and later, as a number and as a text.
    expect(await receive(wait, echo(7), echo('7'))).toEqual(
      [7, '7'].map((id) => expect.objectContaining({ id, error: expect.anything() as object }) as object),
    );
    expect(await receive(echo(7))).toMatchObject([{ id: 7, error: { message: expect.stringContaining('not answered yet') as string } }]);
    letGo();
    expect(await receive()).toMatchObject([{ id: 7, result: 'let go' }]);
    expect(await receive(echo(7))).toMatchObject([{ id: 7, result: 'a' }]);
  });

  test.each([[undefined], [null], [[]], [['a', 'b']], [5], ['x'], [{}]])(
    'with the parameters %j is told what is wrong with them',
    async (params) => {
      const { receive } = connected();
      const [answer] = await receive({ jsonrpc: '2.0', id: 1, method: 'echo', ...(params === undefined ? {} : { params }) });
      expect(answer).toMatchObject({
        id: 1,
        error: { data: { code: 'bad-request' }, message: expect.stringMatching(/^echo was sent wrong parameters/) as string },
      });
      expect(answer?.error?.message).not.toMatch(/undefined \(reading|is not a function/);
    },
  );

  test('that nobody knows, and one that fails, get a sentence', async () => {
    const { receive } = connected();
    expect(await receive({ jsonrpc: '2.0', id: 1, method: 'constructor' })).toMatchObject([{ id: 1, error: { code: -32601 } }]);
    expect(await receive({ jsonrpc: '2.0', id: 2, method: 'fail' })).toMatchObject([
      { id: 2, error: { message: 'Wait for it.', data: { code: 'busy' } } },
    ]);
  });

  test('is stopped by its id alone; a word to stop that names none is logged and does nothing', async () => {
    const { receive, logged } = connected();
    const cancel = (params?: unknown) => ({ jsonrpc: '2.0', method: '$/cancelRequest', ...(params === undefined ? {} : { params }) });
    const bad = [undefined, null, [], {}, { id: null }, { id: {} }, 5, 'x'].map(cancel);
    expect(await receive({ jsonrpc: '2.0', id: 1, method: 'wait' }, ...bad, cancel({ id: 2 }))).toEqual([]);
    expect(logged).toHaveLength(bad.length);
    expect(await receive(cancel({ id: 1 }))).toMatchObject([{ id: 1, error: { code: -32800 } }]);
  });
});

test('what is no message at all is logged', async () => {
  const { receive, logged } = connected();
  const odd = [null, undefined, 5, 'x', [], {}, { id: null }, { jsonrpc: '2.0', id: 3, result: 1 }, { error: {} }];
  const answers = await receive(...odd);
  expect(answers.every(({ id, error }) => id === null && error !== undefined)).toBe(true);
  expect(answers.length + logged.length).toBe(odd.length);
  expect(await receive(echo(1))).toMatchObject([{ result: 'a' }]);
});

test('at the end everything is answered: what can be stopped, what cannot, and what comes later', async () => {
  const { receive, begun, wire, sent } = connected();
  await receive({ jsonrpc: '2.0', id: 1, method: 'wait' }, { jsonrpc: '2.0', id: 2, method: 'stuck' });
  const answers = await receive({ jsonrpc: '2.0', id: 3, method: 'end' }, { jsonrpc: '2.0', id: 4, method: 'wait' });
  expect(answers).toHaveLength(4);
  expect(answers.find(({ id }) => id === 3)).toMatchObject({ result: null });
  for (const { id, error } of answers) if (id !== 3) expect(error?.message).toBe('Bonsai is closing.');
  expect(begun()).toBe(1);
  await wire.drained();
  expect(sent).toEqual([]);
});

const pick = <T>(random: Random, of: readonly T[]): T => of[below(random, of.length)]!;

/** Any JSON value, mostly small. */
function anything(random: Random, depth = 0): unknown {
  const leaves = [
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    'x',
    '7',
    '__proto__',
    '$/cancelRequest',
    '\u0000',
    '\ud800',
    'y'.repeat(400),
  ];
  if (depth > 2 || below(random, 3) > 0) return pick(random, leaves);
  const size = below(random, 4);
  if (below(random, 2) === 0) return Array.from({ length: size }, () => anything(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [
      pick(random, ['id', 'text', 'params', '__proto__', 'token', 'value']),
      anything(random, depth + 1),
    ]),
  );
}

test('thousands of random messages: every request is answered once, and the connection goes on', async () => {
  const seed = Number(process.env['BONSAI_SEED'] ?? Date.now());
  console.log(`BONSAI_SEED=${seed}`);
  const random = seeded(seed);
  const { receive, letGo, logged } = connected();
  const methods = ['echo', 'wait', 'fail', 'nowhere', '$/cancelRequest', '$/progress', '$/setTrace', 'bonsai/filesChanged', '', 'toString'];
  let answers = 0;
  let wanted = 0;
  for (let round = 0; round < 60; round++) {
    const messages = Array.from({ length: 50 }, () => {
      if (below(random, 10) === 0) return anything(random);
      const message: Record<string, unknown> = { jsonrpc: '2.0' };
      if (below(random, 12) > 0) message['method'] = below(random, 15) === 0 ? anything(random) : pick(random, methods);
      if (below(random, 4) > 0) message['id'] = below(random, 4) === 0 ? anything(random) : below(random, 40);
      if (below(random, 4) > 0) message['params'] = below(random, 3) === 0 ? { text: 'a', id: below(random, 40) } : anything(random);
      return message;
    });
    wanted += messages.filter((each) => isRequest(each)).length;
    answers += (await receive(...messages)).length;
    letGo();
    answers += (await receive()).length;
  }
  // vscode-jsonrpc takes one message a turn, so answers of the last round may come later.
  for (let turn = 0; turn < 10; turn++) {
    letGo();
    answers += (await receive()).length;
  }
  expect(wanted, 'positive control').toBeGreaterThan(1000);
  expect(answers).toBe(wanted);
  expect(logged.length, 'positive control').toBeGreaterThan(50);
  expect(await receive(echo('last'))).toMatchObject([{ id: 'last', result: 'a' }]);
});

/** Names a method and has an id, whatever either is, and is no answer: then it wants one. */
function isRequest(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return false;
  const { id, method } = message as { id?: unknown; method?: unknown };
  return id !== undefined && (typeof method === 'string' || !('result' in message || 'error' in message));
}
