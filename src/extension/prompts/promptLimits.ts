/** A prompt file is short; what is long is a file to mention. Apart from the parser, which is loaded when needed. */
import { shortBytes } from '../../protocol/numbers';
import type { Translate } from '../util/text';

/** Bytes of a prompt file. */
export const largestPrompt = 32_000;

export function tooLarge(fileName: string, t: Translate): string {
  return t('{0} is larger than {1}. Shorten it, or mention a file in it.', fileName, shortBytes(largestPrompt));
}
