/**
 * Definitions of a text that no grammar has looked at, read off single lines. Only forms that mean the same in every
 * language that has them; what is not sure is left out, for a wrong definition would be put before the model as a right one.
 */
import type { Definition, DefinitionKind } from '../../repo';

const modifiers =
  '(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|sealed|open|async|pub(?:\\([^)]*\\))?|inline|constexpr|extern|readonly|override|unsafe|data)\\s+)*';
const literal =
  String.raw`(-?(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)[uUlLfFn]{0,3}|"[^"\\]*"|'[^'\\]*'|` +
  '`[^`\\\\$]*`|true|false|True|False)';
const end = String.raw`\s*[;,]?\s*(?:(?:\/\/|#|\/\*).*)?$`;
const name = String.raw`([\p{L}_$][\p{L}\p{N}_$]*)`;

const block = new RegExp(
  `^\\s*${modifiers}(function\\*?|def|fn|func|fun|class|interface|struct|enum|trait|type|protocol|record|namespace|module)\\s+${name}` +
    // Not where it is only used: `struct point * p`, `class Point;`
    '(?=\\s*(?:[{:<(=]|(?:extends|implements|struct|interface|final|where)\\b|$))',
  'u',
);
const kinds: Record<string, DefinitionKind> = {
  class: 'class',
  struct: 'class',
  record: 'class',
  interface: 'interface',
  trait: 'interface',
  protocol: 'interface',
  enum: 'enum',
  type: 'type',
  namespace: 'module',
  module: 'module',
};
/** `const NAME = 5`, `static constexpr int NAME = 5;`, `pub const NAME: u32 = 5;`, `val NAME = 5` */
const assigned = new RegExp(
  `^\\s*${modifiers}(const|constexpr|final|val|let|var)\\s+(?:[\\w:<>,*&]+\\s+)*?${name}\\s*(?::[^=]+)?=\\s*${literal}${end}`,
  'u',
);
const macro = new RegExp(`^\\s*#\\s*define\\s+${name}\\s+\\(?${literal}\\)?${end}`, 'u');
/** Only in capitals, at the very start: `NAME = 5` of Python, a shell or a makefile. */
const capitals = new RegExp(`^([A-Z][A-Z0-9_]+)(?::\\s*\\w+)?\\s*[:?]?=\\s*${literal}${end}`, 'u');

const comment = /^\s*(?:\/\/|\/\*|\*|#(?!\s*(?:define|include|if|ifdef|ifndef|endif|else|pragma|undef)\b)|--|@\w)/;
/** Closes or goes on with what stands above it, at the same depth. */
const closing = /^\s*(?:[})\]]|end\b|else\b|\{)/;
/** Characters; a longer line is data. */
const longestLine = 400;
const longestValue = 80;
const longestComment = 12;

/** @param lines the text without its line ends */
export function plainDefinitions(lines: readonly string[]): Definition[] {
  const definitions: Definition[] = [];
  lines.forEach((line, i) => {
    const found = line.length > longestLine ? undefined : definitionOn(line);
    if (!found) return;
    const startLine = commentStart(lines, i) + 1;
    const nameLine = i + 1;
    const endLine = found.value === undefined ? blockEnd(lines, i) + 1 : nameLine;
    definitions.push({ ...found, within: [], startLine, nameLine, signatureEndLine: nameLine, endLine });
  });
  return definitions;
}

function definitionOn(line: string): Pick<Definition, 'name' | 'kind' | 'value'> | undefined {
  const [, blockKeyword, blockName] = block.exec(line) ?? [];
  if (blockKeyword !== undefined && blockName !== undefined) return { name: blockName, kind: kinds[blockKeyword] ?? 'function' };
  const [, keyword = '', variable, value] = assigned.exec(line) ?? [];
  if (variable !== undefined) {
    const changes = /^(?:let|var)$/.test(keyword);
    return changes && /^\s/.test(line) ? undefined : valued(variable, changes ? 'variable' : 'constant', value);
  }
  const [, macroName, macroValue] = macro.exec(line) ?? [];
  if (macroName !== undefined) return valued(macroName, 'macro', macroValue);
  const [, capitalName, capitalValue] = capitals.exec(line) ?? [];
  return capitalName === undefined ? undefined : valued(capitalName, 'constant', capitalValue);
}

function valued(name: string, kind: DefinitionKind, value = ''): Pick<Definition, 'name' | 'kind' | 'value'> | undefined {
  return value === '' || value.length > longestValue ? undefined : { name, kind, value };
}

function commentStart(lines: readonly string[], at: number): number {
  let start = at;
  while (start > 0 && at - start < longestComment && comment.test(lines[start - 1] ?? '')) start--;
  return start;
}

/** The last line that is indented more, or closes the block. */
function blockEnd(lines: readonly string[], at: number): number {
  const depth = indentation(lines[at] ?? '');
  let last = at;
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim() === '') continue;
    const inside = indentation(line) > depth;
    if (!inside && !(indentation(line) === depth && closing.test(line))) break;
    last = i;
  }
  return last;
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}
