// The package people install: made again only when something in it changed, and never trusted unseen. It is unpacked
// into an empty folder and the engine library loaded from there, because a wrongly left-out file shows only then.
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { out, platform, root, vsix } from './paths.mjs';
import { run, step, StepError } from './steps.mjs';

// vsix.mjs is among them: how it is packed is part of what is packed.
const inputs = [
  'scripts/lib/vsix.mjs',
  'dist',
  'media',
  'l10n',
  'package.json',
  'package.nls.json',
  'package-lock.json',
  'README.md',
  'LICENSE',
  '.vscodeignore',
];
const tool = join(root, 'node_modules/@vscode/vsce');

/** Hash of all that goes into the package and of what packs it; times say nothing, since every build sets them. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) add(join(path, name));
    else if (stat) hash.update(`${path}\0${stat.size}\0`).update(readFileSync(join(root, path)));
  };
  inputs.forEach(add);
  return hash.digest('hex');
}

const megabytes = (file) => `${(statSync(file).size / 1e6).toFixed(1)} MB`;

/** Makes out/bonsai-<platform>.vsix when needed. */
export async function ensureVsix() {
  const stamp = `${vsix}.inputs`;
  const wanted = fingerprint();
  if (existsSync(vsix) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await step('Package the extension (vsce)', async () => {
    mkdirSync(out, { recursive: true });
    const part = `${vsix}.part`;
    const args = ['package', '--target', platform, '--out', part, '--allow-missing-repository', '--no-rewrite-relative-links'];
    await run(process.execPath, [join(tool, 'vsce'), ...args], { wayOut: 'npx vsce ls shows what would be packed.' });
    renameSync(part, vsix);
    return megabytes(vsix);
  });
  await step('Check the package from an empty folder', () => checkVsix());
  writeFileSync(stamp, wanted);
}

/** Unpacks the package and runs its own `bonsai doctor` there. */
export async function checkVsix() {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-vsix-'));
  try {
    await unzip(vsix, folder);
    const home = join(folder, 'extension');
    const wayOut = 'Look for a pattern in .vscodeignore that takes away too much.';
    if (!existsSync(join(home, 'dist/cli.mjs'))) throw new StepError('The package lacks dist/cli.mjs', { wayOut });
    const without = backendsWithoutEngine(home);
    if (without.length > 0) throw new StepError(`The package has no bounded cache for ${without.join(', ')}`, { wayOut });
    const output = await run(process.execPath, ['dist/cli.mjs', 'doctor', '--json'], { cwd: home, wayOut });
    const report = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
    const bad = report.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.detail}`);
    if (bad.length > 0) throw new StepError('The packed doctor finds fault', { tail: bad.join('\n'), wayOut });
    return `engine ${report.engine}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Backends of node-llama-cpp that are packed without the libllama that stands in their one's place; ours are built for Linux. */
function backendsWithoutEngine(home) {
  if (process.platform !== 'linux') return [];
  const backends = join(home, 'node_modules/@node-llama-cpp');
  const engine = readdirSync(join(home, 'dist/engine', platform));
  return readdirSync(backends).filter((name) => {
    const [library] = readdirSync(join(backends, name, 'bins', name)).filter((file) => /^libllama\..*v\d.*\.so$/.test(file));
    return !engine.includes(library);
  });
}

/** A VSIX is a zip; the reader is the one vsce brings along, since not every machine has unzip. */
async function unzip(file, folder) {
  const yauzl = createRequire(join(tool, 'package.json'))('yauzl');
  const zip = await new Promise((done, failed) =>
    yauzl.open(file, { lazyEntries: true }, (error, opened) => (error ? failed(error) : done(opened))),
  );
  await new Promise((done, failed) => {
    zip.on('error', failed);
    zip.on('end', done);
    zip.on('entry', (entry) => {
      if (entry.fileName.endsWith('/')) return zip.readEntry();
      const target = join(folder, entry.fileName);
      mkdirSync(dirname(target), { recursive: true });
      zip.openReadStream(entry, (error, stream) => {
        if (error) return failed(error);
        pipeline(stream, createWriteStream(target)).then(() => zip.readEntry(), failed);
      });
    });
    zip.readEntry();
  });
}
