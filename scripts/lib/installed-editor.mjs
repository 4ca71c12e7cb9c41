// The packaged extension, installed as people install it, in a code-server without any test driver, with a repository of
// real source to work on. What runs in it is a Node process of its own, which is told everything by one variable.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumArguments } from './browser.mjs';
import { installExtension, startCodeServer, testSettings } from './code-server.mjs';
import { vsix } from './paths.mjs';
import { makeSampleRepository } from './sample-repository.mjs';
import { run, step } from './steps.mjs';

// What is read again is computed again here: readings have to last long enough to be watched, paused and gone on with.
const settings = { ...testSettings, 'bonsai.archive.quotaGigabytes': 0 };

/**
 * Starts the editor, runs `entry` against it, and leaves nothing behind.
 * @param codeServer what `ensureCodeServer` returned
 * @param chromium path of the browser
 * @param use `entry`: the bundle to run; `repository`: what git lists of this clone becomes the workspace; `files`: further
 *   paths for the process (report, folders for what was seen)
 * @param then gets the exit code and a function that copies the logs of the editor into a folder; its result is returned
 */
export async function runInInstalledEditor(codeServer, chromium, { entry, repository, files }, then) {
  const data = mkdtempSync(join(tmpdir(), 'bonsai-browser-'));
  let server;
  try {
    const workspace = await makeSampleRepository(join(data, 'sample'), repository);
    await step('Install the package', () => installExtension(codeServer, data, vsix));
    server = await startCodeServer(codeServer, data, { machine: settings });
    const options = {
      ...{ url: server.url, serverPid: server.pid, serverLog: server.log, workspace, chromium, chromiumArguments },
      ...files,
    };
    const env = { BONSAI_BROWSER_TEST: JSON.stringify(options) };
    const code = await run(process.execPath, [entry], { env, show: true }).then(
      () => 0,
      () => 1,
    );
    const keepLogs = (folder) => {
      for (const name of ['server.log', 'user/logs'])
        if (existsSync(join(data, name))) cpSync(join(data, name), join(folder, name), { recursive: true });
    };
    return then(code, keepLogs);
  } finally {
    await server?.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Empties folders that are filled by one run. */
export function emptied(...folders) {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
}
