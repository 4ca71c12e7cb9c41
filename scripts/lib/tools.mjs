// Programs the build and the tests need from the system. On Debian as root a missing one is installed; everywhere else
// the line to type is shown, because nobody wants a script that asks for sudo.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, step, StepError } from './steps.mjs';

/** Absolute path of a program, or undefined. On Windows its name goes on with what PATHEXT lists. */
export function which(name, { platform, env } = process) {
  const endings = platform === 'win32' ? (env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, `${name}${ending}`);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        continue;
      }
    }
  }
  return undefined;
}

const canInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version') && which('apt-get') !== undefined;
let listsFresh = false;

async function install(packages, options = []) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  if (!listsFresh) await run('apt-get', ['update', '-q'], { env, wayOut: 'Check the network and the Debian sources of this machine.' });
  listsFresh = true;
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...options, ...packages], { env });
}

/**
 * Unpacks Debian packages, and those they need and the system lacks, in a folder: the system stays as it is.
 * @returns whether they are there now; this machine may not be a Debian, or not ours to ask
 */
export async function unpackPackages(folder, packages) {
  const done = join(folder, 'unpacked');
  if (existsSync(done)) return true;
  if (!canInstall()) return false;
  const archives = join(folder, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  await step(`Unpack ${packages.join(', ')}`, async () => {
    await install(packages, ['--download-only', '--reinstall', '-o', `Dir::Cache::archives=${archives}`]);
    for (const name of readdirSync(archives).filter((each) => each.endsWith('.deb')))
      await run('dpkg-deb', ['--extract', join(archives, name), folder]);
    rmSync(archives, { recursive: true });
    writeFileSync(done, '');
  });
  return true;
}

async function ensure(title, missing) {
  const packages = missing();
  if (packages.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const type =
    process.platform === 'darwin'
      ? `xcode-select --install && brew install ${packages.filter((name) => !['g++', 'git', 'make'].includes(name)).join(' ') || 'cmake'}`
      : process.platform === 'win32'
        ? 'winget install -e Git.Git Kitware.CMake Ninja-build.Ninja BrechtSanders.WinLibs.POSIX.UCRT (then open a new terminal)'
        : `sudo ${line}`;
  const message = `${title}: missing ${packages.join(', ')}`;
  if (!canInstall()) throw new StepError(message, { wayOut: `Type: ${type}` });
  await step(`${title}: ${line}`, () => install(packages));
  if (missing().length > 0) throw new StepError(`${title}: still missing ${missing().join(', ')} after the installation`);
}

/** What compiles the engine: a C++ compiler, cmake, make and git (which unpacks llama.cpp's source bundle). */
export const ensureCompiler = () =>
  ensure('Build tools', () =>
    [
      which('g++') || which('clang++') ? [] : ['g++'],
      which('cmake') ? [] : ['cmake'],
      which('make') || which('ninja') ? [] : ['make'],
      which('git') ? [] : ['git'],
    ].flat(),
  );

/** Wine's loader; Debian has it outside the path. */
export const wine = () => which('wine64') ?? ['/usr/lib/wine/wine64'].find(existsSync);

/** What compiles the engine for a platform from Linux, and what runs it there. @param platform a key of `foreign` */
export const ensureForeign = (platform) =>
  ensure(`Compiler and emulator for ${platform}`, () => foreign[platform].filter(([there]) => !there()).map(([, name]) => name));

const foreign = {
  'win32-x64': [
    [() => which('x86_64-w64-mingw32-g++-posix'), 'g++-mingw-w64-x86-64-posix'],
    [wine, 'wine64'],
  ],
  'linux-arm64': [
    [() => which('aarch64-linux-gnu-g++'), 'g++-aarch64-linux-gnu'],
    [() => which('qemu-aarch64'), 'qemu-user'],
  ],
  'darwin-arm64': [[() => which('pip3'), 'python3-pip']],
};

/** What node-gyp wants beside the compiler, for code-server's two native modules. */
export const ensureNodeGyp = () => ensure('Tools for code-server', () => ['make', 'g++', 'python3'].filter((name) => !which(name)));

const browsers = () => [
  process.env.CHROMIUM,
  which('chromium'),
  which('chromium-browser'),
  which('google-chrome'),
  which('google-chrome-stable'),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Absolute path of a Chromium or Chrome; $CHROMIUM names another one. */
export async function ensureChromium() {
  const find = () => browsers().find((file) => file && existsSync(file));
  await ensure('Browser for the tests', () => (find() ? [] : ['chromium']));
  return find();
}
