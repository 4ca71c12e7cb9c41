/**
 * A repository with some of its files held out: the others lie in a folder of their own while they are measured, so that
 * whatever the product reads and looks up, it cannot meet the lines it is asked for.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { shuffle } from 'simple-statistics';
import type { CodeAnalyser } from '../../repo';
import { seeded } from '../../sidecar/random';
import type { Corpus } from '../corpus';
import { candidates, definingFiles, drawPlaces, type HeldOutPlace, type SourceText } from './heldOutPlaces';

export interface HeldOut {
  corpus: Corpus;
  /** Paths, in the order they were drawn. */
  heldOut: string[];
  /** What is left. */
  files: Corpus['files'];
  places: HeldOutPlace[];
}

/** Of a repository's files, at most one in so many is held out. */
const oneIn = 4;

/** @param options most files held out, and most lines of each class */
export async function holdOut(
  corpus: Corpus,
  analyser: CodeAnalyser,
  { files: most, lines, seed }: { files: number; lines: number; seed: number },
): Promise<HeldOut> {
  const random = seeded(seed);
  const sources: SourceText[] = [];
  for (const { path, text } of corpus.files) {
    const code = await analyser.analyse(path, text);
    if (code) sources.push({ path, text, code });
  }
  const count = Math.min(most, Math.max(1, Math.floor(sources.length / oneIn)));
  const chosen = shuffle(sources, random).slice(0, count);
  const heldOut = chosen.map(({ path }) => path);
  const held = new Set(heldOut);
  const elsewhere = definingFiles(sources.filter(({ path }) => !held.has(path)));
  return {
    corpus,
    heldOut,
    files: corpus.files.filter(({ path }) => !held.has(path)),
    places: drawPlaces(
      chosen.flatMap((file) => candidates(file, elsewhere)),
      lines,
      random,
    ),
  };
}

/** Writes the files into a folder of their own, which is gone afterwards. */
export async function withFolder<T>(files: Corpus['files'], work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-bench-'));
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
