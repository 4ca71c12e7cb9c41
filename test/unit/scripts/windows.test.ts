/** What the scripts start on Windows, where npm is a script, and programs are found by endings. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startable } from '../../../scripts/lib/steps.mjs';
import { which } from '../../../scripts/lib/tools.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-which-'));
  for (const name of ['cmake.EXE', 'code.CMD', 'cmake']) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const windows = (env: NodeJS.ProcessEnv) => ({ platform: 'win32', execPath: 'C:\\node.exe', env });

it('finds programs by the endings that Windows knows, there alone', () => {
  const machine = windows({ PATH: folder, PATHEXT: '.EXE;.CMD' });
  expect([which('cmake', machine), which('code', machine), which('ninja', machine)]).toEqual([
    join(folder, 'cmake.EXE'),
    join(folder, 'code.CMD'),
    undefined,
  ]);
  expect(which('cmake', { platform: 'linux', env: { PATH: folder } })).toBe(join(folder, 'cmake'));
  expect(which('code', { platform: 'linux', env: { PATH: folder } })).toBeUndefined();
});

it('runs npm by its script, and what only a shell runs by a shell, with blanks in paths', () => {
  const npm = startable('npm', ['ci'], windows({ npm_execpath: 'C:\\npm\\npm-cli.js' }));
  expect(npm).toEqual(['C:\\node.exe', ['C:\\npm\\npm-cli.js', 'ci'], {}]);
  const code = startable('C:\\Program Files\\code.CMD', ['--wait', 'C:\\my files'], windows({ ComSpec: 'C:\\cmd.exe' }));
  expect(code).toEqual([
    'C:\\cmd.exe',
    ['/d', '/s', '/c', '""C:\\Program Files\\code.CMD" "--wait" "C:\\my files""'],
    { windowsVerbatimArguments: true },
  ]);
  expect(startable('git.exe', ['x'], windows({}))).toEqual(['git.exe', ['x'], {}]);
});

it('leaves other systems as they are: npm there starts', () => {
  const [command, args] = startable('npm', ['--version']);
  expect(execFileSync(command, args, { encoding: 'utf8' })).toMatch(/^\d+\./);
});
