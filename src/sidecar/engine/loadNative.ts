/**
 * Loads `bonsai.node` when the process was started with Bonsai's libllama in front. Both must agree: the addon without
 * the library, or the library without the addon, would report numbers about a cache that does not run.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { engineFolderVariable } from '../../protocol';
import { BonsaiError } from '../errors';
import { whyNotLoaded } from './llama';
import type { BonsaiNative } from './native';

const functions = [
  'version',
  'use',
  'configure',
  'lastMemory',
  'lastNotice',
  'stats',
  'held',
  'fork',
  'takeRows',
  'putRows',
  'exactTailStart',
  'measure',
  'measures',
  'rebudget',
  'hint',
  'allocate',
  'abort',
] as const;

function isBonsaiNative(value: unknown): value is BonsaiNative {
  return typeof value === 'object' && value !== null && functions.every((name) => typeof Reflect.get(value, name) === 'function');
}

let loaded: BonsaiNative | undefined;

/**
 * @returns undefined in a process started for the stock engine
 * @throws BonsaiError `engine-failed` when the addon cannot be loaded or is from another version
 */
export function loadNative(): BonsaiNative | undefined {
  const folder = process.env[engineFolderVariable];
  if (!folder) return undefined;
  if (loaded) return loaded;
  const path = join(folder, 'bonsai.node');
  let addon: unknown;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (error) {
    const { why, mend } = whyNotLoaded(error, 'npm run engine');
    throw new BonsaiError('engine-failed', `The bounded cache could not be loaded from ${path}: ${why}. From a clone, type: ${mend}`, {
      cause: error,
    });
  }
  if (!isBonsaiNative(addon))
    throw new BonsaiError('engine-failed', `${path} does not belong to this version of Bonsai. From a clone, type: npm run engine`);
  loaded = addon;
  return loaded;
}
