/** Whether the engine is built for this machine: scripts/lib/assemble.mjs puts it among node-llama-cpp's binaries, and notes it there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleRoot } from '../bundleRoot';

const machine = `${process.platform}-${process.arch}`;
const note = join(bundleRoot, 'node_modules/node-llama-cpp/bins', `bonsai-${machine}.json`);

/** What is lost where it is not, and the line that mends it; undefined: it is there. */
export function whyNoEngine(): string | undefined {
  if (existsSync(note)) return undefined;
  return `The bounded cache is not built for ${machine}; llama.cpp's own cache runs instead, which holds what fits and no more. From a clone, type: npm run engine`;
}
