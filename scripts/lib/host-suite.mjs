// test/host inside the extension host of a real VS Code: code-server with its smoke-test driver, a headless Chromium
// as the window. The driver's exit code is not believed alone (see report.mjs).
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchBrowser } from './browser.mjs';
import { startCodeServer, testSettings } from './code-server.mjs';
import { out, root } from './paths.mjs';
import { sidecarsOf } from './processes.mjs';
import { clearReport, readReport } from './report.mjs';
import { makeSampleRepository } from './sample-repository.mjs';
import { hostEntry } from './test-bundles.mjs';

export const hostReport = join(out, 'reports/host.json');
export const hostRepository = ['src/protocol', ':(glob)src/repo/[b-i]*.ts', 'LICENSE', '.gitignore'];
const limitMilliseconds = 10 * 60_000;

/** Closes the window and waits until its sidecar is gone: one test more, which can only be seen from outside. */
async function leavesNothing(page, server, seen) {
  const title = 'closing the window ends its sidecar';
  await page.close();
  const end = Date.now() + 20_000;
  while (sidecarsOf(server.pid).length > 0 && Date.now() < end) await delay(100);
  const left = sidecarsOf(server.pid);
  const error = !seen ? 'no sidecar was ever seen' : left.length > 0 ? `still there after 20 s: ${left.join(', ')}` : undefined;
  console.log(`  ${error ? '✗' : '✓'} ${title}${error ? `: ${error}` : ''}`);
  return error ? { title, state: 'failed', error } : { title, state: 'passed' };
}

/**
 * Runs the suite in a window.
 * @param codeServer what `ensureCodeServer` returned
 * @param chromium path of the browser
 */
export async function runHostSuite(codeServer, chromium) {
  const pattern = process.env.BONSAI_TEST_GREP ?? '';
  const data = mkdtempSync(join(tmpdir(), 'bonsai-host-'));
  const artifacts = join(out, 'test-artifacts/host');
  rmSync(artifacts, { recursive: true, force: true });
  clearReport(hostReport);
  let server, browser, page, code;
  try {
    const workspace = await makeSampleRepository(join(data, 'sample'), hostRepository);
    server = await startCodeServer(codeServer, data, {
      machine: testSettings,
      extra: ['--vscode-option', 'enable-smoke-test-driver'],
    });
    browser = await launchBrowser(chromium);
    page = await browser.newPage();
    const exit = new Promise((done) => void page.exposeFunction('codeAutomationExit', done));
    // The window's own chatter is kept for failures; the suite's lines are the ones that begin with a mark.
    const chatter = [];
    await page.exposeFunction('codeAutomationLog', (type, args) => {
      const line = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' ');
      if (/^ {2}[✓✗-] /.test(line)) console.log(line);
      chatter.push(`${type} ${line}`);
    });
    const remote = (path) => `vscode-remote://${new URL(server.url).host}${path}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', remote(root)],
      ['extensionTestsPath', remote(hostEntry)],
      ['extensionEnvironment', JSON.stringify({ BONSAI_TEST_REPORT: hostReport, BONSAI_TEST_GREP: pattern })],
    ]);
    await page.goto(`${server.url}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`);
    let seen = false;
    const watch = setInterval(() => (seen ||= sidecarsOf(server.pid).length > 0), 500);
    let timer;
    const late = new Promise((done) => (timer = setTimeout(() => done(undefined), limitMilliseconds)));
    code = await Promise.race([exit, late, server.exited]);
    clearTimeout(timer);
    clearInterval(watch);
    const suite = readReport('host', hostReport, code);
    if (!suite.fault && !pattern) suite.tests.push(await leavesNothing(page, server, seen));
    if (suite.fault || suite.tests.some((test) => test.state === 'failed')) {
      mkdirSync(artifacts, { recursive: true });
      await page.screenshot({ path: join(artifacts, 'window.png') }).catch(() => undefined);
      writeFileSync(join(artifacts, 'window.log'), chatter.join('\n'));
      for (const name of ['server.log', 'user/logs'])
        if (existsSync(join(data, name))) cpSync(join(data, name), join(artifacts, name), { recursive: true });
      console.log(`  what was seen is in ${artifacts}`);
    }
    return suite;
  } finally {
    await browser?.close();
    await server?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
