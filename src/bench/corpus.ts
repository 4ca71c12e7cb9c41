/**
 * Source text to measure on: folders, listed and formatted as the repository reader does it, cut to exact numbers of
 * tokens. The defaults are at hand in every clone and none of them is in the demo model's training set (docs/demo-model.md).
 */
import { existsSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { bundleRoot } from '../sidecar/bundleRoot';
import type { OpenModel } from '../sidecar/engine/openModel';
import { BonsaiError } from '../sidecar/errors';
import { concatTokens } from '../sidecar/prompt/modelTokens';
import { fileTokens, repositoryHead } from '../sidecar/prompt/repositoryPrompt';
import { listRepository, readText } from '../repo';
import { below, type Random } from '../sidecar/random';

/** As in the demo model's training: other languages would measure the tokenizer. */
const extensions = new Set(['.ts', '.tsx', '.js', '.mjs', '.py']);
const longestLine = 1000;

const defaultFolders = [
  'native/build/llama.cpp/tools/ui',
  'node_modules/zod/src',
  'node_modules/node-llama-cpp/dist',
  'node_modules/zrender/src',
];
/** Parts of these that a small model reads within a minute. */
const defaultRepositories = [
  'node_modules/zrender/src/graphic',
  'node_modules/zod/src/v4/mini',
  'node_modules/node-llama-cpp/dist/gguf',
  'native/build/llama.cpp/tools/ui/src/lib/utils',
];
const defaultCalibration = 'node_modules/eslint/lib';
/** Large enough for the longest speed run. */
const defaultTree = 'native/build/llama.cpp';

export interface Corpus {
  name: string;
  folder: string;
  files: { path: string; text: string }[];
}

export function corpusFolders(given: readonly string[] | undefined): string[] {
  return absolute(given, defaultFolders);
}

/** What completion is measured on, each a repository of its own. */
export function repositoryFolders(given: readonly string[] | undefined): string[] {
  return absolute(given, defaultRepositories);
}

function absolute(given: readonly string[] | undefined, defaults: readonly string[]): string[] {
  return (given ?? defaults.map((folder) => join(bundleRoot, folder))).map((folder) => resolve(folder));
}

export function calibrationFolder(given: string | undefined): string {
  return resolve(given ?? join(bundleRoot, defaultCalibration));
}

/** Where the text of speed runs comes from. */
export function speedFolder(given: string | undefined): string {
  return resolve(given ?? join(bundleRoot, defaultTree));
}

/** @throws BonsaiError `folder-missing` or `nothing-to-read` */
export async function loadCorpus(folder: string): Promise<Corpus> {
  if (!existsSync(folder))
    throw new BonsaiError('folder-missing', `There is no corpus at ${folder}. Name one with --corpus, or type: npm ci && npm run engine`);
  const listing = await listRepository(folder);
  // A folder inside a repository that ignores it, such as node_modules, is a corpus all the same.
  const { files } = listing.git && listing.files.length === 0 ? await listRepository(folder, { git: false }) : listing;
  const texts: Corpus['files'] = [];
  for (const file of files) {
    if (!extensions.has(extname(file.path)) || file.path.endsWith('.d.ts')) continue;
    const result = await readText(folder, file);
    if ('text' in result && !result.text.split('\n').some((line) => line.length > longestLine))
      texts.push({ path: file.path, text: result.text });
  }
  if (texts.length === 0) throw new BonsaiError('nothing-to-read', `There is no source text in ${folder}.`);
  return {
    name: basename(folder) === 'src' || basename(folder) === 'dist' ? basename(resolve(folder, '..')) : basename(folder),
    folder,
    files: texts,
  };
}

/**
 * The first `count` tokens of the corpus as a repository, from a file drawn at random on, the files before it last.
 * @param repeat whether to start over when the corpus is shorter: right for speed, wrong for quality
 * @throws BonsaiError `bad-request` when it is shorter
 */
export function corpusTokens(
  { model, tokens }: Pick<OpenModel, 'model' | 'tokens'>,
  corpus: Corpus,
  count: number,
  random: Random,
  repeat = false,
): Uint32Array {
  const head = repositoryHead(model, tokens, corpus.name);
  const parts = [head];
  let length = head.length;
  const first = below(random, corpus.files.length);
  const most = repeat ? Infinity : corpus.files.length;
  for (let i = 0; i < most && length < count; i++) {
    const file = corpus.files[(first + i) % corpus.files.length];
    if (!file) break;
    const part = fileTokens(model, tokens, file.path, file.text);
    parts.push(part);
    length += part.length;
  }
  if (length < count)
    throw new BonsaiError(
      'bad-request',
      `The corpus ${corpus.folder} has ${length} tokens, ${count} are needed. Ask for fewer, or name a larger one.`,
    );
  return concatTokens(...parts).slice(0, count);
}
