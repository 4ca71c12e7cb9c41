// code-server (VS Code in a browser) from npm alone, once per machine: about 40 s and 800 MB in the cache folder. Each
// part is stamped last, so what was interrupted is done again, and locked, so that two runs do not collide.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { cache, codeServerNode, codeServerVersion, platform } from './paths.mjs';
import { run, step } from './steps.mjs';
import { ensureNodeGyp } from './tools.mjs';

const wayOut = 'Check the network and run the same command again; it goes on where it stopped.';
const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];

/** Makes `folder` by `fill` unless an earlier run finished it. */
async function once(title, folder, fill) {
  const stamp = join(folder, '.complete');
  if (existsSync(stamp)) return;
  await step(title, () =>
    withLock(`${folder}.lock`, async () => {
      if (existsSync(stamp)) return;
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{"private":true}');
      await fill();
      writeFileSync(stamp, new Date().toISOString());
    }),
  );
}

/** @returns {Promise<{ node: string, entry: string }>} the Node binary to use and code-server's entry file */
export async function ensureCodeServer() {
  const nodeHome = join(cache, `node-${codeServerNode}`);
  const nodePackage = join(nodeHome, 'node_modules', `node-${platform}`);
  await once(`Node ${codeServerNode} for code-server`, nodeHome, () =>
    run('npm', ['install', ...flags, `node-${platform}@${codeServerNode}`], { cwd: nodeHome, wayOut }),
  );
  const home = join(cache, `code-server-${codeServerVersion}`);
  const server = join(home, 'node_modules/code-server');
  const env = { PATH: `${join(nodePackage, 'bin')}${delimiter}${process.env.PATH}`, npm_config_nodedir: nodePackage };
  if (!existsSync(join(home, '.complete'))) await ensureNodeGyp();
  await once(`code-server ${codeServerVersion} (800 MB, once per machine)`, home, async () => {
    await run('npm', ['install', ...flags, `code-server@${codeServerVersion}`], { cwd: home, env, wayOut });
    const inner = join(server, 'lib/vscode');
    await run('npm', ['install', '--omit=dev', ...flags], { cwd: inner, env, wayOut });
    await run('npm', ['install', '--omit=dev', ...flags], { cwd: join(inner, 'extensions'), env, wayOut });
    await run('npm', ['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], { cwd: inner, env, wayOut });
  });
  return { node: join(nodePackage, 'bin/node'), entry: join(server, 'out/node/entry.js') };
}
