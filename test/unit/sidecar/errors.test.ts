/** What a person is told of what was thrown. */
import { expect, test } from 'vitest';
import { asBonsaiError, BonsaiError } from '../../../src/sidecar/errors';

test('a fault of our own is called one, with the way out; what others throw is told as it is', () => {
  const thrown = (() => {
    try {
      return (undefined as unknown as { name: string }).name;
    } catch (error) {
      return asBonsaiError(error);
    }
  })() as BonsaiError;
  expect(thrown.code).toBe('engine-failed');
  expect(thrown.message).toMatch(/^A fault inside Bonsai: .*please report it\.$/);
  expect(asBonsaiError(new Error('EACCES: no')).message).toBe('EACCES: no');
  const known = new BonsaiError('busy', 'Wait.');
  expect(asBonsaiError(known)).toBe(known);
});
