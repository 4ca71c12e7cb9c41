/** The reason that the cache view gives for each layer, in the words that a person reads. */
import { expect, it } from 'vitest';
import { cacheStrings } from '../../../../src/extension/cache/cacheStrings';
import { untranslated as t } from '../../../../src/extension/util/text';
import { layerReasons, sharingName } from '../../../../src/webview/cache/layerShare';

const strings = cacheStrings(t);

it('of SqueezeAttention is the cosine and the group, and who gives something up is the last group', () => {
  const layers = [
    { cosine: 0.913, group: 2 },
    { cosine: 0.4, group: 0 },
    { window: true as const, cosine: 0.1, group: 1 },
  ];
  expect(layerReasons(layers, { allocator: 'squeeze', p: 0.6 }, strings)).toEqual([
    'squeeze: cosine 0.91, group 3 of 3, the least important',
    'squeeze: cosine 0.40, group 1 of 3',
    'sliding window, no budget',
  ]);
});

it('of SqueezeAttention with a single group names none as the least important', () => {
  expect(layerReasons([{ cosine: 0.5, group: 0 }], { allocator: 'squeeze' }, strings)).toEqual(['squeeze: cosine 0.50, group 1 of 1']);
});

it('of measured budgets is what is lost, and less than three digits show is nothing', () => {
  const layers = [{ lost: 0.0214 }, { lost: 0.0005 }, { lost: 0.00049 }, { lost: -0.2 }];
  expect(layerReasons(layers, { allocator: 'measured' }, strings)).toEqual([
    'measured: 0.021 nats a token are lost when it keeps half',
    'measured: 0.001 nats a token are lost when it keeps half',
    'measured: nothing is lost when it keeps half',
    'measured: nothing is lost when it keeps half',
  ]);
});

it.each([
  ['uniform', undefined, 'every layer keeps the same'],
  ['pyramid', undefined, 'by pyramid'],
  ['measured', undefined, 'by measured'],
  ['replay', undefined, 'by what each layer needs'],
  ['squeeze', 0.35, 'by SqueezeAttention, factor 0.35'],
  ['squeeze', undefined, 'by SqueezeAttention'],
] as const)('of %s %s, where nothing is known of the layer, is the way', (allocator, p, reason) => {
  expect(layerReasons([{}], { allocator, ...(p === undefined ? {} : { p }) }, strings)).toEqual([reason]);
  if (allocator !== 'uniform') expect(reason).toContain(sharingName({ allocator, p }, strings));
});
