#!/usr/bin/env node
// npm run model [-- --optional]: fetches the model that `npm start` uses, from the first of its sources that answers, and
// prints its path. With --optional it is no failure when none does.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureModules } from './lib/modules.mjs';
import { root } from './lib/paths.mjs';
import { main, run } from './lib/steps.mjs';

await main(async () => {
  await ensureModules();
  await run(process.execPath, [join(root, 'scripts/build.mjs')], { wayOut: 'npm run build shows the whole output.' });
  const args = [join(root, 'dist/cli.mjs'), 'model', '--fetch', ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
});
