// The llama.cpp source, unpacked from the git bundle that node-llama-cpp carries, so nothing is downloaded. Twice where
// the two are compared: as node-llama-cpp builds it, and with Bonsai's hooks.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
 * Applies a patch of ours, at the lines that it was made for and nowhere else: a hook that moved may land in a function that only
 * looks alike.
 * @throws {StepError} when a place is not as it was
 */
async function applyHooks(folder, patch) {
  const wayOut = `${patch} belongs to the pinned node-llama-cpp. From a clone, type: npm ci. For a new version, place the hooks anew.`;
  const said = await run('git', ['-C', folder, 'apply', '--verbose', patch], { wayOut });
  const moved = said.split('\n').filter((line) => /offset|fuzz/.test(line));
  if (moved.length > 0) throw new StepError('llama.cpp has changed where the hooks are', { tail: moved.join('\n'), wayOut });
}

/** Makes `folder` again with `make` unless it was made of the same `files` before. */
async function ensureFolder(folder, files, make) {
  const hash = createHash('sha256');
  for (const file of [join(carrier, 'package.json'), ...files]) hash.update(readFileSync(file)).update('\0');
  const stamp = hash.digest('hex');
  const stampFile = `${folder}.stamp`;
  if (existsSync(folder) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(stampFile, { force: true });
  rmSync(folder, { recursive: true, force: true });
  await make();
  writeFileSync(stampFile, stamp);
  return folder;
}

/**
 * Leaves an unpacked and patched tree in `sourceFolder(options)` and returns its path; does nothing when it is there.
 * @param hooks whether native/hooks.patch is applied, after node-llama-cpp's own patches
 * @throws {StepError} when a hook does not fit
 */
export function ensureSource({ hooks }) {
  const folder = sourceFolder({ hooks });
  const patches = readdirSync(join(carrier, 'llama/patches'))
    .filter((name) => name.endsWith('.diff'))
    .map((name) => join(carrier, 'llama/patches', name));
  const ours = join(root, 'native/hooks.patch');
  return ensureFolder(folder, hooks ? [...patches, ours] : patches, async () => {
    console.log(`Unpacking llama.cpp ${llamaVersion()} from node-llama-cpp's source bundle …`);
    await run('git', ['-c', 'advice.detachedHead=false', 'clone', '--quiet', join(carrier, 'llama/gitRelease.bundle'), folder]);
    for (const file of patches) await run('git', ['-C', folder, 'apply', file]);
    if (hooks) await applyHooks(folder, ours);
  });
}

/** What native/CMakeLists.txt is told of the sources, whatever is built of them. @throws {StepError} as `ensureSource` */
export async function sourceOptions() {
  return [
    `-DLLAMA_CPP_DIR=${await ensureSource({ hooks: true })}`,
    `-DADDON_DIR=${await ensureAddonSource()}`,
    `-DENGINE_VERSION=${llamaVersion()}`,
    `-DNODE_ADDON_API_DIR=${join(root, 'node_modules/node-addon-api')}`,
    `-DNODE_API_HEADERS_DIR=${join(root, 'node_modules/node-api-headers/include')}`,
  ];
}

/** The sources of node-llama-cpp's addon with native/addon.patch. @throws {StepError} as `ensureSource` */
async function ensureAddonSource() {
  const folder = join(root, 'native/build/node-llama-cpp');
  const ours = join(root, 'native/addon.patch');
  await ensureFolder(folder, [ours], async () => {
    cpSync(join(carrier, 'llama/addon'), join(folder, 'addon'), { recursive: true });
    await run('git', ['init', '--quiet', folder]);
    await applyHooks(folder, ours);
  });
  return join(folder, 'addon');
}
