/** Roles as weights for the engine. */
import { expect, it } from 'vitest';
import type { FileCode } from '../../../../src/repo';
import { lineWeights, roleWeights } from '../../../../src/repo/code/lineWeights';

const code = (roles: FileCode['roles']): FileCode => ({ language: 'Go', definitions: [], references: [], imports: [], roles });

it('weighs each line by its role, and code neutrally', () => {
  const weights = lineWeights(
    code([
      { startLine: 1, endLine: 2, role: 'header' },
      { startLine: 4, endLine: 4, role: 'import' },
      { startLine: 5, endLine: 5, role: 'comment' },
      { startLine: 6, endLine: 7, role: 'signature' },
    ]),
    8,
  );
  const float = Math.fround;
  expect([...weights]).toEqual([1.2, 1.2, 1, 1.5, 0.7, 2, 2, 1].map(float));
});

it('ranks signatures above imports above headers above code above comments', () => {
  const { signature, import: imports, header, comment } = roleWeights;
  expect([signature, imports, header, 1, comment].toSorted((a, b) => b - a)).toEqual([signature, imports, header, 1, comment]);
  expect(new Set([signature, imports, header, 1, comment]).size).toBe(5);
});

it('ends with the text, whatever the roles say', () => {
  expect([...lineWeights(code([{ startLine: 2, endLine: 9, role: 'import' }]), 3)]).toEqual([1, 1.5, 1.5]);
  expect(lineWeights(code([]), 0)).toHaveLength(0);
});
