/**
 * A code block of an answer becomes what the editor can use, or nothing: a search/replace block is taken as it is, code
 * alone is a change only of lines that are selected or of a file that is not there yet. Where it goes is never guessed.
 */
import type { CodeBlock } from '../../protocol';
import { pathAlone, pathInFence } from '../edits/blocks/blockPath';
import { EditBlockParser } from '../edits/blocks/editBlocks';
import { linesOf } from '../edits/lineEdits';

/** Names that models give languages, where the editor has another. */
const languageIds: Readonly<Record<string, string>> = {
  bash: 'shellscript',
  'c#': 'csharp',
  'c++': 'cpp',
  cs: 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  js: 'javascript',
  jsx: 'javascriptreact',
  kt: 'kotlin',
  make: 'makefile',
  md: 'markdown',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'shellscript',
  shell: 'shellscript',
  ts: 'typescript',
  tsx: 'typescriptreact',
  yml: 'yaml',
  zsh: 'shellscript',
};

/** @param known the editor's own identifiers @returns `plaintext` when it is none of them */
export function languageId({ info }: Pick<CodeBlock, 'info'>, known: readonly string[]): string {
  const named = /^[\w+#.-]+/.exec(info.trim().toLowerCase())?.[0] ?? '';
  const id = languageIds[named] ?? named;
  return known.includes(id) ? id : 'plaintext';
}

/** The code without the line end before its closing fence. */
export const codeOf = ({ text }: Pick<CodeBlock, 'text'>): string => text.replace(/\n$/, '');

/** The file that the fence or the line before it names; undefined when neither does. */
export function namedPath({ info, before }: CodeBlock): string | undefined {
  return pathInFence(info) ?? pathAlone(before);
}

/** The block as text that holds edits, for the review to judge; undefined when it is code alone. */
export function editsIn(block: CodeBlock): string | undefined {
  const parser = new EditBlockParser();
  const holds = parser.push(block.text).length + parser.end().length > 0;
  return holds ? [block.before, pathInFence(block.info) ?? '', block.text].join('\n') : undefined;
}

/** A file with this code and nothing else. */
export function newFileEdit(path: string, block: CodeBlock): string {
  return `${path}\n<<<<<<< SEARCH\n=======\n${codeOf(block)}\n>>>>>>> REPLACE\n`;
}

/** @param selected whole lines of the file, the first of them at `line`, counted from 1 */
export function selectionEdit(path: string, { line, selected }: { line: number; selected: string }, block: CodeBlock): string {
  const code = indentedLike(linesOf(selected), linesOf(codeOf(block)));
  return `${path}\n<<<<<<< SEARCH :${line}\n${linesOf(selected).join('\n')}\n=======\n${code.join('\n')}\n>>>>>>> REPLACE\n`;
}

/** Code that stands at the margin, moved to where the lines stand that it takes the place of. */
export function indentedLike(there: readonly string[], code: readonly string[]): string[] {
  const wanted = commonIndent(there);
  if (wanted === '' || commonIndent(code) !== '') return [...code];
  return code.map((line) => (line.trim() === '' ? line : wanted + line));
}

function commonIndent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const [first = '', ...rest] = indents;
  let length = first.length;
  for (const indent of rest) while (!indent.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
