/** `npm ci` takes the lock on every system: npm asks that each optional package for another one is in it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

interface Package {
  version: string;
  optionalDependencies?: Record<string, string>;
  os?: string[];
}
const read = (file: string) =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../..', file), 'utf8')) as { packages: Record<string, Package> };

it('names every package of node-llama-cpp, of its version and for one system', () => {
  const { packages } = read('package-lock.json');
  const carrier = packages['node_modules/node-llama-cpp']!;
  const wanted = Object.entries(carrier.optionalDependencies ?? {});
  expect(wanted.length).toBeGreaterThan(10);
  for (const [name, version] of wanted) {
    const found = packages[`node_modules/${name}`];
    expect([name, found?.version, found?.os?.length]).toEqual([name, version, 1]);
  }
});
