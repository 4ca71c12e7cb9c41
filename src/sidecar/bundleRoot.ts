/** Where the extension's folder is: the nearest one upwards that carries the demo model. The bundle and the sources differ in depth. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const demoModel = join('media', 'bonsai-demo-q8_0.gguf');

function findRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, demoModel))) return folder;
    if (dirname(folder) === folder) return join(here, '..');
  }
}

export const bundleRoot = findRoot();
export const demoModelPath = join(bundleRoot, demoModel);
export const distFolder = join(bundleRoot, 'dist');
/** The code analyser's thread and its grammars. */
export const grammarsFolder = join(distFolder, 'grammars');
