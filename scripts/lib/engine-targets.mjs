// The platforms that the engine is built for: what node-llama-cpp calls them, which of its packages bring the libraries of ggml,
// and how each is compiled, on itself and from Linux.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cache, platform, root } from './paths.mjs';
import { run, StepError } from './steps.mjs';
import { which } from './tools.mjs';

/**
 * @typedef {object} Target
 * @property {string} platform as process.platform has it
 * @property {string} arch as process.arch has it
 * @property {string} nlc node-llama-cpp's name of the platform
 * @property {Record<string, string>} backends its packages: `cpu` for the processor, then graphics cards; the first is needed
 */

/** @type {Record<string, Target>} */
export const targets = {
  'linux-x64': of('linux', 'x64', 'linux', { cpu: 'linux-x64', cuda: 'linux-x64-cuda', vulkan: 'linux-x64-vulkan' }),
  'linux-arm64': of('linux', 'arm64', 'linux', { cpu: 'linux-arm64' }),
  'win32-x64': of('win32', 'x64', 'win', { cpu: 'win-x64', cuda: 'win-x64-cuda', vulkan: 'win-x64-vulkan' }),
  'win32-arm64': of('win32', 'arm64', 'win', { cpu: 'win-arm64' }),
  'darwin-arm64': of('darwin', 'arm64', 'mac', { metal: 'mac-arm64-metal' }),
  'darwin-x64': of('darwin', 'x64', 'mac', { cpu: 'mac-x64' }),
};

function of(platform, arch, nlc, backends) {
  return { platform, arch, nlc, backends };
}

/**
 * The newest version of node-llama-cpp's packages with a platform's libraries where those of the pinned one cannot be had: some
 * registries lack them. Its ggml is 0.4.0, of which native/platform/ggml_0_4_0.cpp makes what the pinned llama.cpp needs.
 */
const older = '3.21.1';

/** The pinned version of node-llama-cpp. */
export const pinned = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies['node-llama-cpp'];

/**
 * The folders with node-llama-cpp's binaries of a platform: those that npm installed, and for another platform than this one
 * what the registry has, kept in the cache. CUDA's packages are taken only where they are installed: they are 300 MB.
 * @returns {Promise<{ folders: Record<string, string>, older: boolean }>} by backend; whether ggml is an older one
 * @throws {StepError} when the registry has none
 */
export async function binariesOf({ nlc, arch, backends }) {
  const installed = Object.entries(backends)
    .map(([backend, name]) => [backend, join(root, 'node_modules/@node-llama-cpp', name, 'bins', name)])
    .filter(([, folder]) => existsSync(folder));
  const [first] = Object.keys(backends);
  if (installed.some(([backend]) => backend === first)) return { folders: Object.fromEntries(installed), older: false };
  const wanted = Object.entries(backends).filter(([backend]) => backend !== 'cuda');
  for (const version of [pinned(), older]) {
    const found = await Promise.all(
      wanted.map(async ([backend, name]) => [backend, await fetchPackage(`@node-llama-cpp/${name}`, version)]),
    );
    if (found.some(([backend, folder]) => backend === first && !folder)) continue;
    const folders = found.filter(([, folder]) => folder).map(([backend, folder]) => [backend, join(folder, 'bins', backends[backend])]);
    return { folders: Object.fromEntries(folders), older: version === older };
  }
  throw new StepError(`The registry has no binaries of node-llama-cpp for ${nlc}-${arch}`, { wayOut: 'Check: npm config get registry' });
}

/** Fetches what building for a target takes from a registry, so that what fails then is the build. @throws {StepError} */
export async function fetchFor(name) {
  await binariesOf(targets[name]);
  if (targets[name].platform === 'darwin' || name === 'win32-arm64') await zigProgram();
}

