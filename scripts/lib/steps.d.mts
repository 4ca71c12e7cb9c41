import type { SpawnOptions } from 'node:child_process';

export function startable(
  command: string,
  args: string[],
  machine?: { platform: string; execPath: string; env: NodeJS.ProcessEnv },
): [string, string[], SpawnOptions];
