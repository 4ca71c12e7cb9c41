// The folder that node-llama-cpp loads the engine from: its own binaries of one backend with our addon in place of its own. Its
// public options lead there (src/sidecar/engine/llama.ts): it looks into node-llama-cpp/bins before its platform packages, under a
// name that its build options give.
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

const carrier = join(root, 'node_modules/node-llama-cpp');
export const bins = join(carrier, 'bins');

/** What our addon takes the place of, beside node-llama-cpp's own. */
const replaced = /^(lib)?llama(-common)?(\..*)?\.(so|dll|dylib)$|^llama-addon\.(lib|node)$/;
/** What node-llama-cpp says of its own build, and we of ours. */
const metadata = '_nlcBuildMetadata.json';

/** The name of the folder of one backend of a target. */
export async function folderName({ nlc, arch }, backend) {
  const load = (path) => import(pathToFileURL(join(carrier, 'dist', path)));
  const { getBuildFolderNameForBuildOptions } = await load('bindings/utils/getBuildFolderNameForBuildOptions.js');
  const { builtinLlamaCppRelease } = await load('bindings/utils/binariesGithubRelease.js');
  const { builtinLlamaCppGitHubRepo } = await load('config.js');
  const name = await getBuildFolderNameForBuildOptions({
    ...{ platform: nlc, arch, gpu: backend === 'cpu' ? false : backend },
    customCmakeOptions: new Map([['BONSAI', '1']]),
    llamaCpp: { repo: builtinLlamaCppGitHubRepo, release: builtinLlamaCppRelease },
  });
  return name.withCustomCmakeOptions;
}

/**
 * Puts the folder together; a running sidecar keeps the files it has mapped. Does nothing where it is as it should be.
 * @param target of engine-targets.mjs
 * @param backend one of its backends
 * @param binaries node-llama-cpp's folder of it
 * @param addon our llama-addon.node
 * @param llama version of the llama.cpp inside it
 * @returns its path
 */
export async function assemble(target, backend, binaries, addon, llama) {
  const folder = join(bins, await folderName(target, backend));
  const placed = join(folder, 'llama-addon.node');
  const shipped = readdirSync(binaries).filter((name) => name !== metadata && !replaced.test(name));
  if (
    existsSync(placed) &&
    readFileSync(placed).equals(readFileSync(addon)) &&
    [...shipped, metadata].every((name) => existsSync(join(folder, name)))
  )
    return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  for (const name of shipped) {
    try {
      linkSync(join(binaries, name), join(part, name));
    } catch {
      copyFileSync(join(binaries, name), join(part, name)); // another file system
    }
  }
  const { buildOptions } = JSON.parse(readFileSync(join(binaries, metadata), 'utf8'));
  const own = { customCmakeOptions: { BONSAI: '1' }, llamaCpp: { ...buildOptions.llamaCpp, release: `v${llama}` } };
  writeFileSync(join(part, metadata), JSON.stringify({ buildOptions: { ...buildOptions, ...own } }));
  copyFileSync(addon, join(part, 'llama-addon.node'));
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return folder;
}

/** Says what the folders of a target are for: { llama: version, folders: { backend: name } }. */
export function writeIndex(target, version, folders) {
  writeFileSync(join(bins, `bonsai-${target}.json`), `${JSON.stringify({ llama: version, folders })}\n`);
}
