#!/usr/bin/env node
// npm run engine [-- --target <platform>-<arch>] [--draft]: builds the engine, one llama-addon.node for each backend that node-llama-cpp has
// on the target, and puts it beside node-llama-cpp's own libraries where that package looks first. The source of llama.cpp and of
// the addon comes from inside node-llama-cpp. A second run builds only what changed. `--draft` compiles in half the time what only
// tests run: nothing is shipped that was made so.
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { assemble, writeIndex } from './lib/assemble.mjs';
import { binariesOf, ggmlLibraries, ggmlVersion, targets, toolchain } from './lib/engine-targets.mjs';
import { llamaVersion, sourceOptions } from './lib/llama-source.mjs';
import { platform, root } from './lib/paths.mjs';
import { main, run, step, StepError } from './lib/steps.mjs';
import { ensureCompiler, which } from './lib/tools.mjs';

await main(async () => {
  const { values } = parseArgs({ options: { target: { type: 'string', default: platform }, draft: { type: 'boolean', default: false } } });
  const target = targets[values.target];
  if (!target)
    throw new StepError(`The engine is not built for ${values.target}`, {
      wayOut: `Choose one of ${Object.keys(targets).join(', ')}; elsewhere Bonsai runs llama.cpp's own cache and says so.`,
    });
  await ensureCompiler();
  const sources = await sourceOptions();
  const { folders, older } = await binariesOf(target);
  const build = join(root, 'native/build', values.draft ? `${values.target}-draft` : values.target);
  mkdirSync(build, { recursive: true });
  const tools = await toolchain(values.target, build);
  const backends = Object.entries(folders);
  const libraries = [];
  for (const [backend, folder] of backends) {
    const linked = [];
    for (const library of ggmlLibraries(folder)) linked.push(await tools.link(library));
    libraries.push(`-DGGML_${backend}=${linked.join(';')}`);
  }
  const fresh = !existsSync(join(build, 'CMakeCache.txt'));
  await run('cmake', [
    ...['-S', join(root, 'native'), '-B', build, ...(fresh && which('ninja') ? ['-G', 'Ninja'] : [])],
    ...(which('ccache') ? ['-DCMAKE_C_COMPILER_LAUNCHER=ccache', '-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : []),
    ...['-DCMAKE_BUILD_TYPE=Release', ...(values.draft ? ['-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG'] : []), ...tools.options],
    ...sources,
    ...[`-DBACKENDS=${Object.keys(folders).join(';')}`, ...libraries, `-DGGML_OLDER=${older ? 'ON' : 'OFF'}`],
  ]);
  await step(`Compile the engine for ${values.target}${fresh ? ', a few minutes the first time' : ''}`, async () => {
    await run('cmake', ['--build', build, '--parallel', String(availableParallelism())]);
  });
  const names = {};
  for (const [backend, folder] of backends) {
    const stripped = join(build, backend, 'stripped.node');
    await run('cmake', ['-E', 'copy', join(build, backend, 'llama-addon.node'), stripped]);
    await tools.strip(stripped);
    names[backend] = basename(await assemble(target, backend, folder, stripped, llamaVersion()));
  }
  writeIndex(values.target, llamaVersion(), names);
  const over = older ? `, over ggml ${ggmlVersion(backends[0][1])}: the registry lacks newer libraries for ${values.target}` : '';
  console.log(`The engine for ${values.target} is in node_modules/node-llama-cpp/bins (${Object.keys(names).join(', ')})${over}.`);
});
