// The host suite in a desktop VS Code that @vscode/test-electron downloads: for machines with a display, by
// `npm test -- --electron`. Same bundle, same report, same counting as under code-server.
import { runTests } from '@vscode/test-electron';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostReport, hostRepository } from '../../scripts/lib/host-suite.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { clearReport, readReport } from '../../scripts/lib/report.mjs';
import { makeSampleRepository } from '../../scripts/lib/sample-repository.mjs';
import { buildTestBundles, hostEntry } from '../../scripts/lib/test-bundles.mjs';

export async function runElectronSuite() {
  await buildTestBundles();
  clearReport(hostReport);
  const data = mkdtempSync(join(tmpdir(), 'bonsai-electron-'));
  try {
    const workspace = await makeSampleRepository(join(data, 'sample'), hostRepository);
    const quiet = ['--disable-workspace-trust', '--skip-welcome', '--skip-release-notes', '--disable-telemetry', '--disable-updates'];
    const code = await runTests({
      extensionDevelopmentPath: root,
      extensionTestsPath: hostEntry,
      extensionTestsEnv: { BONSAI_TEST_REPORT: hostReport },
      launchArgs: [workspace, '--user-data-dir', join(data, 'user'), '--extensions-dir', join(data, 'ext'), ...quiet],
    }).catch(() => 1);
    return readReport('host', hostReport, code);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
