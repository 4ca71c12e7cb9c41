#!/usr/bin/env node
// npm start [folder] [--browser]: from a fresh clone to an editor with Bonsai in it. A desktop VS Code is opened where
// there is one; otherwise (or with --browser) VS Code in the browser, until Ctrl+C. It has user data of its own: the
// person's settings and extensions are not touched.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCodeServer } from './lib/code-server-install.mjs';
import { installExtension, quietSettings, startCodeServer } from './lib/code-server.mjs';
import { cache, root, vsix } from './lib/paths.mjs';
import { preparePackage } from './lib/setup.mjs';
import { main, run, step, StepError } from './lib/steps.mjs';
import { which } from './lib/tools.mjs';

const { values, positionals } = parseArgs({ options: { browser: { type: 'boolean', default: false } }, allowPositionals: true });

const { env, platform } = process;
const display = platform === 'darwin' || env.DISPLAY || env.WAYLAND_DISPLAY;
// In a remote or WSL terminal `code` is a messenger to another machine's editor, and Electron refuses to run as root.
const messenger = env.VSCODE_IPC_HOOK_CLI || env.WSL_DISTRO_NAME;
const desktop = !values.browser && display && !messenger && process.getuid?.() !== 0 ? which('code') : undefined;

/** Installs the package into `data` unless exactly this one is there already. */
async function installOnce(data, install) {
  const stamp = join(data, 'installed');
  const wanted = String(statSync(vsix).mtimeMs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await step('Install the extension into an editor of its own', async () => {
    await install();
    writeFileSync(stamp, wanted);
  });
}

async function openDesktop(code, data, folder) {
  const own = ['--user-data-dir', join(data, 'user'), '--extensions-dir', join(data, 'ext')];
  const settings = join(data, 'user/User/settings.json');
  mkdirSync(join(data, 'user/User'), { recursive: true });
  if (!existsSync(settings)) writeFileSync(settings, JSON.stringify(quietSettings, null, 2));
  await installOnce(data, () => run(code, [...own, '--install-extension', vsix, '--force']));
  console.log(`\nBonsai is running in VS Code on ${folder}. This ends when its window is closed.`);
  await run(code, [...own, '--new-window', '--wait', folder]);
}

async function openBrowser(data, folder) {
  const codeServer = await ensureCodeServer();
  await installOnce(data, () => installExtension(codeServer, data, vsix));
  const server = await startCodeServer(codeServer, data);
  const address = `${server.url}/?folder=${encodeURIComponent(folder).replaceAll('%2F', '/')}`;
  console.log(`\nBonsai is running at ${address}\nOpen the tree in the left bar, or press F1 and type "Bonsai". Ctrl+C ends it.`);
  const opener = display ? (which('xdg-open') ?? which('open')) : undefined;
  // Opening a browser is a courtesy: the address above is what counts.
  if (opener)
    spawn(opener, [address], { stdio: 'ignore', detached: true })
      .on('error', () => undefined)
      .unref();
  await server.exited;
  throw new StepError('The editor ended by itself', { tail: readFileSync(server.log, 'utf8').split('\n').slice(-20).join('\n') });
}

await main(async () => {
  const folder = resolve(env.INIT_CWD ?? '.', positionals[0] ?? root);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new StepError(`${folder} is not a folder`, { wayOut: 'npm start -- /path/to/a/repository' });
  await preparePackage();
  // One editor per clone, so that two clones do not fight over one installed extension.
  const data = join(cache, 'start', createHash('sha256').update(root).digest('hex').slice(0, 12));
  mkdirSync(data, { recursive: true });
  await (desktop ? openDesktop(desktop, data, folder) : openBrowser(data, folder));
});
