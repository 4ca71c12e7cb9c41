/**
 * Bonsai's libllama is found through the loader's search path, which is read when a process starts. So the command
 * line starts itself once more with the path set, and passes signals and the exit code through.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { engineFolderVariable, planLaunch, type EngineKind } from '../protocol';
import { distFolder } from '../sidecar/bundleRoot';
import { BonsaiError } from '../sidecar/errors';

/**
 * @param asked absent: Bonsai's engine where it is built
 * @returns the exit code of the second process, or undefined when this process is the right one already
 * @throws BonsaiError `engine-failed` when Bonsai's engine was asked for and is not built
 */
export async function relaunch(asked: EngineKind | undefined, note: (text: string) => void): Promise<number | undefined> {
  const running: EngineKind = process.env[engineFolderVariable] ? 'bonsai' : 'stock';
  const plan = planLaunch(distFolder, asked ?? 'bonsai', withoutEngine(process.env));
  if (asked === 'bonsai' && plan.engine !== 'bonsai')
    throw new BonsaiError('engine-failed', plan.notice ?? 'The bounded cache is not built.');
  if (plan.notice) note(plan.notice);
  if (plan.engine === running) return undefined;
  return run(plan.env);
}

/** The environment as it was before a relaunch. */
export function withoutEngine(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = env[engineFolderVariable];
  if (!folder) return env;
  const path = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((entry) => entry !== '' && entry !== folder);
  return { ...env, LD_LIBRARY_PATH: path.length > 0 ? path.join(':') : undefined, [engineFolderVariable]: undefined };
}

function run(env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { env, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
