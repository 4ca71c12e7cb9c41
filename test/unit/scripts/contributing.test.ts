/** The ways that CONTRIBUTING.md describes lead somewhere. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const rows = text.split('\n').filter((line) => line.includes(' › '));
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, found = '']) => found);

it('has ten of them', () => expect(rows).toHaveLength(10));

it.each(rows)('%s', (row) => {
  const [, , way = '', goals = ''] = row.split('|');
  // The names after a comma are files of the same folder.
  const names = quoted(way);
  const folder = names.filter((name) => !name.includes('.'));
  const files = names.filter((name) => name.includes('.')).map((name) => readFileSync(join(root, ...folder, name), 'utf8'));
  expect(files.length).toBeGreaterThan(0);
  for (const goal of quoted(goals))
    expect(
      files.some((file) => new RegExp(`\\b${goal}\\b`).test(file)),
      goal,
    ).toBe(true);
});
