/** Places that answers link to: there, not there, or changed since the model read them. */
import { expect, it } from 'vitest';
import { checkPlaces } from '../../../../src/extension/chat/citationChecks';

const files: Record<string, number> = { 'src/a.ts': 12, 'src/old.ts': 40, 'api/x y.ts': 3 };
const check = (places: string[], asked: string[] = []) =>
  checkPlaces(places, new Set(['src/old.ts']), {
    lines: (path) => {
      asked.push(path);
      return Promise.resolve(files[path]);
    },
  });
const state = async (place: string) => (await check([place]))[0]?.state;

it.each([
  ['src/a.ts:12', 'checked'],
  ['src/a.ts:3-12', 'checked'],
  ['src/a.ts#L3', 'checked'],
  ['src/a.ts', 'checked'],
  ['api/x%20y.ts:3', 'checked'],
  ['src\\a.ts:1', 'checked'],
  ['src/a.ts:13', 'missing'],
  ['src/a.ts:3-13', 'missing'],
  ['src/a.ts:9-3', 'missing'],
  ['src/gone.ts:1', 'missing'],
  ['../../etc/passwd', 'missing'],
  ['file:///etc/passwd', 'missing'],
  ['javascript:alert(1)', 'missing'],
  ['src/old.ts:7', 'changed'],
  ['./src/old.ts:7', 'missing'],
  ['src/old.ts:99', 'missing'],
])('%s is %s', async (place, expected) => {
  expect(await state(place)).toBe(expected);
});

it('web addresses are not looked up', async () => {
  const asked: string[] = [];
  expect(await check(['https://a.org/x.ts:3', 'src/a.ts:1'], asked)).toEqual([{ place: 'src/a.ts:1', state: 'checked' }]);
  expect(asked).toEqual(['src/a.ts']);
});
