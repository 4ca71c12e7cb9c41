/** Where the built engine lies; the tests of the engine fail, not skip, when it is missing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const engineFolder = resolve(import.meta.dirname, `../../dist/engine/${process.platform}-${process.arch}`);
if (!existsSync(`${engineFolder}/bonsai.node`)) throw new Error('The engine is not built. Type: npm run engine');
