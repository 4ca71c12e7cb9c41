#!/usr/bin/env node
// npm start [folder] [--browser] [--demo]: from a fresh clone to an editor with Bonsai in it. A desktop VS Code is opened
// where there is one; otherwise (or with --browser) VS Code in the browser, until Ctrl+C. It has user data of its own: the
// person's settings and extensions are not touched. A real model is looked for in the models folder and fetched where
// there is none; with --demo, or when none can be had, the small demo model that comes with Bonsai answers.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCodeServer } from './lib/code-server-install.mjs';
import { setEditorModel } from './lib/editor-model.mjs';
import { installExtension, quietSettings, startCodeServer } from './lib/code-server.mjs';
import { cache, root, vsix } from './lib/paths.mjs';
import { preparePackage } from './lib/setup.mjs';
import { main, run, step, StepError } from './lib/steps.mjs';
import { which } from './lib/tools.mjs';

const { values, positionals } = parseArgs({
  options: { browser: { type: 'boolean', default: false }, demo: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const { env, platform } = process;
const display = platform === 'darwin' || platform === 'win32' || env.DISPLAY || env.WAYLAND_DISPLAY;
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

/** @returns the absolute path of a real model, or '' for the demo model; what stood in the way was said. */
function findModel() {
  if (values.demo) return '';
  // Its progress and its reasons are shown as they come; the path is all that is on stdout.
  const { stdout } = spawnSync(process.execPath, [join(root, 'dist/cli.mjs'), 'model', '--optional'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  return stdout?.trim() ?? '';
}

/** @param settings of the editor that is opened */
function chooseModel(settings, found) {
  const model = setEditorModel(settings, found);
  if (model === undefined)
    console.log(
      `• Model: ${settings} has comments, so nothing was written to it. Choose the model in the editor: F1, "Bonsai: Choose Model"`,
    );
  else if (model === '') console.log('• Model: the demo model, too small for useful answers. F1, "Bonsai: Choose Model" gets a real one');
  else console.log(`• Model: ${model}`);
}

async function openDesktop(code, data, folder, model) {
  const own = ['--user-data-dir', join(data, 'user'), '--extensions-dir', join(data, 'ext')];
  const settings = join(data, 'user/User/settings.json');
  mkdirSync(join(data, 'user/User'), { recursive: true });
  if (!existsSync(settings)) writeFileSync(settings, JSON.stringify(quietSettings, null, 2));
  chooseModel(settings, model);
  await installOnce(data, () => run(code, [...own, '--install-extension', vsix, '--force']));
  console.log(`\nBonsai is running in VS Code on ${folder}. This ends when its window is closed.`);
  await run(code, [...own, '--new-window', '--wait', folder]);
}

async function openBrowser(data, folder, model) {
  const codeServer = await ensureCodeServer();
  // To this editor it is the setting of a machine, which does not count among the user's.
  chooseModel(join(data, 'user/Machine/settings.json'), model);
  await installOnce(data, () => installExtension(codeServer, data, vsix));
  const server = await startCodeServer(codeServer, data, model === '' ? {} : { variables: { BONSAI_MODELS: dirname(model) } });
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
  const model = findModel();
  if (!desktop && platform === 'win32')
    throw new StepError('VS Code is not installed, or its command `code` is not in the path', {
      wayOut: 'Type: winget install -e --id Microsoft.VisualStudioCode (then open a new terminal)',
    });
  await (desktop ? openDesktop(desktop, data, folder, model) : openBrowser(data, folder, model));
});