/** An npm package, unpacked in the cache. @returns its folder; undefined: the registry lacks it */
export async function fetchPackage(name, version) {
  const folder = join(cache, 'packages', `${name.replace(/[@/]+/g, '-').replace(/^-/, '')}-${version}`);
  const done = join(folder, 'unpacked');
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    try {
      await run('npm', ['pack', '--loglevel', 'error', `${name}@${version}`, '--pack-destination', folder]);
    } catch (error) {
      if (/E404|ETARGET|notarget/i.test(error.tail ?? '')) return undefined;
      throw error;
    }
    const archive = readdirSync(folder).find((each) => each.endsWith('.tgz'));
    await run('tar', ['-xzf', join(folder, archive), '-C', folder]);
    writeFileSync(done, '');
  }
  return join(folder, 'package');
}

/** The libraries of ggml in a folder of binaries that the addon is linked with. */
export function ggmlLibraries(folder) {
  const files = readdirSync(folder);
  const base = files.find((name) => /^(lib)?ggml-base\.(so|dll|dylib)$/.test(name));
  const main = files.find((name) => /^(lib)?ggml\..*v\d.*\.(so|dll|dylib)$/.test(name));
  if (!base || !main) throw new StepError(`${folder} lacks the libraries of ggml`, { wayOut: 'Type: npm ci' });
  return [main, base].map((name) => join(folder, name));
}

/** The version in their names, as in `0.5.0`. */
export function ggmlVersion(folder) {
  return /v(\d.*)\.(so|dll|dylib)$/.exec(ggmlLibraries(folder)[0])[1];
}

/**
 * What cmake is told to compile for a target, and how its libraries are prepared for the linker.
 * @param {string} name of the target
 * @param {string} build folder for what is made on the way
 * @returns {Promise<{ options: string[], link: (library: string) => Promise<string>, strip: (file: string) => Promise<void> }>}
 * @throws {StepError} naming the missing compiler and the line that installs it
 */
export async function toolchain(name, build) {
  const target = targets[name];
  const native = name === platform;
  if (target.platform === 'linux') return native ? linux('') : linuxArm64(name);
  if (target.platform === 'win32') return windows(target, native, build);
  return native || process.platform === 'darwin' ? mac(target) : macFromLinux(target, build);
}

const asIs = (library) => Promise.resolve(library);
const stripWith = (prefix) => async (file) => void (await run(`${prefix}strip`, ['--strip-unneeded', file]));
/** zig's linker leaves out what only debuggers want. */
const unstripped = () => Promise.resolve();

function linux(prefix, options = []) {
  return { options, link: asIs, strip: stripWith(prefix) };
}

function linuxArm64(name) {
  const prefix = 'aarch64-linux-gnu-';
  if (name !== 'linux-arm64' || process.platform !== 'linux')
    throw new StepError(`${name} is built on itself only, linux-arm64 also on another Linux`);
  need([`${prefix}g++`], 'sudo apt-get install -y g++-aarch64-linux-gnu');
  return linux(prefix, [
    ...['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64'],
    ...[`-DCMAKE_C_COMPILER=${prefix}gcc`, `-DCMAKE_CXX_COMPILER=${prefix}g++`],
  ]);
}

function need(programs, line) {
  const missing = programs.filter((program) => !which(program));
  if (missing.length > 0) throw new StepError(`${missing.join(', ')} missing`, { wayOut: `Type: ${line}` });
}

/** MinGW-w64's compiler; for arm64, which it has none for on Debian, zig's. The DLLs of ggml have a C interface alone. */
async function windows({ arch }, native, build) {
  const zig = arch === 'arm64' ? await zigTools(build, 'aarch64-windows-gnu') : undefined;
  const prefix = native || zig ? '' : 'x86_64-w64-mingw32-';
  const suffix = native || zig ? '' : '-posix';
  if (!zig && native) need(['g++', 'dlltool'], 'winget install -e Kitware.CMake Ninja-build.Ninja BrechtSanders.WinLibs.POSIX.UCRT');
  if (!zig && !native) need([`${prefix}g++${suffix}`], 'sudo apt-get install -y g++-mingw-w64-x86-64-posix');
  const dlltool = zig ? [zig.program, 'dlltool', '-m', 'arm64'] : [`${prefix}dlltool`];
  /** An import library: the packages bring the DLL alone. */
  const link = async (library) => {
    const dll = basename(library);
    const file = join(build, `${dll}.a`);
    writeFileSync(`${file}.def`, `LIBRARY "${dll}"\nEXPORTS\n${exportsOf(library).join('\n')}\n`);
    await run(dlltool[0], [...dlltool.slice(1), '-d', `${file}.def`, '-l', file, '-D', dll]);
    return file;
  };
  return {
    options: [
      ...(native && !zig ? [] : ['-DCMAKE_SYSTEM_NAME=Windows', `-DCMAKE_SYSTEM_PROCESSOR=${arch === 'arm64' ? 'ARM64' : 'AMD64'}`]),
      ...(zig?.options ?? [`-DCMAKE_C_COMPILER=${prefix}gcc${suffix}`, `-DCMAKE_CXX_COMPILER=${prefix}g++${suffix}`]),
    ],
    link,
    strip: zig ? unstripped : stripWith(prefix),
  };
}

