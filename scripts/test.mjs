#!/usr/bin/env node
// npm test: from a fresh clone, all set-up and then every suite, counted. The last line is `N passed, N failed`; the exit
// code is 1 when anything failed or a suite ran no test. `--only static|unit|real|platforms|host|browser` (comma-separated)
// runs parts; `real` needs models that `npm run model` fetches, and is skipped without; `platforms` needs Linux on x64 and emulators
// and tests what can be had of them; `--grep` takes a pattern for the titles of the host and browser tests; `--electron` runs the host suite in a downloaded desktop VS Code instead of code-server,
// as Windows always does.
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { guarded } from './lib/report.mjs';
import { once, preparePackage, prepareBuild, prepareTools } from './lib/setup.mjs';
import { main, StepError } from './lib/steps.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, electron: { type: 'boolean', default: false }, grep: { type: 'string' } },
});

if (values.grep) process.env.BONSAI_TEST_GREP = values.grep;

// Loaded when needed: these use npm packages, which a fresh clone does not have yet.
const editor = once(async () => {
  const [{ ensureCodeServer }, { ensureChromium }] = await Promise.all([
    import('./lib/code-server-install.mjs'),
    import('./lib/tools.mjs'),
  ]);
  const chromium = await ensureChromium();
  const server = await ensureCodeServer();
  const { buildTestBundles } = await import('./lib/test-bundles.mjs');
  await buildTestBundles();
  return { chromium, server };
});

const suites = {
  static: async () => {
    await prepareTools();
    return (await import('./lib/static-suite.mjs')).runStaticSuite();
  },
  unit: async () => {
    await prepareBuild();
    return (await import('./lib/unit-suite.mjs')).runUnitSuite();
  },
  real: async () => {
    await prepareBuild();
    return (await import('./lib/real-suite.mjs')).runRealSuite();
  },
  platforms: async () => {
    await prepareBuild();
    return (await import('./lib/platforms-suite.mjs')).runPlatformsSuite();
  },
  host: async () => {
    await prepareBuild();
    if (values.electron || process.platform === 'win32') return (await import('../test/host/electron.mjs')).runElectronSuite();
    const { server, chromium } = await editor();
    return (await import('./lib/host-suite.mjs')).runHostSuite(server, chromium);
  },
  browser: async () => {
    if (process.platform === 'win32') return { name: 'browser', tests: [], skipped: 'VS Code in the browser does not run on Windows' };
    await preparePackage();
    const { server, chromium } = await editor();
    return (await import('./lib/browser-suite.mjs')).runBrowserSuite(server, chromium);
  },
};

await main(async () => {
  const names = values.only?.flatMap((list) => list.split(',')) ?? Object.keys(suites);
  const unknown = names.filter((name) => !(name in suites));
  if (unknown.length > 0)
    throw new StepError(`No suite is called ${unknown.join(', ')}`, { wayOut: `There are: ${Object.keys(suites).join(', ')}` });
  const results = [];
  for (const name of names) {
    console.log(`\n── ${name} ──`);
    results.push(await guarded(name, suites[name]));
  }
  const tests = results.flatMap((suite) => suite.tests);
  const faults = results.filter((suite) => suite.fault !== undefined);
  const count = (state) => tests.filter((test) => test.state === state).length;
  console.log('\n── summary ──');
  for (const { name, tests: own, fault, skipped } of results) {
    const passed = `${own.filter((test) => test.state === 'passed').length} of ${own.length} passed`;
    console.log(`${name}: ${skipped === undefined ? passed : `skipped, ${skipped}`}${fault === undefined ? '' : `; ${fault}`}`);
    // The first ones with the start of their message: of a long log often only the end is kept.
    for (const [i, { title, error = '' }] of own.filter((test) => test.state === 'failed').entries())
      console.log([`  ✗ ${title}`, ...(i < 8 ? stripVTControlCharacters(error).split('\n').slice(0, 8) : [])].join('\n      '));
  }
  // A suite that did not run as a whole is one failure more, so that the last line never looks better than it was.
  const failed = count('failed') + faults.length;
  const skipped = count('skipped');
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
});
