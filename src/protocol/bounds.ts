/** What a value from outside may be, whoever sends it: no number without an end, no path that is none, no text without a limit. */
import * as z from 'zod/mini';

/** Characters; a longer text is no question, and no file that anybody reads. */
const mostText = 2 ** 24;
/** The longest path of any system, and more. */
const mostPath = 32_767;
/** Tokens are counted in 32 bits by the engine. */
const mostCount = 2 ** 31 - 1;

export const text = z.string().check(z.maxLength(mostText));
/** A path as it is shown, or another name; opened by nobody. */
export const label = z.string().check(z.maxLength(mostPath));
export const filePath = z
  .string()
  .check(z.maxLength(mostPath), z.regex(/^[^\0]+$/, 'a path must not be empty, and must not hold a zero byte'));
/** Of any system: the sidecar's own folder has no part in what a path means. */
export const absolutePath = filePath.check(z.regex(/^(?:\/|\\\\|[A-Za-z]:[\\/])/, 'a path must be absolute'));
export const folders = z.array(absolutePath).check(z.minLength(1), z.maxLength(1000));
/** WHATWG names of what files are opened as that are neither UTF-8 nor marked; of the rules that name a file the first counts. */
export const encodings = z
  .array(
    z.object({
      folder: absolutePath,
      encoding: label,
      /** Ends of file names, such as `.py`, or whole names, in lower case; absent: every file of the folder. */
      names: z.optional(z.array(label).check(z.maxLength(1000))),
    }),
  )
  .check(z.maxLength(10_000));
export const count = z.int().check(z.positive(), z.lte(mostCount));
/** Precision of keys and values. */
export const cacheTypeSchema = z.enum(['f16', 'q8_0', 'q5_1', 'q4_0']);
/** Whose cache runs: the bounded one, or llama.cpp's own. */
export const engineKindSchema = z.enum(['bonsai', 'stock']);
