#!/usr/bin/env node
// What ghost text costs in the editor's own process per key, without any engine. Prints one JSON line.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { out, root } from './lib/paths.mjs';

const bundle = join(out, 'ghost-overhead.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['test/unit/extension/ghostText/overhead.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'error',
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
const { measureOverhead } = await import(pathToFileURL(bundle).href);
console.log(JSON.stringify(await measureOverhead(join(root, 'src/sidecar'), Number(process.argv[2] ?? 5000))));
