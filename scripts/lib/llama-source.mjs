// The llama.cpp source, unpacked from the git bundle that node-llama-cpp carries, so nothing is downloaded. Twice where
// the two are compared: as node-llama-cpp builds it, and with Bonsai's hooks.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { run, StepError } from './steps.mjs';

const carrier = join(root, 'node_modules/node-llama-cpp');

/** llama.cpp's version, as in `0.5.0`. @throws {StepError} when node-llama-cpp is not installed */
export function llamaVersion() {
  const file = join(carrier, 'llama/binariesGithubRelease.json');
  if (!existsSync(file)) throw new StepError('node_modules/node-llama-cpp is missing', { wayOut: 'Type: npm ci' });
  return JSON.parse(readFileSync(file, 'utf8')).release.replace(/^v/, '');
}

/** The folder a source tree is unpacked to; the engine's own build uses the one with hooks. */
export const sourceFolder = ({ hooks }) => join(root, 'native/build', hooks ? 'llama.cpp' : 'llama.cpp-stock');

/**
 * Leaves an unpacked and patched tree in `sourceFolder(options)` and returns its path; does nothing when it is there.
 * @param hooks whether native/hooks.patch is applied, after node-llama-cpp's own patches
 */
export async function ensureSource({ hooks }) {
  const version = llamaVersion();
  const folder = sourceFolder({ hooks });
  const patches = readdirSync(join(carrier, 'llama/patches'))
    .filter((name) => name.endsWith('.diff'))
    .map((name) => [join(carrier, 'llama/patches', name), []]);
  if (hooks) patches.push([join(root, 'native/hooks.patch'), ['--unidiff-zero']]);
  const stamp = createHash('sha256')
    .update(readFileSync(join(carrier, 'package.json')))
    .update(patches.map(([file]) => readFileSync(file)).join('\0'))
    .digest('hex');
  const stampFile = `${folder}.stamp`;
  if (existsSync(folder) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return folder;
  console.log(`Unpacking llama.cpp ${version} from node-llama-cpp's source bundle …`);
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await run('git', ['-c', 'advice.detachedHead=false', 'clone', '--quiet', join(carrier, 'llama/gitRelease.bundle'), folder]);
  for (const [file, options] of patches) await run('git', ['-C', folder, 'apply', ...options, file]);
  writeFileSync(stampFile, stamp);
  return folder;
}
