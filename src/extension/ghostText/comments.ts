/**
 * Whether the cursor stands in a comment is found by reading what was sent from its beginning, in the little that
 * the languages of one family have in common: comments, strings, escapes. What was sent may begin inside a string or a
 * comment, and a pattern may look like one; then the answer is wrong, which costs one suggestion. VS Code has no stable
 * way to ask (`getTokenInformationAtPosition` is a proposal). An unknown language has no comments.
 */
interface Syntax {
  line: readonly string[];
  block: readonly (readonly [string, string])[];
  /** What surrounds a string; three of a kind before one. */
  strings: readonly string[];
  /** Strings that go on over the end of a line. */
  long: readonly string[];
}

const slashes: Syntax = { line: ['//'], block: [['/*', '*/']], strings: ['`', '"', "'"], long: ['`'] };
const families: [Syntax, string][] = [
  [slashes, 'javascript javascriptreact typescript typescriptreact go dart vue svelte'],
  [{ ...slashes, strings: ['"', "'"], long: [] }, 'c cpp cuda-cpp objective-c objective-cpp csharp less scss jsonc proto3 verilog'],
  [{ ...slashes, strings: ['"""', '"', "'"], long: ['"""'] }, 'java kotlin scala swift groovy'],
  // A single quote begins a lifetime as often as a character.
  [{ ...slashes, strings: ['"'], long: ['"'] }, 'rust zig'],
  [{ ...slashes, line: ['//', '#'], strings: ['"', "'"], long: [] }, 'php terraform hcl'],
  [{ line: [], block: [['/*', '*/']], strings: ['"', "'"], long: [] }, 'css'],
  [{ line: ['#'], block: [], strings: ['"""', "'''", '"', "'"], long: ['"""', "'''"] }, 'python cython starlark gdscript'],
  [
    { line: ['#'], block: [], strings: ['"', "'"], long: ['"'] },
    'ruby shellscript yaml toml makefile dockerfile perl r elixir nim ignore properties',
  ],
  [{ line: ['#'], block: [['<#', '#>']], strings: ['"', "'"], long: [] }, 'powershell'],
  [{ line: ['#'], block: [['#=', '=#']], strings: ['"""', '"'], long: ['"""'] }, 'julia'],
  [{ line: ['--'], block: [['/*', '*/']], strings: ['"', "'"], long: [] }, 'sql'],
  [{ line: ['--'], block: [['--[[', ']]']], strings: ['"', "'"], long: [] }, 'lua luau'],
  [{ line: ['--'], block: [['{-', '-}']], strings: ['"'], long: [] }, 'haskell elm purescript'],
  [{ line: ['%'], block: [], strings: [], long: [] }, 'latex tex matlab erlang'],
  [{ line: [';'], block: [], strings: ['"'], long: ['"'] }, 'clojure lisp scheme ini'],
  [{ line: [], block: [['<!--', '-->']], strings: [], long: [] }, 'html xml xsl markdown'],
];
const syntaxes = new Map(families.flatMap(([syntax, names]) => names.split(' ').map((name) => [name, syntax] as const)));

/** What begins a comment that ends with its line. */
export const commentMarkers = (languageId: string): readonly string[] => syntaxes.get(languageId)?.line ?? [];

/** Whether text that follows would be part of a comment. */
export function inComment(prefix: string, languageId: string): boolean {
  const syntax = syntaxes.get(languageId);
  if (!syntax) return false;
  const start = startOf(syntax);
  for (let found = start.exec(prefix); found; found = start.exec(prefix)) {
    const [opening] = found;
    const after = start.lastIndex;
    const block = syntax.block.find(([open]) => open === opening);
    if (block || syntax.line.includes(opening)) {
      if (!block && !startsComment(prefix, found.index, opening)) continue;
      const closing = block?.[1] ?? '\n';
      const end = prefix.indexOf(closing, after);
      if (end < 0) return true;
      start.lastIndex = end + closing.length;
    } else start.lastIndex = endOfString(prefix, after, opening, syntax.long.includes(opening));
  }
  return false;
}

/** Finds what begins a comment or a string, the longest spelling first. */
function startOf({ line, block, strings }: Syntax): RegExp {
  const spellings = [...block.map(([open]) => open), ...line, ...strings].sort((a, b) => b.length - a.length);
  return new RegExp(spellings.map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
}

/** A number sign inside a word, as in `$#` or `a#b`, begins nothing. */
const startsComment = (text: string, at: number, marker: string): boolean => marker !== '#' || at === 0 || /\s/.test(text.charAt(at - 1));

function endOfString(text: string, from: number, quote: string, long: boolean): number {
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(quote, at)) return at + quote.length;
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === '\n' && !long) return at;
  }
  return text.length;
}
