// vitest (unit, engine, sidecar): shown as it runs, counted from its JSON report. A file that does not load has no
// tests of its own and counts as one failed test, or it would vanish from the count.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { out, root } from './paths.mjs';
import { clearReport } from './report.mjs';
import { softwareVulkan } from './software-vulkan.mjs';
import { run } from './steps.mjs';

const report = join(out, 'reports/vitest.json');
// `pending` is a test that was still running, or waiting, when its process ended.
const states = { passed: 'passed', failed: 'failed', pending: 'failed' };

/** @returns {Promise<import('./report.mjs').Suite>} */
export async function runUnitSuite() {
  clearReport(report);
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // Where packages cannot be fetched the tests of it are skipped, and counted as such.
  const vulkan = await softwareVulkan().catch((error) => console.log(`• No Vulkan to test with: ${error.message}`));
  const env = vulkan ? { BONSAI_TEST_VULKAN: JSON.stringify(vulkan) } : {};
  const ended = await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { show: true, env }).then(
    () => undefined,
    (failure) => failure.message,
  );
  if (!existsSync(report)) return { name: 'unit', tests: [], fault: ended ?? 'vitest left no report' };
  const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(({ name, status, message, assertionResults }) =>
    assertionResults.length === 0 && status === 'failed'
      ? [{ title: `${relative(root, name)} does not load`, state: 'failed', error: message }]
      : assertionResults.map((test) => ({
          title: test.fullName,
          state: states[test.status] ?? 'skipped',
          ...(test.status === 'failed' ? { error: test.failureMessages.join('\n') } : {}),
          ...(test.status === 'pending' ? { error: 'did not end: its process went away' } : {}),
        })),
  );
  if (tests.length === 0) return { name: 'unit', tests, fault: 'no test ran' };
  // Errors outside any test (an unhandled rejection) fail vitest without failing a test.
  if (ended !== undefined && !tests.some((test) => test.state === 'failed')) return { name: 'unit', tests, fault: ended };
  return { name: 'unit', tests };
}
