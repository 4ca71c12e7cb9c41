/** tree-sitter in the test's own thread, with the grammars as their package ships them. */
import { join, resolve } from 'node:path';
import { analyseText } from '../../../../src/repo/code/analyseText';
import { TreeSitter } from '../../../../src/repo/code/treeSitter';
import type { FileCode } from '../../../../src/repo';

export const root = resolve(import.meta.dirname, '../../../..');
export const treeSitter = TreeSitter.create(join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm'));

export async function analyse(path: string, text: string): Promise<FileCode> {
  const code = await analyseText(await treeSitter, path, text);
  if (!code) throw new Error(`${path} was not analysed.`);
  return code;
}
