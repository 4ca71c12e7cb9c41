/** Places that an answer names, looked up in the files as they are on disk: a model writes `path:line` and may be wrong. */
import { CitationStream } from '../../protocol/citations';
import type { KnownFile } from '../../sidecar/files/repositoryFiles';

export interface CitedPlace {
  /** As the answer writes it. */
  text: string;
  /** Of the file that it means; as it was written where there is none. */
  path: string;
  /** Lines count from 1, both ends included. */
  startLine: number;
  endLine: number;
  /** `changed`: it is there, but the model read an older version. `missing`: there is no such file, or no such line in it. */
  state: 'checked' | 'changed' | 'missing';
}

/**
 * A name without its folder means the one file that has it; of a name that several have nothing is said.
 * @param changed paths of files that changed after the model read them
 * @returns each place once, in the order of the answer
 */
export function citedPlaces(answer: string, known: ReadonlyMap<string, KnownFile>, changed: ReadonlySet<string>): CitedPlace[] {
  const stream = new CitationStream();
  const places = new Map<string, CitedPlace>();
  for (const piece of [...stream.push(answer), ...stream.end()]) {
    if (piece.kind !== 'citation') continue;
    const text = piece.text.replace(/^`+|`+$/g, '');
    if (places.has(text)) continue;
    const plain = piece.path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
    const files = filesNamed(plain, known);
    if (files.length > 1) continue;
    const [file] = files;
    const there = file !== undefined && piece.line >= 1 && piece.endLine <= file.lines;
    const state = !there ? 'missing' : changed.has(file.path) ? 'changed' : 'checked';
    places.set(text, { text, path: file?.path ?? plain, startLine: piece.line, endLine: piece.endLine, state });
  }
  return [...places.values()];
}

function filesNamed(path: string, known: ReadonlyMap<string, KnownFile>): KnownFile[] {
  const exact = known.get(path);
  if (exact) return [exact];
  return path.includes('/') ? [] : [...known.values()].filter((file) => file.path.endsWith(`/${path}`));
}
