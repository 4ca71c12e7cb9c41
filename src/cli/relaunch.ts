/**
 * Bonsai's libllama is found through the loader's search path, which is read when a process starts. So the command
 * line starts itself once more with the path set, and passes signals and the exit code through. A channel between the
 * two tells the second process when the first one is gone (stopping.ts).
 */
import { spawn } from 'node:child_process';
import { engineFolderVariable, planLaunch, searchPathVariable, type EngineKind } from '../protocol';
import { distFolder } from '../sidecar/bundleRoot';
import { BonsaiError } from '../sidecar/errors';
import { endingSignals, exitCodeOf } from './stopping';

/** Ends that nobody asked for; a signal that was sent on purpose needs no words. */
const crashes: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'The system ended it, most often because memory ran out. Use a smaller budget or a smaller model.',
  SIGSEGV: 'The engine crashed.',
  SIGBUS: 'The engine crashed.',
  SIGABRT: 'The engine gave up; its last words are above.',
  SIGILL: 'This processor lacks an instruction that the engine uses.',
};

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
  // Another program's libraries are found in the search path that this process started with, whatever runs.
  if (plan.engine === running && plan.foreign.length === 0) return undefined;
  return run(plan.env, note);
}

/** The environment as it was before a relaunch. */
export function withoutEngine(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = env[engineFolderVariable];
  if (!folder) return env;
  const path = (env[searchPathVariable] ?? '').split(':').filter((entry) => entry !== '' && entry !== folder);
  return { ...env, [searchPathVariable]: path.length > 0 ? path.join(':') : undefined, [engineFolderVariable]: undefined };
}

function run(env: NodeJS.ProcessEnv, note: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    for (const signal of endingSignals) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const crash = signal && crashes[signal];
      if (crash) note(`bonsai: The working process ended with ${signal}. ${crash}`);
      resolve(code ?? (signal ? exitCodeOf(signal) : 1));
    });
  });
}
