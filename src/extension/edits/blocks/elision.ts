/**
 * A line such as `// ... existing code ...` stands for lines the model did not care to write. Put into a file it would
 * delete them, so a change with one is refused, unless the file itself holds that line.
 */

const comment = String.raw`(?:\/\/+|#+|--+|;+|%+|\/\*+|\*|<!--|"""|'|\{\/\*|REM\b)`;
const end = String.raw`(?:\*+\/|-->|"""|\*\/\})?`;
const dots = String.raw`(?:\.{3,}|…|\[\.{3}\])`;
const words = String.raw`(?:existing|rest|remaining|remainder|other|previous|unchanged|same|omitted|more|keep|code|here)`;

/** Nothing but dots, with or without a comment sign. */
const bare = new RegExp(String.raw`^${comment}?\s*${dots}\s*${end}$`, 'i');
/** Dots, then words that speak of what is not written; without a comment sign a space parts them, or it is a spread. */
const spoken = new RegExp(String.raw`^(?:${comment}\s*${dots}\s*|${dots}\s+)[^.…]*\b${words}\b[^.…]*${dots}?\s*${end}$`, 'i');
/** The words first, then dots. */
const trailing = new RegExp(
  String.raw`^${comment}\s*(?:the )?(?:existing|rest|remaining|remainder|previous|unchanged|omitted|other (?:code|methods|functions|imports|fields))\b[^.…]{0,60}${dots}\s*${end}$`,
  'i',
);
/** A comment that says so without dots. */
const told = new RegExp(
  String.raw`^${comment}\s*[([]?\s*(?:(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:code|file|function|method|class|implementation|module|component)\b.*|(?:existing|other|remaining|previous) (?:code|methods|functions|imports|lines)(?: (?:here|unchanged|remains?.*|stays?.*|goes here))?|(?:code|implementation|everything else) (?:remains|stays|is) (?:the same|unchanged|as is))\.?\s*[)\]]?\s*${end}$`,
  'i',
);

/**
 * The same at the end of a line of code, or as a comment of its own in the middle of one. Dots on both sides, and every
 * repetition bounded, since such a line may be of any length.
 */
const within = new RegExp(
  String.raw`(?:\/{2,3}|#|--)\s{0,9}${dots}\s{0,9}(?:the )?${words}\b[^.…\n]{0,80}${dots}\s{0,9}$|(?:\/\*{1,2}|<!--)\s{0,9}${dots}\s{0,9}(?:the )?${words}\b[^.…\n]{0,80}${dots}\s{0,9}(?:\*\/|-->)`,
  'i',
);

/** What stands in what the model reads in place of embedded data (src/repo/text/embeddedData.ts). */
const leftOut = /\[\d[\d.]* [kMG]?B of (?:encoded data|this line) left out\]/;

/** Longer lines are not a placeholder alone. Characters. */
const longestAlone = 200;

/** Where a line that begins with a sign is prose. */
const prose = /\.(?:md|mdx|markdown|txt|rst|adoc)$/i;

/** @param path the file's; in Python three dots alone are a statement */
export function elides(line: string, path: string): boolean {
  const text = line.trim();
  if (leftOut.test(text)) return true;
  if (text === '...' && /\.pyi?$/i.test(path)) return false;
  const alone = text.length <= longestAlone;
  if (prose.test(path) && !text.startsWith('<!--')) return alone && bare.test(text);
  return within.test(text) || (alone && [bare, spoken, trailing, told].some((pattern) => pattern.test(text)));
}
