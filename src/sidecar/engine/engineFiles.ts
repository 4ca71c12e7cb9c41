/** Whether the engine is built for this machine: scripts/lib/assemble.mjs puts it among node-llama-cpp's binaries, and notes it there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineKind } from '../../protocol';
import { bundleRoot } from '../bundleRoot';
import { BonsaiError } from '../errors';

const machine = `${process.platform}-${process.arch}`;
const note = join(bundleRoot, 'node_modules/node-llama-cpp/bins', `bonsai-${machine}.json`);

/** What is lost where it is not, and the line that fixes it; undefined: it is there. */
export function whyNoEngine(): string | undefined {
  if (existsSync(note)) return undefined;
  return `The bounded cache is not built for ${machine}; llama.cpp's own cache runs instead, which holds what fits and no more. From a clone, type: npm run engine`;
}

/** @param asked absent: what can be had @throws BonsaiError `engine-failed` where Bonsai's engine was asked for and is not built */
export function mustHaveEngine(asked: EngineKind | undefined): void {
  const missing = whyNoEngine();
  if (asked === 'bonsai' && missing !== undefined) throw new BonsaiError('engine-failed', missing);
}
