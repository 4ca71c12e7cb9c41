/**
 * What a language says of itself: one query in tree-sitter's pattern language, whose captures all languages share.
 *
 * - `@function`, `@class`, … (every DefinitionKind): a definition, with its `@name`. `@body` is where its head ends;
 *   `@value` what it is set to, which ends the head as well unless it is a literal; `@within` a name that it says it
 *   belongs to (a Go receiver). With `.outer` (`@constant.outer`) it counts only outside of functions. Of two patterns
 *   that find one name, the earlier is right.
 * - `@scope` with `@scope.name`: what stands in it belongs to that name, but nothing is defined (a Rust `impl`).
 * - `@locals`: the body of a function without a name. Bodies of functions with a name need not be said.
 * - `@wrapper` around `@inner`: the definition `inner` begins where the wrapper does (decorators, templates).
 * - `@import`: a whole statement; `@source`: what it imports.
 * - `@comment`; `@docstring`: the same inside of what it explains; `@attribute`: stands before a definition and belongs
 *   to it.
 * - `@header`: may stand among the comments at the top of a file.
 * - `@use`: a name that is used or defined.
 */
export interface LanguageRules {
  /** For people. */
  name: string;
  /** Grammar by the file's extension or whole name, in lower case; `cpp` is read from `tree-sitter-cpp.wasm`. */
  grammars: Readonly<Record<string, string>>;
  query: string;
}
