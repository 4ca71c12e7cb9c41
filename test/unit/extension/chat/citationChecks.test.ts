/** Places that answers link to: there, not there, or changed since the model read them. */
import { expect, it } from 'vitest';
import { checkPlaces, namesIn } from '../../../../src/extension/chat/citationChecks';

const files: Record<string, number> = {
  'src/a.ts': 12,
  'src/old.ts': 40,
  'api/x y.ts': 3,
  'api/twice.ts': 9,
  'src/twice.ts': 9,
  'top.ts': 5,
  'src/top.ts': 1,
};
const check = (places: string[], asked: string[] = []) =>
  checkPlaces(places, new Set(['src/old.ts']), {
    lines: (path) => {
      asked.push(path);
      return Promise.resolve(files[path]);
    },
    named: namesIn(() => Promise.resolve(Object.keys(files))),
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

it.each([
  ['a.ts', { state: 'checked', at: 'src/a.ts' }],
  ['a.ts:3-12', { state: 'checked', at: 'src/a.ts:3-12' }],
  ['a.ts#L3', { state: 'checked', at: 'src/a.ts:3' }],
  ['a.ts:13', { state: 'missing', at: 'src/a.ts:13' }],
  ['old.ts', { state: 'changed', at: 'src/old.ts' }],
  ['gone.ts', { state: 'missing' }],
])('%s, a name without its folder, is %o', async (place, expected) => {
  expect(await check([place])).toEqual([{ place, ...expected }]);
});

it('nothing is said of a name that several files have, unless it is the path of one', async () => {
  expect(await check(['twice.ts', 'twice.ts:3'])).toEqual([]);
  expect(await check(['top.ts:4', 'top.ts:6'])).toEqual([
    { place: 'top.ts:4', state: 'checked' },
    { place: 'top.ts:6', state: 'missing' },
  ]);
});

it('the files are listed once, and only for a name', async () => {
  let listed = 0;
  const named = namesIn(() => Promise.resolve((listed++, ['src/a.ts'])));
  const lookup = { lines: () => Promise.resolve(undefined), named };
  await checkPlaces(['src/b.ts:3', 'https://a.org'], new Set(), lookup);
  expect(listed).toBe(0);
  await checkPlaces(['b.ts', 'c.ts:3'], new Set(), lookup);
  expect(listed).toBe(1);
});
