/**
 * An infill ends before the first character that is none: the replacement character, which stands for bytes that
 * make no character, half of a surrogate pair, and control characters, which no source holds.
 */
import type { Filter } from './around';

const allowed = '\t\n\r';

export const cutAtPartialToken: Filter = (text) => {
  let end = 0;
  for (const character of text) {
    if (isBroken(character)) return text.slice(0, end);
    end += character.length;
  }
  return text;
};

function isBroken(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return (control && !allowed.includes(character)) || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffd || code === 0xfeff;
}
