/**
 * What is left of a model's infill before it is shown. Each filter has one reason; since one may
 * bring to light what another looks for, they are applied until nothing changes, which ends because they only take away.
 */
import { surroundings, type Filter, type InfillContext } from './around';
import { cutAfterBlock } from './blockEnd';
import { keepBracketsOpen } from './brackets';
import { cutAtDedent } from './dedent';
import { indentAsFile } from './indentation';
import { withoutLicence } from './licenceEcho';
import { cutAtNextLine } from './nextLineEcho';
import { cutAtPartialToken } from './partialTokens';
import { withoutPreviousLine } from './previousLineEcho';
import { withoutLoops } from './repetition';
import { replacedBehind } from './replaced';
import { withoutSecret } from './secretEcho';
import { withoutOverlap } from './suffixOverlap';
import { nothingButSpace, useLineFeeds, withoutTrailingSpace } from './whiteSpace';

export type { InfillContext } from './around';

export interface Infill {
  text: string;
  /** UTF-16 units behind the cursor, on its line, that the text writes again and takes the place of. */
  replaces: number;
}

const filters: readonly Filter[] = [
  cutAtPartialToken,
  useLineFeeds,
  withoutLicence,
  withoutSecret,
  withoutLoops,
  indentAsFile,
  cutAtNextLine,
  withoutPreviousLine,
  cutAtDedent,
  withoutOverlap,
  cutAfterBlock,
  keepBracketsOpen,
  withoutTrailingSpace,
  nothingButSpace,
];

export function filterInfill(text: string, context: InfillContext): Infill {
  const around = surroundings(context);
  let kept = text;
  let before: string;
  do {
    before = kept;
    kept = filters.reduce((rest, filter) => filter(rest, around), kept);
  } while (kept !== before);
  return { text: kept, replaces: replacedBehind(kept, around) };
}
