/**
 * A repository made ready to be asked about: cut to a size, some of its files held out, constants planted, and written
 * into a folder of its own. The same folder, seed and size give the same files and items for every model.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCodeAnalyser, type CodeAnalyser } from '../../repo';
import { grammarsFolder } from '../../sidecar/bundleRoot';
import { BonsaiError } from '../../sidecar/errors';
import { seeded } from '../../sidecar/random';
import { loadCorpus, type Corpus } from '../corpus';
import { holdOut } from '../completion/heldOut';
import { drawItems, type AnalysedFile } from './draw';
import type { Items, Task } from './items';
import { plant } from './planting';

export interface MaterialOptions {
  /** Source text that is read at most, bytes of UTF-16 halved: characters. */
  characters: number;
  /** Items of each task at most. */
  count: number;
  tasks: readonly Task[];
  seed: number;
}

export interface Material {
  name: string;
  /** As it was named on the command line. */
  folder: string;
  /** Where the files lie that are read. */
  copy: string;
  files: number;
  characters: number;
  items: Items;
}

/** Files held out for `next-line`, at most. */
const heldOutFiles = 4;

/**
 * @param work folder for the copies, which stay for `--resume`
 * @throws BonsaiError `folder-missing`, `nothing-to-read` or `bad-request`
 */
export async function prepareMaterial(folder: string, work: string, options: MaterialOptions): Promise<Material> {
  const { characters, count, tasks, seed } = options;
  const corpus = cut(await loadCorpus(folder), characters);
  const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
  const { files, places } = await holdOut(corpus, analyser, { files: heldOutFiles, lines: 4 * count, seed });
  const random = seeded(seed);
  const planted = plant(files, { pairs: count, singles: count }, random);
  const items = drawItems({
    files: await analysed(files, analyser),
    pairs: planted.pairs,
    singles: planted.singles,
    places: places.filter(({ kind }) => kind === 'cross-file'),
    count,
    tasks,
    random,
  });
  if (Object.values(items).every((each) => each.length === 0))
    throw new BonsaiError('bad-request', `Nothing can be asked about ${folder}: no constants or functions were found. Name a larger one.`);
  const key = createHash('sha256')
    .update(JSON.stringify([planted.files]))
    .digest('hex')
    .slice(0, 12);
  const copy = join(work, `${corpus.name}-${key}`);
  for (const { path, text } of planted.files) await writeOnce(join(copy, path), text);
  return {
    name: corpus.name,
    folder,
    copy,
    files: planted.files.length,
    characters: planted.files.reduce((sum, { text }) => sum + text.length, 0),
    items,
  };
}

/** Whole files in the order they are listed, as long as they fit. */
function cut(corpus: Corpus, characters: number): Corpus {
  let left = characters;
  return {
    ...corpus,
    files: corpus.files.filter(({ text }) => {
      const fits = text.length <= left;
      if (fits) left -= text.length;
      return fits;
    }),
  };
}

async function analysed(files: Corpus['files'], analyser: CodeAnalyser): Promise<AnalysedFile[]> {
  const all: AnalysedFile[] = [];
  for (const { path, text } of files) all.push({ path, text, code: await analyser.analyse(path, text) });
  return all;
}

/** A file that is there already keeps its time, so a memory that was saved of it is restored without a look at its text. */
async function writeOnce(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
