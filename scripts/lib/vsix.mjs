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
import { bins } from './assemble.mjs';
import { out, platform, root, vsixOf } from './paths.mjs';
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
function fingerprint(engine) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) add(join(path, name));
    else if (stat) hash.update(`${path}\0${stat.size}\0`).update(readFileSync(join(root, path)));
  };
  [...inputs, ...engine].forEach(add);
  return hash.digest('hex');
}

const megabytes = (file) => `${(statSync(file).size / 1e6).toFixed(1)} MB`;

/** What a package has of node-llama-cpp/bins. */
function keptOf(target) {
  const note = `bonsai-${target}.json`;
  const { folders } = JSON.parse(readFileSync(join(bins, note), 'utf8'));
  return [note, ...Object.entries(folders).flatMap(([backend, name]) => (backend === 'cuda' ? [] : [name]))];
}

/**
 * What a package leaves out beside .vscodeignore: the engines of other platforms, and what node-llama-cpp ships, since ours has all
 * of it and runs llama.cpp's own cache, too. Vulkan computes on the graphics cards of every maker for 24 MB; CUDA would be 320 MB
 * more, for NVIDIA alone. vsce lets a negated pattern win over every other, so patterns only ever take away.
 */
function leftOut(target) {
  const kept = keptOf(target);
  const others = readdirSync(bins).filter((name) => !name.startsWith('_') && !kept.includes(name));
  return ['node_modules/@node-llama-cpp/**', ...others.map((name) => `node_modules/node-llama-cpp/bins/${name}{,/**}`)];
}

/** Makes out/bonsai-<target>.vsix when needed. @param target of engine-targets.mjs, whose engine is built */
export async function ensureVsix(target = platform) {
  const file = vsixOf(target);
  const stamp = `${file}.inputs`;
  const ignored = [readFileSync(join(root, '.vscodeignore'), 'utf8'), ...leftOut(target)].join('\n');
  const wanted = fingerprint(keptOf(target).map((name) => join('node_modules/node-llama-cpp/bins', name)));
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await step(`Package the extension for ${target} (vsce)`, async () => {
    mkdirSync(out, { recursive: true });
    const part = `${file}.part`;
    const list = `${file}.ignore`;
    writeFileSync(list, ignored);
    const args = [
      'package',
      '--target',
      target,
      '--out',
      part,
      '--ignoreFile',
      list,
      '--allow-missing-repository',
      '--no-rewrite-relative-links',
    ];
    await run(process.execPath, [join(tool, 'vsce'), ...args], { wayOut: 'npx vsce ls shows what would be packed.' });
    renameSync(part, file);
    return megabytes(file);
  });
  await step('Check the package from an empty folder', () => checkVsix(target));
  writeFileSync(stamp, wanted);
}

/** Unpacks the package and, where it is for this machine, runs its own `bonsai doctor` there. */
export async function checkVsix(target) {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-vsix-'));
  try {
    await unzip(vsixOf(target), folder);
    const home = join(folder, 'extension');
    const wayOut = 'Look for a pattern in .vscodeignore that takes away too much.';
    for (const name of ['dist/cli.mjs', 'package.nls.json', 'l10n/bundle.l10n.json'])
      if (!existsSync(join(home, name))) throw new StepError(`The package lacks ${name}`, { wayOut });
    const packed = readdirSync(join(home, 'node_modules/node-llama-cpp/bins'));
    const wanted = keptOf(target);
    if (packed.sort().join() !== wanted.sort().join())
      throw new StepError(`The package has ${packed.join(', ')} where it should have ${wanted.join(', ')}`, { wayOut });
    for (const name of wanted.filter((each) => !each.endsWith('.json')))
      if (!existsSync(join(home, 'node_modules/node-llama-cpp/bins', name, 'llama-addon.node')))
        throw new StepError(`The package lacks ${name}/llama-addon.node`, { wayOut });
    if (target !== platform) return 'its engine is that of the target alone';
    const output = await run(process.execPath, ['dist/cli.mjs', 'doctor', '--json'], { cwd: home, wayOut });
    const report = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
    const bad = report.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.detail}`);
    if (bad.length > 0) throw new StepError('The packed doctor finds fault', { tail: bad.join('\n'), wayOut });
    return `engine ${report.engine}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A VSIX is a zip; the reader is the one vsce brings along, since not every machine has unzip. */
export async function unzip(file, folder) {
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
