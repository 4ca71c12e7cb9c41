/**
 * Whether a definition is set to a number, a string or a boolean, judged by the text alone, as all languages write
 * these much alike. A string that is put together from others, or at run time, is none: recall is measured with values
 * that stand in the source as they are.
 */
import type { Span } from './sourceLines';

const longest = 80;

const hexadecimal = /0[xX][\da-fA-F_']+(?:\.[\da-fA-F]*)?(?:[pP][-+]?\d+)?/.source;
const otherBase = /0[oO][0-7_]+|0[bB][01_']+/.source;
const decimal = /(?:\d[\d_']*\.?[\d_']*|\.\d[\d_']*)(?:[eE][-+]?\d+)?/.source;
const typeSuffix = /(?:[A-Za-z_][A-Za-z\d_]*)?/.source;
const number = new RegExp(`^[-+]?(?:${hexadecimal}|${otherBase}|${decimal})${typeSuffix}$`);
const boolean = /^(?:true|false|True|False|TRUE|FALSE)$/;
// A letter or two, or C#'s @, may stand before the quotes; an f among them announces a string made at run time.
const string = /^(?![rR]?[fF])(?:[A-Za-z@]\d?[A-Za-z]?)?(#*)(?:"(?:[^"\\]|\\.|"")*"|'(?:[^'\\]|\\.|'')*'|`[^`\\]*`|"""[^"]*""")\1$/;
const interpolated = /\$\{|#\{|"[^"]*\{?\$[A-Za-z_]/;

/** @returns the text of the literal, quotes included, or undefined */
export function literalValue(text: string, { start, end }: Span): string | undefined {
  // Asked of every value, most of which are long.
  if (end - start > longest) return undefined;
  const value = text.slice(start, end).trim();
  if (value.includes('\n')) return undefined;
  if (number.test(value) || boolean.test(value)) return value;
  return string.test(value) && !interpolated.test(value) ? value : undefined;
}
