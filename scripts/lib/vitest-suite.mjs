// Tests that vitest runs (unit, engine, sidecar; real): shown as they run, counted from its JSON report. A file that does
// not load has no tests of its own and counts as one failed test, or it would vanish from the count.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { out, root } from './paths.mjs';
import { clearReport } from './report.mjs';
import { run } from './steps.mjs';

// `pending` is a test that was still running, or waiting, when its process ended.
const states = { passed: 'passed', failed: 'failed', pending: 'failed' };

/**
 * @param {string} name a project of vitest.config.ts
 * @param {NodeJS.ProcessEnv} env what the tests are told beside
 * @returns {Promise<import('./report.mjs').Suite>}
 */
export async function runVitest(name, env = {}) {
  const report = join(out, `reports/${name}.json`);
  clearReport(report);
  const args = ['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ended = await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { show: true, env }).then(
    () => undefined,
    (failure) => failure.message,
  );
  if (!existsSync(report)) return { name, tests: [], fault: ended ?? 'vitest left no report' };
  const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(({ name: file, status, message, assertionResults }) =>
    assertionResults.length === 0 && status === 'failed'
      ? [{ title: `${relative(root, file)} does not load`, state: 'failed', error: message }]
      : assertionResults.map((test) => ({
          title: test.fullName,
          state: states[test.status] ?? 'skipped',
          ...(test.status === 'failed' ? { error: test.failureMessages.join('\n') } : {}),
          ...(test.status === 'pending' ? { error: 'did not end: its process went away' } : {}),
        })),
  );
  if (tests.length === 0) return { name, tests, fault: 'no test ran' };
  // Errors outside any test (an unhandled rejection) fail vitest without failing a test.
  if (ended !== undefined && !tests.some((test) => test.state === 'failed')) return { name, tests, fault: ended };
  return { name, tests };
}
