/**
 * The user's own folders, from an environment that may say nonsense: a value that is empty or relative counts as absent
 * (XDG Base Directory Specification), because taken at its word it would mean whatever folder the process is in.
 */
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, posix, win32 } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the path of an environment's variable, or undefined where it names none */
export function absolutePath(value: string | undefined, platform: NodeJS.Platform = process.platform): string | undefined {
  const rules = platform === 'win32' ? win32 : posix;
  return value !== undefined && rules.isAbsolute(value) ? value : undefined;
}

/** Absolute; a private name in the folder for temporary files where the system knows no home. */
export function homeFolder(): string {
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      const home = absolutePath(ask());
      if (home !== undefined) return home;
    } catch {
      // A user without an entry in the system's list.
    }
  }
  return join(tmpdir(), `bonsai-${process.getuid?.() ?? 'user'}`);
}

/** Where what can be made again is kept: the platform's cache folder, `bonsai` in it. */
export function cacheFolder(env: Environment = process.env, platform: NodeJS.Platform = process.platform, home = homeFolder()): string {
  if (platform === 'win32') return join(absolutePath(env['LOCALAPPDATA'], platform) ?? join(home, 'AppData', 'Local'), 'bonsai', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'bonsai');
  return join(absolutePath(env['XDG_CACHE_HOME'], platform) ?? join(home, '.cache'), 'bonsai');
}

/** Where what cannot be made again is kept, on this machine alone: the platform's folder for settings, `bonsai` in it. */
export function configFolder(env: Environment = process.env, platform: NodeJS.Platform = process.platform, home = homeFolder()): string {
  if (platform === 'win32') return join(absolutePath(env['LOCALAPPDATA'], platform) ?? join(home, 'AppData', 'Local'), 'bonsai', 'Config');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'bonsai');
  return join(absolutePath(env['XDG_CONFIG_HOME'], platform) ?? join(home, '.config'), 'bonsai');
}
