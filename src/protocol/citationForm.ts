/**
 * What a place in the source looks like where a model writes it, for both sides: `src/a.ts:12`, `src/a.ts:12-20`,
 * `a.ts#L12`. A path has a file extension, so that times and ratios are none. Sources of regular expressions, flag `u`.
 */

/** What a name in a path is made of. */
export const pathCharacters = String.raw`\p{L}\p{N}_@.+~\-`;
const name = `[${pathCharacters}]+`;
const extension = String.raw`\.\p{L}[\p{L}\p{N}]{0,9}`;
/** Without groups, as the next. */
export const citedPath = String.raw`${name}(?:[\\/]${name})*${extension}`;
/** What may be the name of a file, or no more than a word with a dot: only the workspace can tell. */
export const citedName = `${name}${extension}`;
/** Lines behind a path, with the groups `line` and `end`. */
export const citedLines = String.raw`(?::|#L)(?<line>\d{1,6})(?:-L?(?<end>\d{1,6}))?`;
