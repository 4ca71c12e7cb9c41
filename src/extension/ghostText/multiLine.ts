/**
 * Several lines are asked for where a block begins or a line is still empty, and one line elsewhere: many lines
 * in the middle of a statement push the code that one is reading out of sight, and cost ten times as much. Where nobody
 * waits (ahead of time) or somebody has asked by hand, the end of a line is enough. This looks at the line alone; the
 * sidecar cuts what it gets where the block ends.
 */
import { commentMarkers } from './comments';
import { lineAfter, lineBefore, type CursorPlace } from './cursorPlace';

/** Languages of sentences: the next line is a thought of the person's own. */
const prose = new Set(['markdown', 'plaintext', 'latex', 'tex', 'restructuredtext', 'asciidoc', 'git-commit', 'scminput']);
/** Languages whose blocks begin with a colon, and with a word. */
const colons = new Set(['python', 'yaml', 'dockercompose', 'nim', 'gdscript', 'cython', 'starlark', 'pug', 'haml', 'sass']);
const words = new Set(['ruby', 'lua', 'luau', 'shellscript', 'elixir', 'julia', 'crystal', 'fortran', 'pascal', 'vb', 'makefile', 'sql']);
const openingWord =
  /(?:^|\s)(?:do|then|else|begin|repeat|try|as)$|^\s*(?:(?:local\s+|async\s+)?function|def|class|module|if|unless|while|for|case|begin)\b/i;
const openingBracket = /(?:[{[]|=>|->)$/;

/** @param generous somebody asked by hand, or nobody waits */
export function wantsOneLine(place: CursorPlace, generous: boolean): boolean {
  const { languageId } = place;
  const before = lineBefore(place).trim();
  const after = lineAfter(place).trim();
  if (/[^)\]}>"'`;,]/.test(after)) return true;
  if (prose.has(languageId)) return !generous || after !== '';
  if (commentMarkers(languageId).some((marker) => before.startsWith(marker)) || /^\*(?:\s|$)/.test(before)) return true;
  if (openingBracket.test(before)) return false;
  if (after !== '') return true;
  if (before === '' || before.endsWith('(') || generous) return false;
  if (colons.has(languageId)) return !before.endsWith(':');
  if (words.has(languageId)) return !openingWord.test(before);
  return true;
}
