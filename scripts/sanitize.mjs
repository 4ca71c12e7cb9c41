#!/usr/bin/env node
// npm run sanitize [-- address|thread]: the native tests under AddressSanitizer (failures injected at every allocation,
// native/test/faults.cpp), under ThreadSanitizer (native/test/races.cpp), and UndefinedBehaviorSanitizer in our files. Prints what they print.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { binariesOf, ggmlLibraries, targets } from './lib/engine-targets.mjs';
import { sourceOptions } from './lib/llama-source.mjs';
import { platform, root } from './lib/paths.mjs';
import { prepareTools } from './lib/setup.mjs';
import { main, run, step, StepError } from './lib/steps.mjs';
import { which } from './lib/tools.mjs';

/** Programs of native/test, by sanitizer. */
const runs = { address: ['faults', 'races'], thread: ['races'] };

await main(async () => {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(runs);
  if (process.platform !== 'linux' || names.some((name) => !(name in runs)))
    throw new StepError('The sanitizers run on Linux', { wayOut: 'npm run sanitize, or with one of them: -- address, -- thread' });
  await prepareTools();
  const sources = await sourceOptions();
  const { folders } = await binariesOf(targets[platform]);
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-sanitize-'));
  try {
    const { writeTinyModel } = await import('../test/engine/tinyModel.mjs');
    const model = await writeTinyModel('llama', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
    for (const sanitizer of names) {
      const programs = runs[sanitizer];
      const build = join(root, 'native/build', `${platform}-${sanitizer}`);
      mkdirSync(build, { recursive: true });
      await step(`Compile with the sanitizers ${sanitizer} and undefined, a few minutes the first time`, async () => {
        await run('cmake', [
          ...['-S', join(root, 'native'), '-B', build, ...(which('ninja') ? ['-G', 'Ninja'] : []), '-DCMAKE_BUILD_TYPE=RelWithDebInfo'],
          ...['-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1', `-DSANITIZE=${sanitizer}`, '-DBACKENDS=cpu'],
          ...[`-DGGML_cpu=${ggmlLibraries(folders.cpu).join(';')}`, ...sources],
        ]);
        await run('cmake', ['--build', build, '--parallel', String(availableParallelism()), '--target', ...programs]);
      });
      // What ggml keeps until the process ends is no leak of ours.
      const env = {
        ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
        TSAN_OPTIONS: 'halt_on_error=1:ignore_noninstrumented_modules=1',
      };
      for (const program of programs) {
        const said = await run(join(build, program), [model, folders.cpu], { env });
        console.log(`${sanitizer}: ${program}: ${said.trim()}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
