#!/usr/bin/env node
// npm run package: from a fresh clone to out/bonsai-<platform>.vsix, checked in an empty folder.
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { root, vsix } from './lib/paths.mjs';
import { preparePackage } from './lib/setup.mjs';
import { main } from './lib/steps.mjs';

await main(async () => {
  await preparePackage();
  console.log(
    `${relative(root, vsix)} (${(statSync(vsix).size / 1e6).toFixed(1)} MB). Install it with: code --install-extension ${relative(root, vsix)}`,
  );
});
