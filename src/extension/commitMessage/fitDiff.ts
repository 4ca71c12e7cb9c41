/**
 * A diff that is too long is cut so that every file keeps something: small changes stay whole and large ones share
 * what is left, each from its beginning. What is missing is said in the diff itself, and told to the person.
 */
import { cutToTokens, longestCounted, type CountTokens } from '../util/cutToTokens';

export interface FittedDiff {
  text: string;
  /** Files whose changes are not there as a whole. */
  cut: number;
  files: number;
}

/** Files whose changes are looked at; of the others the number is said. */
const mostFiles = 100;
/** Of the line that names a file of which nothing else fits. */
const longestName = 300;

/**
 * @param diff as Git writes it
 * @param limit tokens, marks of what is missing not counted
 */
export async function fitDiff(diff: string, limit: number, count: CountTokens): Promise<FittedDiff> {
  const files = diff.split(/^(?=diff --)/m).filter((part) => part.trim() !== '');
  const whole = { text: diff.trimEnd(), cut: 0, files: files.length };
  if (diff.length <= longestCounted && ((await count([whole.text]))[0] ?? 0) <= limit) return whole;
  const looked = files.slice(0, mostFiles).map((text, index) => ({ text: text.trimEnd(), index }));
  const shown: string[] = [];
  let room = limit;
  let cut = files.length - looked.length;
  // From the shortest on, so that what one leaves is the next one's.
  for (const [place, { text, index }] of looked.toSorted((a, b) => a.text.length - b.text.length).entries()) {
    const part = await cutToTokens(text, Math.floor(room / (looked.length - place)), 'start', count);
    room -= part.tokens;
    if (part.lines > 0) cut++;
    shown[index] = part.lines > 0 ? marked(part.text, text, part.lines) : part.text;
  }
  if (files.length > looked.length) shown.push(`[${files.length - looked.length} more files are not shown]`);
  return { text: shown.join('\n'), cut, files: files.length };
}

function marked(shown: string, whole: string, missing: number): string {
  const head = shown === '' ? (whole.split('\n', 1)[0] ?? '').slice(0, longestName) : shown;
  return `${head}\n[${missing} more lines of this file are not shown]`;
}
