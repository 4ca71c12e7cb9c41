#!/usr/bin/env node
// Reads llama.cpp's source tree (which the engine's build unpacks) through the bounded cache and prints, at every sample,
// the cache's bytes and the speed against the first sample. `npm run bench -- [--max-tokens N] [--sample-every N]
// [--budget N] [--policy P]`; the figures in docs/results/pack-llama.cpp.md come from here. A benchmark, never a test: machines differ.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    'max-tokens': { type: 'string', default: '300000' },
    'sample-every': { type: 'string', default: '50000' },
    budget: { type: 'string', default: '2048' },
    policy: { type: 'string', default: 'tree' },
    dir: { type: 'string', default: join(root, 'native/build/llama.cpp') },
  },
});
if (!existsSync(values.dir)) {
  console.error(`${values.dir} is missing. Type: npm run engine`);
  process.exit(1);
}
const args = ['pack', values.dir, '--json', '--max-tokens', values['max-tokens'], '--sample-every', values['sample-every']];
args.push('--budget', values.budget, '--policy', values.policy);
console.error(`bonsai ${args.join(' ')}`);
const child = spawn(process.execPath, [join(root, 'scripts/bonsai.mjs'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
child.stdout.on('data', (chunk) => (text += chunk));
child.on('close', (code) => {
  if (code !== 0) process.exit(code ?? 1);
  const report = JSON.parse(text);
  const first = report.series[0];
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; the demo model; policy ${values.policy}, budget ${values.budget}\n`,
  );
  console.log('| tokens read | KV now | KV uncompressed | tokens/s | against the first sample |\n|---:|---:|---:|---:|---:|');
  for (const s of report.series)
    console.log(
      `| ${s.tokens.toLocaleString('en')} | ${mb(s.kvBytes)} MB | ${mb((s.tokens * report.kvBytesFull) / report.tokens)} MB | ` +
        `${Math.round(s.tokensPerSecond).toLocaleString('en')} | ${((100 * s.tokensPerSecond) / first.tokensPerSecond).toFixed(0)} % |`,
    );
});
