/**
 * What a source file defines, uses and imports, by lines: enough for a symbol index, a graph of files and the weights
 * that the engine gives to lines. Plain data, so that it can be kept by content hash. Lines count from 1, ends included.
 */

export type DefinitionKind =
  'function' | 'method' | 'class' | 'interface' | 'type' | 'enum' | 'constant' | 'variable' | 'field' | 'module' | 'macro';

export interface Definition {
  name: string;
  kind: DefinitionKind;
  /** Names of what it is defined in, outermost first; empty at the top of a file. */
  within: string[];
  /** With the documentation comment and decorators right before it. */
  startLine: number;
  /** Where the name stands. */
  nameLine: number;
  /** Last line of the head: up to the body, or all of it where there is none. */
  signatureEndLine: number;
  endLine: number;
  /** Source text of a literal (number, string, boolean) it is set to, quotes included; one line, at most 80 characters. */
  value?: string;
}

/** A line has the weightiest of its roles; a line without one is body. */
export type LineRole = 'signature' | 'import' | 'header' | 'comment';

export interface FileCode {
  language: string;
  definitions: Definition[];
  /** Names used, with how often; not the definitions' own. */
  references: [name: string, count: number][];
  /** As written: `./a`, `os.path`, `<vector>`. */
  imports: string[];
  /** Not overlapping, in order. */
  roles: { startLine: number; endLine: number; role: LineRole }[];
}

export interface CodeAnalyser {
  /** @returns undefined for a language that has no grammar here, and for a text no parser can take */
  analyse(path: string, text: string): Promise<FileCode | undefined>;
}
