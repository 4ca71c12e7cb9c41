/**
 * A small but realistic file of each language, and beside it what a person finds in it:
 * test/fixtures/code/<file>.golden.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Definition, FileCode } from '../../../../src/repo';
import { analyse, root } from './treeSitterHere';

const folder = join(root, 'test/fixtures/code');
const fixtures = readdirSync(folder).filter((name) => !name.endsWith('.golden'));

const lines = (start: number, end: number) => (start === end ? `${start}` : `${start}-${end}`);

function asText(code: FileCode): string {
  const definition = (each: Definition) =>
    [
      lines(each.startLine, each.endLine).padEnd(7),
      `name ${each.nameLine}`.padEnd(8),
      `head ..${each.signatureEndLine}`.padEnd(11),
      each.kind.padEnd(10),
      [...each.within, each.name].join(' > '),
      each.value === undefined ? '' : ` = ${each.value}`,
    ].join('');
  return [
    code.language,
    ...code.definitions.map(definition),
    '',
    `imports: ${code.imports.join(', ')}`,
    `uses: ${code.references.map(([name, count]) => (count === 1 ? name : `${name} ${count}`)).join(', ')}`,
    '',
    ...code.roles.map(({ startLine, endLine, role }) => `${lines(startLine, endLine).padEnd(7)}${role}`),
    '',
  ].join('\n');
}

describe('what files define, use and import', () => {
  it.each(fixtures)('%s', async (name) => {
    const code = await analyse(name, readFileSync(join(folder, name), 'utf8'));
    await expect(asText(code)).toMatchFileSnapshot(join(folder, `${name}.golden`));
  });
});
