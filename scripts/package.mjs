#!/usr/bin/env node
// npm run package [-- --target <platform>-<arch>]: from a fresh clone to out/bonsai-<target>.vsix, checked in an empty folder.
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { platform, root, vsixOf } from './lib/paths.mjs';
import { prepareBuild, preparePackage } from './lib/setup.mjs';
import { main, run } from './lib/steps.mjs';
import { ensureVsix } from './lib/vsix.mjs';

await main(async () => {
  const { target } = parseArgs({ options: { target: { type: 'string', default: platform } } }).values;
  if (target === platform) await preparePackage();
  else {
    await prepareBuild();
    await run(process.execPath, [join(root, 'scripts/engine.mjs'), '--target', target], { show: true });
    await ensureVsix(target);
  }
  const file = vsixOf(target);
  console.log(
    `${relative(root, file)} (${(statSync(file).size / 1e6).toFixed(1)} MB). Install it with: code --install-extension ${relative(root, file)}`,
  );
});
