// test/browser: what a person does, in the packaged extension in a real window.
import { join } from 'node:path';
import { emptied, runInInstalledEditor } from './installed-editor.mjs';
import { out } from './paths.mjs';
import { clearReport, readReport } from './report.mjs';
import { browserEntry } from './test-bundles.mjs';

const report = join(out, 'reports/browser.json');
// Many times the cache's budget, so that it has to let go of most of it, and still read in under a minute.
export const browserRepository = [
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
  const artifacts = join(out, 'test-artifacts/browser');
  const screenshots = join(out, 'screenshots');
  emptied(artifacts, screenshots);
  clearReport(report);
  const use = { entry: browserEntry, repository: browserRepository, files: { report, artifacts, screenshots } };
  return runInInstalledEditor(codeServer, chromium, use, (code, keepLogs) => {
    const suite = readReport('browser', report, code);
    if (suite.fault || suite.tests.some((test) => test.state === 'failed')) {
      keepLogs(artifacts);
      console.log(`  what was seen is in ${artifacts}`);
    }
    return suite;
  });
}
