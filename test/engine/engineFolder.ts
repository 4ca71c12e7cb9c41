/** Where the built engine lies; the tests of the engine fail, not skip, when it is missing. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const bins = resolve(import.meta.dirname, '../../node_modules/node-llama-cpp/bins');
const note = join(bins, `bonsai-${process.platform}-${process.arch}.json`);
if (!existsSync(note)) throw new Error('The engine is not built. Type: npm run engine');

/** The folder of each backend, `cpu` the processor's. */
export const engineFolders = Object.fromEntries(
  Object.entries((JSON.parse(readFileSync(note, 'utf8')) as { folders: Record<string, string> }).folders).map(([backend, name]) => [
    backend,
    join(bins, name),
  ]),
);
/** The processor's, or on a Mac the only one. */
export const engineFolder = Object.values(engineFolders)[0]!;
