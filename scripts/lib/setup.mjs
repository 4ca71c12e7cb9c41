// From a fresh clone to something that runs, in the one order that works. Every part looks first whether it has
// anything to do, so the second run costs seconds.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureModules } from './modules.mjs';
import { engineNote, platform, root } from './paths.mjs';
import { targets } from './engine-targets.mjs';
import { run, step, StepError } from './steps.mjs';
import { ensureCompiler } from './tools.mjs';
import { ensureVsix } from './vsix.mjs';

const node = (script, wayOut) => run(process.execPath, [join(root, script)], { wayOut });

/** For what is prepared once in a process: nothing that it is made of changes while the suites run. */
export function once(work) {
  let done;
  return () => (done ??= work());
}

/** npm packages and the programs that compile the engine. */
export const prepareTools = once(async () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new StepError(`Node ${process.versions.node} is too old`, { wayOut: 'Install Node 20.19 or newer.' });
  await ensureModules();
  await ensureCompiler();
});

/** Everything in dist/: the engine (about two minutes the first time) and the bundles. */
export const prepareBuild = once(async () => {
  await prepareTools();
  if (platform in targets) {
    await step(existsSync(engineNote) ? 'Engine' : 'Engine (compiles llama.cpp once, a few minutes)', async () => {
      await node('scripts/engine.mjs', 'npm run engine shows the whole output.');
    });
  } else {
    console.log(`• Engine: not built for ${platform}; llama.cpp's own cache runs instead`);
  }
  await step('Bundles', async () => {
    await node('scripts/build.mjs', 'npm run build shows the whole output.');
  });
});

export const preparePackage = once(async () => {
  await prepareBuild();
  await ensureVsix();
});
