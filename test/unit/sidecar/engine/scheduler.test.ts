/** Ghost text before chat before reading, one unit at a time. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Scheduler, type SchedulerSession } from '../../../../src/sidecar/engine/scheduler';

const units = async (session: SchedulerSession, count: number, mark: () => void) => {
  for (let i = 0; i < count; i++)
    await session.unit(async () => {
      mark();
      await wait(2);
    });
  session.close();
};

describe('the scheduler', () => {
  it('never runs two units at once', async () => {
    const scheduler = new Scheduler();
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await wait(2);
      running--;
    };
    const sessions = (['reading', 'chat', 'ghost', 'chat'] as const).map((priority) => scheduler.openSession(priority));
    await Promise.all(sessions.map((session) => session.unit(work).finally(() => session.close())));
    expect(most).toBe(1);
  });

  it('lets reading wait at most one unit long, and not run between the units of a chat', async () => {
    const scheduler = new Scheduler();
    const order: string[] = [];
    const reading = units(scheduler.openSession('reading'), 5, () => order.push('r'));
    await wait(1);
    const chat = units(scheduler.openSession('chat'), 4, () => order.push('c'));
    await Promise.all([reading, chat]);
    expect(order.join('')).toBe('rccccrrrr');
  });

  it('lets ghost text in between the tokens of a chat', async () => {
    const scheduler = new Scheduler();
    const order: string[] = [];
    const chat = units(scheduler.openSession('chat'), 4, () => order.push('c'));
    await wait(1);
    const ghost = units(scheduler.openSession('ghost'), 3, () => order.push('g'));
    await Promise.all([chat, ghost]);
    expect(order.join('')).toBe('cgggccc');
  });

  it('runs equals in the order they came', async () => {
    const scheduler = new Scheduler();
    const order: number[] = [];
    const session = scheduler.openSession('chat');
    await Promise.all([1, 2, 3].map((n) => session.unit(() => order.push(n))));
    expect(order).toEqual([1, 2, 3]);
  });

  it('goes on after a unit that fails, and after one that was stopped while waiting', async () => {
    const scheduler = new Scheduler();
    const session = scheduler.openSession('chat');
    const stop = new AbortController();
    const slow = session.unit(() => wait(10));
    const stopped = session.unit(() => 'never', stop.signal);
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    await expect(session.unit(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await slow;
    expect(await session.unit(() => 'done')).toBe('done');
  });

  it('does not start what is stopped already', async () => {
    const session = new Scheduler().openSession('chat');
    await expect(session.unit(() => 'never', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  it('gives who has waited too long one unit, after ghost text and before the next token of a chat', async () => {
    let now = 0;
    const scheduler = new Scheduler(() => now);
    const order: string[] = [];
    const chat = scheduler.openSession('chat');
    const token = async () => {
      order.push('c');
      await wait(1);
    };
    const reading = units(scheduler.openSession('reading'), 2, () => order.push('r'));
    await chat.unit(token);
    const answer = (async () => {
      await chat.unit(token);
      await chat.unit(token);
      chat.close();
    })();
    now = 3000;
    const ghost = scheduler.openSession('ghost');
    await ghost.unit(() => order.push('g'));
    ghost.close();
    await Promise.all([answer, reading]);
    expect(order.join('')).toBe('ccgrcr');
    expect(scheduler.latency('reading')).toMatchObject({ units: 2, p50: 1500, max: 3000 });
    expect(scheduler.latency('ghost')?.max).toBe(0);
  });

  it('says nothing of the latency of what never ran', () => {
    expect(new Scheduler().latency('chat')).toBeUndefined();
  });
});