/** The C functions that a DLL exports, by name: of the PE format's export directory (Microsoft's PE format, ".edata section"). */
function exportsOf(dll) {
  const file = readFileSync(dll);
  const header = file.readUInt32LE(0x3c);
  const sections = file.readUInt16LE(header + 6);
  const optional = header + 24;
  const at = (address) => {
    for (let i = 0; i < sections; i++) {
      const section = optional + file.readUInt16LE(header + 20) + 40 * i;
      const start = file.readUInt32LE(section + 12);
      if (address >= start && address < start + file.readUInt32LE(section + 8)) return address - start + file.readUInt32LE(section + 20);
    }
    throw new StepError(`${dll} is damaged: nothing is at address ${address}`);
  };
  const directory = at(file.readUInt32LE(optional + (file.readUInt16LE(optional) === 0x20b ? 112 : 96)));
  const names = at(file.readUInt32LE(directory + 32));
  return Array.from({ length: file.readUInt32LE(directory + 24) }, (_, i) => {
    const name = at(file.readUInt32LE(names + 4 * i));
    return file.toString('latin1', name, file.indexOf(0, name));
  }).filter((name) => /^(ggml|gguf|quantize|dequantize|iq)\w*$/.test(name));
}

function mac({ arch }) {
  need(['xcrun'], 'xcode-select --install');
  return {
    options: [`-DCMAKE_OSX_ARCHITECTURES=${arch === 'arm64' ? 'arm64' : 'x86_64'}`, '-DCMAKE_OSX_DEPLOYMENT_TARGET=14.0'],
    link: asIs,
    strip: async (file) => {
      await run('strip', ['-x', file]);
      await run('codesign', ['--force', '--sign', '-', file]);
    },
  };
}

async function macFromLinux({ arch }, build) {
  const zig = await zigTools(build, `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-macos.14.0`);
  return { options: ['-DCMAKE_SYSTEM_NAME=Generic', '-DDARWIN=ON', ...zig.options], link: asIs, strip: unstripped };
}

const zigVersion = '0.17.1';

/** zig's C compiler, from PyPI, where its makers publish it, behind wrappers that cmake can call. */
async function zigTools(build, triple) {
  const program = await zigProgram();
  const wrap = (name, arguments_) => {
    const file = join(build, name);
    writeFileSync(file, `#!/bin/sh\nexec '${program}' ${arguments_} "$@"\n`, { mode: 0o755 });
    return file;
  };
  mkdirSync(build, { recursive: true });
  return {
    program,
    options: [
      '-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY',
      ...[`-DCMAKE_C_COMPILER=${wrap('cc', `cc -target ${triple}`)}`, `-DCMAKE_CXX_COMPILER=${wrap('c++', `c++ -target ${triple}`)}`],
      ...[`-DCMAKE_AR=${wrap('ar', 'ar')}`, `-DCMAKE_RANLIB=${wrap('ranlib', 'ranlib')}`],
    ],
  };
}

async function zigProgram() {
  const folder = join(cache, `zig-${zigVersion}`);
  const program = join(folder, 'ziglang/zig');
  if (!existsSync(program)) {
    need(['python3'], 'sudo apt-get install -y python3-pip');
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `ziglang==${zigVersion}`], {
      wayOut: 'Type: sudo apt-get install -y python3-pip',
    });
  }
  return program;
}
