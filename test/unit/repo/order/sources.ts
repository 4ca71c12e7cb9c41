/** Files as the analyser would describe them, said in few words. */
import type { Definition, FileCode } from '../../../../src/repo';

const languages: Record<string, string> = {
  ts: 'TypeScript',
  js: 'JavaScript',
  py: 'Python',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  rb: 'Ruby',
  php: 'PHP',
  cs: 'C#',
};

export interface Source {
  defines?: (string | Partial<Definition>)[];
  uses?: Record<string, number>;
  imports?: string[];
}

export function file(path: string, { defines = [], uses = {}, imports = [] }: Source = {}): { path: string; code: FileCode } {
  const definition = (each: string | Partial<Definition>): Definition => ({
    name: '',
    kind: 'function',
    within: [],
    startLine: 1,
    nameLine: 1,
    signatureEndLine: 1,
    endLine: 1,
    ...(typeof each === 'string' ? { name: each } : each),
  });
  const language = languages[path.split('.').at(-1) ?? ''] ?? 'C/C++';
  return { path, code: { language, definitions: defines.map(definition), references: Object.entries(uses), imports, roles: [] } };
}
