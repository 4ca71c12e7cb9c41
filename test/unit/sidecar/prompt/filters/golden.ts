/** Reads the golden files of the filters; their notation is explained beside them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfillContext } from '../../../../../src/sidecar/prompt/filters';

export interface GoldenCase {
  name: string;
  context: InfillContext;
  /** The model's infill. */
  text: string;
  expected: { text: string; replaces: number };
}

const folder = join(import.meta.dirname, '../../../../fixtures/filters');

export function goldenCases(file: string): GoldenCase[] {
  const cases = readFileSync(join(folder, `${file}.txt`), 'utf8')
    .split(/^== /m)
    .slice(1);
  return cases.map((written) => {
    const [, head = '', given, wanted] = /^(.+)\n([^]*?)\n--\n([^]*?)\n?$/.exec(written) ?? [];
    const [name = '', languageId] = head.split(' | ');
    const [, prefix, text, suffix] = /^([^├]*)├([^┤]*)┤([^]*)$/.exec(given ?? '') ?? [];
    const [, left, replaced = ''] = /^├([^┤]*)┤(?:([^╣]*)╣)?$/.exec(wanted ?? '') ?? [];
    if (prefix === undefined || text === undefined || suffix === undefined || left === undefined)
      throw new Error(`${file}.txt: the case "${name}" cannot be read`);
    return {
      name,
      context: { prefix: unescaped(prefix), suffix: unescaped(suffix), languageId },
      text: unescaped(text),
      expected: { text: unescaped(left), replaces: unescaped(replaced).length },
    };
  });
}

function unescaped(text: string): string {
  return text
    .replaceAll('→', '\t')
    .replaceAll('·', ' ')
    .replaceAll('␍', '\r')
    .replace(/⟨([0-9a-f]+)⟩/g, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
}
