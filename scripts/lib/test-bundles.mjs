// The test suites that run outside vitest, bundled so that the extension host can require them. mocha and playwright
// stay outside: they are real packages in node_modules, and the bundle lies inside the clone.
import { join } from 'node:path';
import { out, root } from './paths.mjs';
import { step } from './steps.mjs';

export const hostEntry = join(out, 'test/host/index.cjs');
export const browserEntry = join(out, 'test/browser/index.cjs');
export const responsivenessEntry = join(out, 'test/browser/responsiveness.cjs');

/** Bundles test/host and test/browser into out/test. */
export async function buildTestBundles() {
  const { build } = await import('esbuild');
  await step('Bundle the host and browser suites', async () => {
    await build({
      absWorkingDir: root,
      entryPoints: {
        'host/index': 'test/host/index.ts',
        'browser/index': 'test/browser/index.ts',
        'browser/responsiveness': 'test/browser/responsiveness/index.ts',
      },
      outdir: join(out, 'test'),
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      sourcemap: 'inline',
      logLevel: 'error',
      external: ['vscode', 'mocha', 'playwright-core'],
    });
  });
}
