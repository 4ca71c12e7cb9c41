/**
 * A command as a person must see it: characters that hide or reorder text are written as their code points, and letters that
 * are not ASCII are marked, since some look like others. What is marked is listed.
 */
import { hasHiddenCharacters } from '../../edits/blocks/hiddenCharacters';

export interface VisiblePart {
  text: string;
  /** Not what it seems, or not there to be seen. */
  marked: boolean;
}

export interface VisibleText {
  parts: VisiblePart[];
  /** Each marked character once, as `а U+0430`; of a hidden one the code point alone. */
  marked: string[];
}

export function visibleText(text: string): VisibleText {
  const parts: VisiblePart[] = [];
  const marked = new Set<string>();
  for (const character of text) {
    const shown = shownAs(character);
    if (shown) marked.add(shown.listed);
    const part = { text: shown?.text ?? character, marked: shown !== undefined };
    const last = parts.at(-1);
    if (last && !last.marked && !part.marked) last.text += part.text;
    else parts.push(part);
  }
  return { parts, marked: [...marked] };
}

/** @returns undefined for what is shown as it is */
function shownAs(character: string): { text: string; listed: string } | undefined {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n' || character === '\t' || (code >= 0x20 && code < 0x7f)) return undefined;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  // Joiners, variation selectors and spaces of other widths are seen as little as what reorders text.
  const unseen = hasHiddenCharacters(character) || /[\p{C}\p{Z}\p{M}]/u.test(character);
  return unseen ? { text: `[${point}]`, listed: point } : { text: character, listed: `${character} ${point}` };
}
