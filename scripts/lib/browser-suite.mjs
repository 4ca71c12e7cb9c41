// test/browser: the packaged extension, installed as people install it, in a code-server without any test driver. The
// suite runs in a Node process of its own and is told everything by one variable.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumArguments } from './browser.mjs';
import { installExtension, startCodeServer, testSettings } from './code-server.mjs';
import { out, vsix } from './paths.mjs';
import { clearReport, readReport } from './report.mjs';
import { makeSampleRepository } from './sample-repository.mjs';
import { run, step } from './steps.mjs';
import { browserEntry } from './test-bundles.mjs';

const report = join(out, 'reports/browser.json');
// Many times the cache's budget, so that it has to let go of most of it, and still read in under a minute.
const repository = [
  'src/protocol',
  ':(glob)src/repo/[b-i]*.ts',
  ':(glob)src/webview/shared/*.ts',
  ':(glob)src/webview/chat/[p-z]*.ts',
  'LICENSE',
  '.gitignore',
];

/**
 * @param codeServer what `ensureCodeServer` returned
 * @param chromium path of the browser
 */
export async function runBrowserSuite(codeServer, chromium) {
  const data = mkdtempSync(join(tmpdir(), 'bonsai-browser-'));
  const artifacts = join(out, 'test-artifacts/browser');
  const screenshots = join(out, 'screenshots');
  for (const folder of [artifacts, screenshots]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  clearReport(report);
  let server;
  try {
    const workspace = await makeSampleRepository(join(data, 'sample'), repository);
    await step('Install the package', () => installExtension(codeServer, data, vsix));
    server = await startCodeServer(codeServer, data, { machine: testSettings });
    const options = {
      ...{ url: server.url, serverPid: server.pid, serverLog: server.log, workspace, report, artifacts, screenshots },
      ...{ chromium, chromiumArguments },
    };
    const env = { BONSAI_BROWSER_TEST: JSON.stringify(options) };
    const code = await run(process.execPath, [browserEntry], { env, show: true }).then(
      () => 0,
      () => 1,
    );
    const suite = readReport('browser', report, code);
    if (suite.fault || suite.tests.some((test) => test.state === 'failed')) {
      for (const name of ['server.log', 'user/logs'])
        if (existsSync(join(data, name))) cpSync(join(data, name), join(artifacts, name), { recursive: true });
      console.log(`  what was seen is in ${artifacts}`);
    }
    return suite;
  } finally {
    await server?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
