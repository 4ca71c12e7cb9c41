// A running code-server of its own: own user data, own extensions, own home, bound to this machine, on a port the
// system chooses. It lives in its own process group, so that taking it down leaves nothing behind.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run, StepError } from './steps.mjs';

/** Nothing that asks, updates, phones home or hides the editor. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.agentHost.enabled': false,
};

const startMilliseconds = 60_000;

/** The options that every call for one data folder shares. */
function options(data) {
  mkdirSync(join(data, 'user/User'), { recursive: true });
  mkdirSync(join(data, 'home'), { recursive: true });
  writeFileSync(join(data, 'config.yaml'), 'auth: none\n');
  return ['--config', join(data, 'config.yaml'), '--user-data-dir', join(data, 'user'), '--extensions-dir', join(data, 'ext')];
}

/** The engine's threads spin: beside an editor and a browser on a small machine, more than one is many times slower. */
export const testSettings = { 'bonsai.threads': 1 };

// The variables of an editor this script may have been started from would be taken for its own.
function environment(data) {
  const env = { ...process.env, HOME: join(data, 'home') };
  for (const key of Object.keys(env)) if (/^(VSCODE_|ELECTRON_|CODE_SERVER_|PORT$|PASSWORD$|NODE_OPTIONS$|XDG_)/.test(key)) delete env[key];
  return env;
}

/** Installs a packaged extension into a data folder; to be done before the start. */
export async function installExtension({ node, entry }, data, file) {
  const env = environment(data);
  const removed = Object.fromEntries(Object.keys(process.env).map((key) => [key, env[key]]));
  await run(node, [entry, ...options(data), '--install-extension', file, '--force'], { env: { ...removed, ...env } });
}

/**
 * @param server what `ensureCodeServer` returned
 * @param data folder for user data, extensions and the log; kept, so the caller decides whether it is fresh
 * @returns {Promise<{ url: string, pid: number, log: string, exited: Promise<void>, stop: () => Promise<void> }>}
 */
export async function startCodeServer({ node, entry }, data, { settings = {}, machine = {}, extra = [], variables = {} } = {}) {
  const shared = options(data);
  const settingsFile = join(data, 'user/User/settings.json');
  if (!existsSync(settingsFile) || Object.keys(settings).length > 0)
    writeFileSync(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  // To the editor this is a remote machine, whose own settings lie apart; in the user's they would not count.
  if (Object.keys(machine).length > 0) {
    mkdirSync(join(data, 'user/Machine'), { recursive: true });
    writeFileSync(join(data, 'user/Machine/settings.json'), JSON.stringify(machine, null, 2));
  }
  const log = join(data, 'server.log');
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, '');
  const args = [
    ...[entry, ...shared, '--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check'],
    ...['--disable-workspace-trust', '--disable-getting-started-override', '--reconnection-grace-time', '2', ...extra],
  ];
  const child = spawn(node, args, {
    cwd: data,
    env: { ...environment(data), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = new Promise((done) => child.once('close', done));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  const stop = async () => {
    signal('SIGTERM');
    const late = setTimeout(() => signal('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
    signal('SIGKILL');
  };
  process.once('exit', () => signal('SIGKILL'));

  let output = '';
  const address = await new Promise((ready, failed) => {
    const timer = setTimeout(() => failed(new Error(`code-server did not start within ${startMilliseconds / 1000} s`)), startMilliseconds);
    const read = (chunk) => {
      appendFileSync(log, chunk);
      if (output.length > 100_000) return;
      output += chunk;
      const found = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
      if (!found) return;
      clearTimeout(timer);
      ready(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', failed);
    void exited.then(() => failed(new Error('code-server ended while starting')));
  }).catch(async (error) => {
    await stop();
    throw new StepError(error.message, { tail: output.split('\n').slice(-40).join('\n') });
  });
  return { url: address, pid: child.pid, log, exited, stop };
}
