// Types, lint, format and translations, one test each, over the whole tree; side by side, for each of them computes on one core.
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './steps.mjs';

const checks = [
  { title: 'types (tsc)', file: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
  { title: 'lint and layers (eslint)', file: 'node_modules/eslint/bin/eslint.js', args: ['.'] },
  { title: 'format (prettier)', file: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '.'], wayOut: 'npm run format' },
  { title: 'translations (l10n)', file: 'scripts/l10n.mjs', args: ['--check'], wayOut: 'npm run l10n' },
];

/** @returns {Promise<import('./report.mjs').Suite>} */
export async function runStaticSuite() {
  const check = async ({ title, file, args, wayOut }) => {
    const began = performance.now();
    const error = await run(process.execPath, [join(root, file), ...args]).then(
      () => undefined,
      (failure) => [failure.tail || failure.message, wayOut && `To fix it, type: ${wayOut}`].filter(Boolean).join('\n'),
    );
    const state = error === undefined ? 'passed' : 'failed';
    console.log(`  ${error === undefined ? '✓' : '✗'} ${title} (${Math.round(performance.now() - began)} ms)`);
    if (error !== undefined) console.log(error.replace(/^/gm, '      '));
    return { title, state, error };
  };
  return { name: 'static', tests: await Promise.all(checks.map(check)) };
}
