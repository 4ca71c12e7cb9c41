/** Every filter against its golden file, and all of them together. */
import { describe, expect, test } from 'vitest';
import { filterInfill } from '../../../../../src/sidecar/prompt/filters';
import { surroundings } from '../../../../../src/sidecar/prompt/filters/around';
import { replacedBehind } from '../../../../../src/sidecar/prompt/filters/replaced';
import { goldenCases } from './golden';
import { filters } from './filters';

describe.each(Object.entries(filters))('%s', (file, filter) => {
  test.each(goldenCases(file))('$name', ({ text, context, expected }) => {
    expect(filter(text, surroundings(context))).toBe(expected.text);
  });
});

describe('replaced', () => {
  test.each(goldenCases('replaced'))('$name', ({ text, context, expected }) => {
    expect(text).toBe(expected.text);
    expect(replacedBehind(text, surroundings(context))).toBe(expected.replaces);
  });
});

describe('all of them', () => {
  test.each(goldenCases('pipeline'))('$name', ({ text, context, expected }) => {
    expect(filterInfill(text, context)).toEqual(expected);
  });
});
