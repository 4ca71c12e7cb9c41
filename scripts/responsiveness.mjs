#!/usr/bin/env node
// npm run responsiveness: how long activation takes and the chat view until it can be typed into, and how fast typing is
// while Bonsai works, in the packaged extension in a real window. About six minutes. Writes docs/results/responsiveness.md
// and prints it. A benchmark, never a test: machines differ.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserRepository } from './lib/browser-suite.mjs';
import { ensureCodeServer } from './lib/code-server-install.mjs';
import { emptied, runInInstalledEditor } from './lib/installed-editor.mjs';
import { out, root } from './lib/paths.mjs';
import { preparePackage } from './lib/setup.mjs';
import { main, StepError } from './lib/steps.mjs';
import { buildTestBundles, responsivenessEntry } from './lib/test-bundles.mjs';
import { ensureChromium } from './lib/tools.mjs';

// More than the browser suite's, since it has to be read for as long as somebody types.
const repository = [...browserRepository, 'src/extension', 'src/sidecar'];

await main(async () => {
  await preparePackage();
  const chromium = await ensureChromium();
  const codeServer = await ensureCodeServer();
  await buildTestBundles();
  const artifacts = join(out, 'test-artifacts/responsiveness');
  const folder = join(out, 'reports');
  emptied(artifacts);
  const report = join(folder, 'responsiveness.json');
  const use = { entry: responsivenessEntry, repository, files: { report, artifacts, screenshots: artifacts } };
  await runInInstalledEditor(codeServer, chromium, use, (code, keepLogs) => {
    if (code === 0) return;
    keepLogs(artifacts);
    throw new StepError('The measurement did not come to its end', { wayOut: `What was seen is in ${artifacts}.` });
  });
  const page = join(folder, 'responsiveness.md');
  copyFileSync(page, join(root, 'docs/results/responsiveness.md'));
  console.log(`\n${readFileSync(page, 'utf8')}`);
});
