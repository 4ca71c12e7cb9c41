/** What the filters know of the place: the text around the cursor with line feeds, its line, its way of indenting. */
import { withLineFeeds } from '../../../repo/text/lineEnds';

export interface InfillContext {
  prefix: string;
  suffix: string;
  languageId?: string | undefined;
  /** Where the infill ends was read off a syntax tree already. */
  parsed?: boolean | undefined;
}

export interface Around {
  /** The nearest part of the text before the cursor, from the beginning of a line. */
  prefix: string;
  suffix: string;
  /** Of the cursor's line. */
  lineBefore: string;
  lineAfter: string;
  languageId: string | undefined;
  parsed: boolean;
}

/**
 * What is left of an infill. It only takes away, except that it may rewrite the white space a line begins with; what it
 * leaves, it leaves alone the next time.
 */
export type Filter = (text: string, around: Around) => string;

/** Characters; what lies farther away decides nothing here. */
const near = 20_000;

export function surroundings({ prefix, suffix, languageId, parsed = false }: InfillContext): Around {
  const far = prefix.slice(-near);
  const before = withLineFeeds(prefix.length > near ? far.slice(far.indexOf('\n') + 1) : far);
  const after = withLineFeeds(suffix.slice(0, near));
  return {
    prefix: before,
    suffix: after,
    lineBefore: before.slice(before.lastIndexOf('\n') + 1),
    lineAfter: after.split('\n', 1)[0] ?? '',
    languageId,
    parsed,
  };
}

/** The next line of the file that is not empty. */
export const nextLine = ({ suffix }: Around): string | undefined => linesOf(suffix).slice(1).find(isWritten);

/** The lines before the cursor's that are not empty, in their order. */
export const linesBefore = ({ prefix }: Around): string[] => linesOf(prefix).slice(0, -1).filter(isWritten);

export const linesOf = (text: string): string[] => text.split('\n');
export const isWritten = (line: string): boolean => line.trim() !== '';
