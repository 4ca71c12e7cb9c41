/** Whoever waits is told for how many, comes in order, and can leave. */
import { expect, it } from 'vitest';
import { Turns } from '../../../../src/sidecar/chat/turns';

function person(turns: Turns, name: string, log: string[], signal?: AbortSignal) {
  let finish: (how?: Error) => void = () => undefined;
  const ahead: number[] = [];
  const work = () => {
    log.push(name);
    return new Promise<string>((resolve, reject) => (finish = (how) => (how ? reject(how) : resolve(name))));
  };
  const done = turns.take(work, (count) => ahead.push(count), signal);
  done.catch(() => undefined);
  return { ahead, done, finish: (how?: Error) => finish(how) };
}

it('is one at a time, in order, whatever becomes of those before', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const [a, b, c] = ['a', 'b', 'c'].map((name) => person(turns, name, log));
  expect([log, a!.ahead, b!.ahead, c!.ahead]).toEqual([['a'], [], [1], [2]]);
  a!.finish(new Error('broke'));
  await expect(a!.done).rejects.toThrow('broke');
  await new Promise(setImmediate);
  expect([log, b!.ahead, c!.ahead]).toEqual([
    ['a', 'b'],
    [1, 0],
    [2, 1],
  ]);
  const d = person(turns, 'd', log);
  b!.finish();
  expect(await b!.done).toBe('b');
  await new Promise(setImmediate);
  c!.finish();
  await c!.done;
  await new Promise(setImmediate);
  d.finish();
  expect(await d.done).toBe('d');
  expect(log).toEqual(['a', 'b', 'c', 'd']);
});

it('is left at once by whoever is stopped; the others move up', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const stop = new AbortController();
  const a = person(turns, 'a', log);
  const b = person(turns, 'b', log, stop.signal);
  const c = person(turns, 'c', log);
  stop.abort(new Error('stopped'));
  await expect(b.done).rejects.toThrow('stopped');
  expect(c.ahead).toEqual([2, 1]);
  await expect(person(turns, 'late', log, stop.signal).done).rejects.toThrow('stopped');
  a.finish();
  await new Promise(setImmediate);
  expect(log).toEqual(['a', 'c']);
  c.finish();
  await c.done;
});
