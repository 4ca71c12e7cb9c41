/** The filters by the names of their golden files. */
import type { Filter } from '../../../../../src/sidecar/prompt/filters/around';
import { cutAfterBlock } from '../../../../../src/sidecar/prompt/filters/blockEnd';
import { keepBracketsOpen } from '../../../../../src/sidecar/prompt/filters/brackets';
import { cutAtDedent } from '../../../../../src/sidecar/prompt/filters/dedent';
import { indentAsFile } from '../../../../../src/sidecar/prompt/filters/indentation';
import { withoutLicence } from '../../../../../src/sidecar/prompt/filters/licenceEcho';
import { cutAtNextLine } from '../../../../../src/sidecar/prompt/filters/nextLineEcho';
import { cutAtPartialToken } from '../../../../../src/sidecar/prompt/filters/partialTokens';
import { withoutPreviousLine } from '../../../../../src/sidecar/prompt/filters/previousLineEcho';
import { withoutLoops } from '../../../../../src/sidecar/prompt/filters/repetition';
import { withoutSecret } from '../../../../../src/sidecar/prompt/filters/secretEcho';
import { withoutOverlap } from '../../../../../src/sidecar/prompt/filters/suffixOverlap';
import { nothingButSpace, useLineFeeds, withoutTrailingSpace } from '../../../../../src/sidecar/prompt/filters/whiteSpace';

export const filters: Record<string, Filter> = {
  partialTokens: cutAtPartialToken,
  lineEnds: useLineFeeds,
  licenceEcho: withoutLicence,
  secretEcho: withoutSecret,
  repetition: withoutLoops,
  indentation: indentAsFile,
  nextLineEcho: cutAtNextLine,
  previousLineEcho: withoutPreviousLine,
  dedent: cutAtDedent,
  suffixOverlap: withoutOverlap,
  blockEnd: cutAfterBlock,
  brackets: keepBracketsOpen,
  trailingSpace: withoutTrailingSpace,
  nothing: nothingButSpace,
};
