// What a suite is believed on: its report file, never its exit code alone. An extension host that dies still says 0,
// so a report must be finished and hold at least one test.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { StepError } from './steps.mjs';

/**
 * @typedef {{ title: string, state: 'passed' | 'failed' | 'skipped', error?: string }} Test
 * @typedef {{ name: string, tests: Test[], fault?: string, skipped?: string }} Suite
 *   `fault`: why the suite as a whole does not count; `skipped`: why it ran no test and nothing is wrong
 */

/** Makes room for a new report, so that an old one is never read in its place. */
export function clearReport(file) {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
}

/** Reads what test/host/mocha.ts wrote. @returns {Suite} */
export function readReport(name, file, exitCode) {
  const ended = `the suite ended with ${exitCode === undefined ? 'no exit code' : `exit code ${exitCode}`}`;
  if (!existsSync(file)) return { name, tests: [], fault: `${ended} and left no report` };
  const { finished, tests } = JSON.parse(readFileSync(file, 'utf8'));
  const suite = { name, tests };
  if (!finished) return { ...suite, fault: `${ended} before its last test` };
  if (tests.length === 0) return { ...suite, fault: 'no test ran' };
  if (exitCode !== 0 && !tests.some((test) => test.state === 'failed')) return { ...suite, fault: ended };
  return suite;
}

/** Runs a suite; whatever it throws becomes its fault, so that the other suites still run. @returns {Promise<Suite>} */
export async function guarded(name, work) {
  try {
    return await work();
  } catch (error) {
    const fault =
      error instanceof StepError ? [error.message, error.tail, error.wayOut].filter(Boolean).join('\n') : String(error.stack ?? error);
    return { name, tests: [], fault };
  }
}
