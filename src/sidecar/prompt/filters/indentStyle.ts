/** How a file is indented: with what, and how far a block is moved in. Read off the lines around the cursor. */
import { mode } from 'simple-statistics';
import { isWritten, linesOf, type Around } from './around';

export interface IndentStyle {
  /** Undefined: no line is indented. */
  by: 'tabs' | 'spaces' | undefined;
  /** Columns of one step. */
  step: number;
}

const usualStep = 4;

export const indentOf = (line: string): string => /^[\t ]*/.exec(line)?.[0] ?? '';

/** Columns; a tab goes as far as one step. */
export const widthOf = (indent: string, step: number): number =>
  Array.from(indent).reduce((width, c) => width + (c === '\t' ? step : 1), 0);

export function indentStyle({ prefix, suffix }: Around): IndentStyle {
  const indents = [...linesOf(prefix), ...linesOf(suffix)].filter(isWritten).map(indentOf);
  const tabs = indents.filter((indent) => indent.startsWith('\t')).length;
  const spaces = indents.filter((indent) => indent.startsWith('  ')).length;
  const steps = indents
    .map((indent, i) => indent.length - (indents[i - 1]?.length ?? 0))
    .filter((width, i) => width >= 2 && width <= 8 && !indents[i]?.includes('\t'));
  return {
    by: tabs === 0 && spaces === 0 ? undefined : tabs > spaces ? 'tabs' : 'spaces',
    step: steps.length > 0 ? mode(steps) : usualStep,
  };
}
