import { expect, test } from 'vitest';
import { adviceFrom } from '../../../../src/extension/engine/advice';
import { LineTail } from '../../../../src/protocol/lineTail';
import { Supervisor } from '../../../../src/extension/engine/supervisor';
import { untranslated as t } from '../../../../src/extension/util/text';

function supervisor() {
  const clock = { now: 0 };
  return { clock, supervisor: new Supervisor({ longLife: 30_000, limit: 5, firstWait: 1000 }, () => clock.now) };
}

test('the first failure costs no wait, later ones double it', () => {
  const { clock, supervisor: s } = supervisor();
  s.failed(10);
  expect(s.decide()).toEqual({ start: 'now' });
  s.failed(10);
  expect(s.decide()).toEqual({ start: 'later', milliseconds: 1000 });
  s.failed(10);
  expect(s.decide()).toEqual({ start: 'later', milliseconds: 2000 });
  clock.now = 2000;
  expect(s.decide()).toEqual({ start: 'now' });
});

test('five fast failures are enough, until a reset', () => {
  const { supervisor: s } = supervisor();
  for (let i = 0; i < 5; i++) s.failed(10);
  expect(s.decide()).toEqual({ start: 'never' });
  s.reset();
  expect(s.decide()).toEqual({ start: 'now' });
});

test('a process that lived long starts the count afresh', () => {
  const { supervisor: s } = supervisor();
  for (let i = 0; i < 4; i++) s.failed(10);
  s.failed(60_000);
  expect(s.decide()).toEqual({ start: 'now' });
});

test('the last output becomes advice', () => {
  expect(adviceFrom(['x', 'ggml_backend: failed to allocate buffer'], null, t)).toMatch(/memory.*smaller/);
  expect(adviceFrom(['error while loading shared libraries: libggml.so'], null, t)).toMatch(/bonsai\.engine/);
  expect(adviceFrom([], 'SIGILL', t)).toMatch(/instruction/);
  expect(adviceFrom(['GGML_ASSERT(n > 0) failed', 'bye'], null, t)).toContain('GGML_ASSERT(n > 0)');
  expect(adviceFrom([], 'SIGKILL', t)).toMatch(/Show Log/);
});

test('the tail keeps whole lines, and only the last ones', () => {
  const seen: string[] = [];
  const tail = new LineTail(2, (line) => seen.push(line));
  tail.write('a\nb');
  tail.write('b\r\n\nc');
  expect(tail.lines).toEqual(['a', 'bb']);
  tail.end();
  expect(tail.lines).toEqual(['bb', 'c']);
  expect(seen).toEqual(['a', 'bb', 'c']);
});
