#!/usr/bin/env node
// Builds the engine into dist/engine/<platform>-<arch>: Bonsai's libllama and bonsai.node. The llama.cpp source comes from
// the bundle inside node-llama-cpp, so nothing is downloaded. A second run builds only what changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureSource } from './lib/llama-source.mjs';
import { explain } from './lib/steps.mjs';

const root = resolve(import.meta.dirname, '..');
const platform = `${process.platform}-${process.arch}`;
const build = join(root, 'native/build');
const out = join(root, 'dist/engine', platform);
const nlc = join(root, 'node_modules/node-llama-cpp');

function fail(message) {
  console.error(message);
  process.exit(1);
}

function has(tool) {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs a step; on failure prints the end of what it said. */
function step(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.status !== 0) {
    const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trimEnd().split('\n').slice(-40).join('\n');
    fail(
      `${said}\n\nThe engine could not be built: ${command} ${args.slice(0, 3).join(' ')} … failed (${result.error?.message ?? `exit code ${result.status}`}).`,
    );
  }
  return result.stdout;
}

if (process.platform !== 'linux') {
  console.log(`The bounded cache is built on Linux so far; on ${platform} Bonsai runs llama.cpp's own cache and says so.`);
  process.exit(0);
}
if (!existsSync(nlc)) fail('node_modules is missing. Type: npm ci');
const missing = ['git', 'cmake', 'g++'].filter((tool) => !has(tool));
if (missing.length > 0) fail(`${missing.join(', ')} missing. On Debian or Ubuntu, type: sudo apt-get install -y git cmake g++ make`);

// One folder a backend: the processor's, then -cuda's and -vulkan's where npm installed them.
const packages = join(root, 'node_modules/@node-llama-cpp');
const installed = [platform, `${platform}-cuda`, `${platform}-vulkan`].map((name) => join(packages, name, 'bins', name)).filter(existsSync);
const libraries = installed.flatMap((folder) => readdirSync(folder).filter((name) => /^libllama\..*v\d.*\.so$/.test(name)));
const version = libraries.map((name) => /^libllama\.v(.*)\.so$/.exec(name)?.[1]).find(Boolean);
if (!version) fail(`node-llama-cpp ships no binaries for ${platform}; the engine cannot be linked there.`);

const started = Date.now();
const source = await ensureSource({ hooks: true }).catch((error) => {
  explain(error);
  process.exit(1);
});

const cmake = join(build, 'cmake');
const generator = has('ninja') ? ['-G', 'Ninja'] : [];
step('cmake', [
  '-S',
  join(root, 'native'),
  '-B',
  cmake,
  ...(existsSync(join(cmake, 'CMakeCache.txt')) ? [] : generator),
  '-DCMAKE_BUILD_TYPE=Release',
  `-DLLAMA_CPP_DIR=${source}`,
  `-DLLAMA_BINARIES=${installed.join(';')}`,
  `-DENGINE_VERSION=${version}`,
  `-DNODE_ADDON_API_DIR=${join(root, 'node_modules/node-addon-api')}`,
  `-DNODE_API_HEADERS_DIR=${join(root, 'node_modules/node-api-headers/include')}`,
]);
console.log('Compiling the engine (about two minutes the first time) …');
step('cmake', ['--build', cmake, '--parallel', String(availableParallelism())]);

mkdirSync(out, { recursive: true });
for (const name of [...libraries, 'bonsai.node']) {
  const built = readFileSync(join(cmake, name));
  const target = join(out, name);
  if (existsSync(target) && readFileSync(target).equals(built)) continue;
  // a running sidecar keeps the file it has mapped
  copyFileSync(join(cmake, name), `${target}.new`);
  execFileSync('strip', ['--strip-unneeded', `${target}.new`]);
  renameSync(`${target}.new`, target);
}
console.log(`The engine is in dist/engine/${platform} (${Math.round((Date.now() - started) / 1000)} s).`);
