/** Values from outside, good beside bad: what is refused at the border never comes to the engine. */
import * as z from 'zod/mini';
import { describe, expect, test } from 'vitest';
import { schemas } from '../../../src/protocol';

const accepts = (schema: z.ZodMiniType, value: unknown) => z.safeParse(schema, value).success;

describe('folders', () => {
  const { readRepositoryParams, planRepositoryParams, listFilesParams } = schemas;
  test.each(['/acme', '/', 'C:\\acme', 'c:/acme', '\\\\server\\share', '/ümlaut #1/%20'])('%j is one', (folder) => {
    for (const schema of [readRepositoryParams, planRepositoryParams, listFilesParams])
      expect(accepts(schema, { folders: [folder] })).toBe(true);
  });
  test.each(['', '.', ' ', 'acme', './acme', '/a\0b', `/${'a'.repeat(40_000)}`, null, 5])('%j is none', (folder) => {
    for (const schema of [readRepositoryParams, planRepositoryParams, listFilesParams]) {
      expect(accepts(schema, { folders: [folder] })).toBe(false);
      expect(accepts(schema, { folders: ['/acme', folder] })).toBe(false);
    }
  });
});

describe('numbers', () => {
  const bad = [0, -1, 1.5, NaN, Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER, '5', null];
  const fields: [string, z.ZodMiniType, object, string][] = [
    ['threads', schemas.loadModelParams, {}, 'threads'],
    ['chunk', schemas.loadModelParams, {}, 'chunk'],
    ['tokens of an answer', schemas.askParams, { question: 'q' }, 'maxTokens'],
    ['tokens of an infill', schemas.completeParams, { path: 'a', prefix: '', suffix: '' }, 'maxTokens'],
    ['tokens to read', schemas.readRepositoryParams, { folders: ['/a'] }, 'maxTokens'],
    ['a budget to find models for', schemas.findModelsParams, {}, 'budget'],
  ];
  test.each(fields)('%s', (_, schema, rest, field) => {
    expect(accepts(schema, { ...rest, [field]: 8 })).toBe(true);
    for (const value of bad) expect([value, accepts(schema, { ...rest, [field]: value })]).toEqual([value, false]);
  });
  test('budgets, one and many', () => {
    const budget = (value: unknown) => accepts(schemas.loadModelParams, { cache: { budget: value } });
    expect([budget(512), budget([512, 1024])]).toEqual([true, true]);
    for (const value of bad) expect([budget(value), budget([512, value])]).toEqual([false, false]);
  });
});

test('texts have a limit, and a question is not empty', () => {
  const question = (text: unknown) => accepts(schemas.askParams, { question: text });
  expect([question('q'), question('x'.repeat(1_000_000))]).toEqual([true, true]);
  expect([question(''), question('x'.repeat(2 ** 24 + 1)), question(undefined)]).toEqual([false, false, false]);
  expect(accepts(schemas.countTokensParams, { texts: [{ text: 'x'.repeat(2 ** 24 + 1) }] })).toBe(false);
});

test('a model file and a place to save are named, or left out', () => {
  const load = (params: object) => accepts(schemas.loadModelParams, params);
  expect([load({}), load({ modelPath: '/m.gguf' }), load({ storage: { folder: '/m' } })]).toEqual([true, true, true]);
  expect([
    load({ modelPath: '' }),
    load({ modelPath: '/a\0' }),
    load({ storage: { folder: 'm' } }),
    load({ storage: { folder: '' } }),
  ]).toEqual([false, false, false, false]);
});
