/**
 * A folder of very many files: none is lost, and listing takes seconds and megabytes, not minutes and gigabytes.
 * BONSAI_FILES sets how many.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listRepository } from '../../../src/repo';
import { sandbox } from './sandbox';

const box = sandbox();
const count = Number(process.env['BONSAI_FILES'] ?? 20_000);

it(`lists ${count} files, with git and without it`, async () => {
  for (let i = 0; i < count; i++) {
    const folder = join(box.root, `d${i % 100}`);
    if (i < 100) mkdirSync(folder);
    // Every tenth is empty, so that both lists are long.
    writeFileSync(join(folder, `file-${i}.ts`), i % 10 === 0 ? '' : `export const v = ${i};\n`);
  }
  const began = process.memoryUsage().rss;
  const plain = await listRepository(box.root);
  box.git('init', '-q');
  const tracked = await listRepository(box.root);
  expect([plain.git, tracked.git]).toEqual([false, true]);
  expect(JSON.stringify(tracked)).toBe(JSON.stringify({ ...plain, git: true }));
  expect(plain.files).toHaveLength(count * 0.9);
  expect(plain.skipped).toHaveLength(count * 0.1);
  expect(new Set([...plain.files, ...plain.skipped].map((file) => file.path)).size).toBe(count);
  expect(process.memoryUsage().rss - began).toBeLessThan(500e6);
});
