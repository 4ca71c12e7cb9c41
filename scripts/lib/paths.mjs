// Where things are, and the versions of what set-up fetches. Everything downloaded for development lives in one
// per-user folder outside node_modules, so that `npm ci` does not throw it away and several clones share it.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const out = join(root, 'out');
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bonsai-dev');

/** code-server 4.139.1 is VS Code 1.139.1 and runs on Node 24 only. */
export const codeServerVersion = '4.139.1';
export const codeServerNode = '24.21.0';

/** This machine's; a package is made for exactly one. */
export const platform = `${process.platform}-${process.arch}`;
export const vsixOf = (target) => join(out, `bonsai-${target}.vsix`);
export const vsix = vsixOf(platform);
/** Noted by scripts/engine.mjs when the engine is built. */
export const engineNote = join(root, 'node_modules/node-llama-cpp/bins', `bonsai-${platform}.json`);
