import { expect, test } from 'vitest';
import { AdaptiveDelay } from '../../../src/extension/ghostText/adaptiveDelay';
import { withoutRepeatedEnd } from '../../../src/extension/ghostText/overlap';
import { suppression, type TypingSituation } from '../../../src/extension/ghostText/suppression';

const typing: TypingSituation = {
  explicit: false,
  enabled: true,
  disabledLanguages: ['markdown'],
  languageId: 'typescript',
  trusted: true,
  lineAfter: '',
  lines: 100,
  fim: undefined,
  listOpen: false,
};

test('ordinary typing gets ghost text', () => {
  expect(suppression(typing)).toBeUndefined();
  expect(suppression({ ...typing, lineAfter: ');' })).toBeUndefined();
});

test('each rule keeps it away', () => {
  expect(suppression({ ...typing, enabled: false })).toBe('disabled');
  expect(suppression({ ...typing, languageId: 'markdown' })).toBe('language');
  expect(suppression({ ...typing, trusted: false })).toBe('untrusted');
  expect(suppression({ ...typing, lineAfter: 'größe = 1' })).toBe('mid-word');
  expect(suppression({ ...typing, lines: 60_000 })).toBe('huge');
  expect(suppression({ ...typing, fim: false })).toBe('no-fim');
  expect(suppression({ ...typing, listOpen: true })).toBe('list-open');
});

test('asking by hand overrides taste but not trust', () => {
  const asked = { ...typing, explicit: true, enabled: false, languageId: 'markdown', lineAfter: 'x', lines: 60_000 };
  expect(suppression(asked)).toBeUndefined();
  expect(suppression({ ...asked, trusted: false })).toBe('untrusted');
});

test('the wait follows the measured latency within its bounds', () => {
  const delay = new AdaptiveDelay({ shortest: 60, longest: 600 });
  expect(delay.milliseconds).toBe(60);
  delay.measured(400);
  expect(delay.milliseconds).toBe(200);
  delay.measured(800);
  expect(delay.milliseconds).toBe(250);
  for (let i = 0; i < 20; i++) delay.measured(10_000);
  expect(delay.milliseconds).toBe(600);
});

test.each([
  ['a, b)', ')', 'a, b'],
  ['f(x)', ')', 'f(x)'],
  ['abc"', '";', 'abc'],
  ['x) {', ') {', 'x'],
  ['x', '', 'x'],
  ['one\ntwo', '', 'one\ntwo'],
  ['one\ntwo', ')', 'one'],
  ['return 1;', ' // why', 'return 1;'],
])('%j before %j becomes %j', (completion, lineAfter, expected) => {
  expect(withoutRepeatedEnd(completion, lineAfter)).toBe(expected);
});
