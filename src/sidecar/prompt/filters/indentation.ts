/**
 * An infill is indented as its file is. Lines that begin with spaces in a file of tabs, or with tabs in a file of
 * spaces, are written again, and where the editor has indented the cursor's line already, that is not done a second time.
 */
import { isWritten, linesBefore, linesOf, type Around, type Filter } from './around';
import { indentOf, indentStyle, widthOf, type IndentStyle } from './indentStyle';

const opensBlock = /(?:[{([:]|=>|->|\b(?:do|then|else|begin))$/;
const widestStep = 8;

export const indentAsFile: Filter = (text, around) => {
  const style = indentStyle(around);
  const [first = '', ...others] = linesOf(text);
  const foreign = foreignStep(linesOf(text));
  const lines = others.map((line) => rewritten(line, style, foreign));
  return [isWritten(around.lineBefore) ? first : firstLine(rewritten(first, style, foreign), around, style), ...lines].join('\n');
};

/** How far a block is moved in where the infill uses spaces. */
function foreignStep(lines: readonly string[]): number {
  const widths = lines.map((line) => /^ */.exec(line)?.[0].length ?? 0).filter((width) => width >= 2);
  return Math.min(widestStep, ...widths);
}

function rewritten(line: string, { by, step }: IndentStyle, foreign: number): string {
  const indent = indentOf(line);
  const rest = line.slice(indent.length);
  if (by === 'spaces') return indent.replaceAll('\t', ' '.repeat(step)) + rest;
  // A tab and some spaces are a tab and an alignment.
  if (by !== 'tabs' || !/^ +$/.test(indent)) return line;
  return '\t'.repeat(Math.floor(indent.length / foreign)) + ' '.repeat(indent.length % foreign) + rest;
}

function firstLine(line: string, around: Around, { step }: IndentStyle): string {
  const { lineBefore } = around;
  const indent = indentOf(line);
  if (lineBefore === '' || indent === '' || !isWritten(line)) return line;
  const above = linesBefore(around).at(-1) ?? '';
  const expected = widthOf(indentOf(above), step) + (opensBlock.test(above.trimEnd()) ? step : 0);
  let missing = Math.max(0, expected - widthOf(indentOf(lineBefore), step));
  const kept = Array.from(indent).filter((character) => (missing -= widthOf(character, step)) >= 0);
  return kept.join('') + line.slice(indent.length);
}
