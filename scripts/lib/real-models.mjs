// The real models that tests know, each told by its size: people name their files as they like. They lie where
// `npm run model` puts them.
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';

const set = process.env.BONSAI_MODELS;
export const modelsFolder = set !== undefined && isAbsolute(set) ? set : join(envPaths('bonsai', { suffix: '' }).cache, 'models');

/** See docs/results/real-models.md. */
export const realModels = {
  qwen: {
    title: 'Qwen2.5-Coder-0.5B-Instruct',
    bytes: 491_400_064,
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
  },
  smollm2: {
    title: 'SmolLM2-135M-Instruct',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  },
  gemma3: {
    title: 'Gemma 3 270M',
    bytes: 253_113_024,
    sha256: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
  },
};

/** @returns {string | undefined} path of a model that is there */
export function findRealModel(name) {
  let files;
  try {
    files = readdirSync(modelsFolder).filter((file) => file.endsWith('.gguf'));
  } catch {
    return undefined;
  }
  const wanted = realModels[name].bytes;
  return files.map((file) => join(modelsFolder, file)).find((path) => statSync(path, { throwIfNoEntry: false })?.size === wanted);
}
