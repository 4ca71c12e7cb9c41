/**
 * How git is started in a folder that may be hostile. Nothing that its configuration names is run: no fsmonitor, no pager,
 * no prompt, no shell, no fetching of missing objects; nothing is written.
 */
import { parse } from 'node:path';

/** @param args a git command with its arguments @param settings further ones, as `name=value` */
export function gitArguments(folder: string, args: readonly string[], settings: readonly string[] = []): string[] {
  const all = ['core.quotepath=off', 'core.fsmonitor=false', 'core.untrackedCache=false', ...settings];
  return ['--no-pager', '-C', folder, ...all.flatMap((setting) => ['-c', setting]), ...args];
}

/** What a process of git is started with. */
export function gitSurroundings(): { cwd: string; env: NodeJS.ProcessEnv; windowsHide: true } {
  // GIT_DIR and its kin, inherited from a hook or a terminal, would make git answer about another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    // Not started in the folder: Windows looks for git.exe there first, and so does an empty part of PATH.
    cwd: parse(process.execPath).root,
    env: {
      ...Object.fromEntries(inherited),
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      // An object missing from a partial clone would be fetched by a command that the repository names.
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      LC_ALL: 'C',
    },
    windowsHide: true,
  };
}
