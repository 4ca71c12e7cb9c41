/**
 * Runs mocha suites from a bundle and writes what happened to a report file after every test: if the process dies in
 * the middle, the report says so by not being finished. A test that fails is run once more, and what went wrong the first
 * time is in the log: these are real windows and a real model, on machines that do other things as well.
 */
import type Mocha from 'mocha';
import { writeFileSync } from 'node:fs';

interface TestReport {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  milliseconds: number;
  error?: string;
}

/** A suite's files as imports, so that they run after mocha's globals exist. */
export type SuiteFile = () => Promise<unknown>;

/**
 * @param reportFile absolute path of the JSON report
 * @returns the number of failed tests
 */
export async function runMocha(files: SuiteFile[], reportFile: string, options: Mocha.MochaOptions = {}): Promise<number> {
  // A real import, not a bundled require: what `require` makes of mocha differs between the Nodes this runs on.
  const { default: Runner } = await import('mocha');
  const mocha = new Runner({ ui: 'bdd', timeout: 60_000, retries: 1, reporter: Runner.reporters.Base, ...options });
  const only = process.env['BONSAI_TEST_GREP'];
  if (only) mocha.grep(new RegExp(only));
  mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
  for (const file of files) await file();

  const tests: TestReport[] = [];
  const save = (finished: boolean) => writeFileSync(reportFile, JSON.stringify({ finished, tests }, null, 2));
  const add = (test: Mocha.Runnable, state: TestReport['state'], error?: string) => {
    tests.push({ title: test.fullTitle(), state, milliseconds: test.duration ?? 0, ...(error === undefined ? {} : { error }) });
    const mark = { passed: '✓', failed: '✗', skipped: '-' }[state];
    console.log(
      `  ${mark} ${test.fullTitle()} (${test.duration ?? 0} ms)${error === undefined ? '' : `\n${error.replace(/^/gm, '      ')}`}`,
    );
    save(false);
  };
  save(false);
  return await new Promise<number>((done) => {
    const runner = mocha.run((failures) => {
      save(true);
      done(failures);
    });
    runner.on('pass', (test) => add(test, 'passed'));
    runner.on('retry', (test: Mocha.Runnable, error: Error) =>
      console.log(
        `  ↻ ${test.fullTitle()} is run once more (${test.duration ?? 0} ms)\n${(error.stack ?? String(error)).replace(/^/gm, '      ')}`,
      ),
    );
    runner.on('pending', (test) => add(test, 'skipped'));
    // A failing hook arrives here too and is counted: its tests never run.
    runner.on('fail', (test, error: Error) => add(test, 'failed', error.stack ?? String(error)));
  });
}
