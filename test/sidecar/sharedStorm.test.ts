/**
 * Random interleavings of what several clients of one sidecar do: asking, completing, stopping, leaving, being killed while they are
 * answered, and the sidecar being killed. Each request comes to an end, nobody waits for ever, and afterwards all works.
 * BONSAI_STORMS sets how many (CI: a few; by hand: 1000), BONSAI_SEED which; the seed is in the title.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { messages } from '../../src/protocol';
import type { SharedSidecar } from '../../src/protocol/sharedSidecar';
import { below, seeded } from '../../src/sidecar/random';
import { root } from './client';
import { gone } from './mcpClient';
import { openPlace, ready, type Place } from './sharedClient';

const storms = Number(process.env['BONSAI_STORMS'] ?? 60);
const seed = Number(process.env['BONSAI_SEED'] ?? Date.now());
const random = seeded(seed);
/** Milliseconds; an answer that has not come by then never does. */
const lost = 90_000;

let place: Place;
beforeEach(() => (place = openPlace()));
afterEach(() => place.dispose());

const windows = 3;
/** How a request may end without an answer. */
const plain = /cancelled|overtaken|client has left|closing|connection got disposed|connection is (closed|disposed)|EPIPE|ECONNRESET/i;

function settled(what: string, request: Promise<unknown>, mayEnd: () => boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} was lost`)), lost)));
  const came = request.then(
    () => undefined,
    (error: unknown) => {
      const { message } = error as Error;
      if (!plain.test(message) || !mayEnd()) throw new Error(`${what} failed: ${message}`, { cause: error });
    },
  );
  return Promise.race([came, late]).finally(() => clearTimeout(timer));
}

it(
  `${storms} random interleavings (seed ${seed}): no answer is lost, and nobody waits for ever`,
  async () => {
    console.log(`BONSAI_SEED=${seed}`);
    const clients: SharedSidecar[] = [];
    const seen = new Set<number>();
    for (let storm = 0; storm < storms; storm++) {
      for (let i = 0; i < windows; i++) if (!clients[i]?.alive || clients[i]?.connectionLost) clients[i] = await ready(place);
      expect(new Set(clients.map(({ pid }) => pid)).size).toBe(1);
      const [{ pid }] = clients as [SharedSidecar];
      seen.add(pid);
      let killed = false as boolean;
      const waiting: Promise<unknown>[] = [];
      const later = (work: () => void) =>
        waiting.push(
          new Promise<void>((done) =>
            setTimeout(
              () => {
                work();
                done();
              },
              below(random, 60),
            ),
          ),
        );
      for (let step = 2 + below(random, 4); step > 0; step--) {
        const who = below(random, windows);
        const client = clients[who]!;
        const { connection } = client;
        const stop = new CancellationTokenSource();
        let stopped = false;
        const mayEnd = () => killed || stopped || client.connectionLost;
        const question = `${below(random, 1000)}?`;
        switch (below(random, 12)) {
          case 0:
          case 1:
          case 2:
          case 3: {
            const asked = { question, maxTokens: 1 + below(random, 8) };
            waiting.push(settled('an answer', connection.sendRequest(messages.ask, asked, stop.token), mayEnd));
            break;
          }
          case 4:
          case 5: {
            const asked = { path: 'a.ts', prefix: `const a${question} = `, suffix: '\n', maxTokens: 4 };
            // A newer one takes its place, whoever asks for it.
            waiting.push(settled('a completion', connection.sendRequest(messages.complete, asked, stop.token), () => true));
            break;
          }
          case 6:
          case 7: {
            const asked = { question, maxTokens: 400 };
            waiting.push(settled('a stopped answer', connection.sendRequest(messages.ask, asked, stop.token), mayEnd));
            later(() => {
              stopped = true;
              stop.cancel();
            });
            break;
          }
          case 8:
            waiting.push(settled('a second load', connection.sendRequest(messages.loadModel, place.identity().load), mayEnd));
            break;
          case 9:
            later(() => client.kill());
            break;
          case 10: {
            const standIn = fork(join(root, 'test/sidecar/sharedStandIn.mjs'), [await place.address()], { silent: true });
            const ended = once(standIn, 'exit');
            await Promise.race([ended, once(standIn, 'message')]);
            later(() => standIn.kill('SIGKILL'));
            waiting.push(ended);
            break;
          }
          default:
            if (below(random, 4) > 0) waiting.push(settled('a status', connection.sendRequest(messages.currentStatus), mayEnd));
            else
              later(() => {
                killed = true;
                process.kill(pid, 'SIGKILL');
              });
        }
      }
      await Promise.all(waiting);
      // What is gone is noticed before the next one begins.
      for (const client of clients) if ((killed && client.pid === pid) || client.connectionLost) await client.exited;
    }
    for (let i = 0; i < windows; i++) if (!clients[i]?.alive) clients[i] = await ready(place);
    for (const client of clients)
      expect((await client.connection.sendRequest(messages.ask, { question: 'x', maxTokens: 1 })).generatedTokens).toBeLessThanOrEqual(1);
    for (const client of clients) client.kill();
    expect(await gone([...seen, ...place.serving()], 60_000)).toBe(true);
    expect([place.serving(), existsSync(place.run) ? readdirSync(place.run) : []]).toEqual([[], []]);
  },
  120_000 + storms * 10_000,
);
