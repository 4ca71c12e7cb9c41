import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Stage } from '../../../../src/cli/mcp/engine';
import { progressOf } from '../../../../src/cli/mcp/progress';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

function told(stages: readonly (Stage | number)[], token: string | undefined = 't') {
  const sent: { progress: number; message?: string }[] = [];
  const extra = {
    _meta: { progressToken: token },
    sendNotification: ({ params }: { params: (typeof sent)[number] }) => Promise.resolve(void sent.push(params)),
  } as unknown as Extra;
  const { tell } = progressOf(extra, 100);
  for (const stage of stages)
    if (typeof stage === 'number') vi.advanceTimersByTime(stage);
    else tell(stage);
  return sent;
}
const reading = (tokensRead: number, secondsLeft: number | null = null): Stage => ({
  doing: 'reading',
  progress: { phase: 'reading', tokensRead, tokensTotal: 1000, tokensPerSecond: 0, secondsLeft },
});

it('grows from stage to stage, whatever comes again', () => {
  const sent = told([
    { doing: 'starting', what: 'loading the model' },
    300,
    reading(500, 12),
    300,
    reading(100),
    300,
    { doing: 'waiting', ahead: 2 },
    300,
    { doing: 'answering', pieces: 0 },
    // A short answer has come before the next quarter of a second.
    { doing: 'answering', pieces: 1 },
    300,
    { doing: 'answering', pieces: 50 },
  ]);
  expect(sent.map(({ message }) => message)).toEqual([
    'loading the model',
    'reading 500 of 1,000 tokens, 12 s left',
    'reading 100 of 1,000 tokens',
    'waiting for 2 other answers',
    'reading the question',
    'writing the answer, about 1 token so far',
    'writing the answer, about 50 tokens so far',
  ]);
  expect(sent.every(({ progress }, i) => progress > (sent[i - 1]?.progress ?? 0) && progress <= 100)).toBe(true);
});

it('is told four times a second at most, and at once when something else begins', () => {
  expect(told([reading(1), reading(2), 100, reading(3), 200, reading(4), { doing: 'waiting', ahead: 1 }])).toHaveLength(3);
});

it('is told to nobody who did not ask for it', () => {
  expect(told([reading(1)], '')).toHaveLength(1);
  const extra = { sendNotification: () => Promise.reject(new Error('told')) } as unknown as Extra;
  expect(() => progressOf(extra, 1).tell(reading(1))).not.toThrow();
});
