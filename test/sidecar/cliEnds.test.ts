/**
 * How the command line ends when it is not left to finish: by a signal, by the death of the process that started it, or
 * because nobody takes its output. No process is left, nothing that was read is lost, and nobody sees a stack trace.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plan, root, until } from './client';

const script = join(root, 'scripts/bonsai.mjs');
const question = ['--threads', '1', '--max-tokens', '8'];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-ends-'));
  mkdirSync(join(folder, 'small'));
  cpSync(join(root, 'src/protocol/place.ts'), join(folder, 'small/place.ts'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const savedIn = (cache: string): boolean =>
  existsSync(join(cache, 'bonsai/memory/states')) &&
  readdirSync(join(cache, 'bonsai/memory/states'), { recursive: true }).some((path) => String(path).endsWith('manifest.json'));

/** Starts a long reading and sends the signal to the process that was started, as `kill` does. */
async function endedBy(signal: NodeJS.Signals) {
  const cache = join(folder, signal);
  const child = spawn(process.execPath, [script, 'ask', join(root, 'src/repo'), 'Where is it?', ...question], {
    env: { ...process.env, XDG_CACHE_HOME: cache },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const exit = once(child, 'exit');
  await until(() => said.includes('reading '), 60_000);
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  child.kill(signal);
  const [code, by] = (await exit) as [number | null, string | null];
  return {
    end: code ?? by,
    children: children.length,
    stack: /^\s+at .*:\d+/m.test(said),
    said: said.includes('What was read is saved'),
    saved: savedIn(cache),
  };
}

it.skipIf(process.platform !== 'linux' || plan.engine !== 'bonsai')(
  'every signal ends the one process there is and is in the exit code; all but SIGKILL leave time to save what was read',
  async () => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const;
    const ends = await Promise.all(signals.map(endedBy));
    const common = { children: 0, stack: false };
    expect(ends).toEqual([
      ...[130, 143, 'SIGHUP', 131].map((end) => ({ end, ...common, said: true, saved: true })),
      { end: 'SIGKILL', ...common, said: false, saved: false },
    ]);
  },
  120_000,
);

const shell = (line: string) =>
  spawnSync('bash', ['-c', line], {
    encoding: 'utf8',
    timeout: 110_000,
    env: {
      ...process.env,
      XDG_CACHE_HOME: join(folder, 'output'),
      NODE: process.execPath,
      CLI: script,
      DIR: join(folder, 'small'),
    },
  });
const ask = `"$NODE" "$CLI" ask "$DIR" "Where is it?" ${question.join(' ')}`;

it.skipIf(process.platform !== 'linux')(
  'output that nobody takes loses no reading and shows no stack trace',
  () => {
    const unread = shell(`${ask} | true; echo "rc \${PIPESTATUS[0]}"`);
    expect([unread.stdout, savedIn(join(folder, 'output'))]).toEqual(['rc 141\n', plan.engine === 'bonsai']);
    const full = shell(`${ask} >/dev/full; echo "rc $?"`);
    expect([full.stdout, full.stderr]).toEqual(['rc 1\n', expect.stringContaining('could not be written: the disk is full.') as string]);
    const help = shell('"$NODE" "$CLI" --help | true; "$NODE" "$CLI" pack /nowhere 2>/dev/full; echo "rc $?"');
    expect(help.stdout).toBe('rc 1\n');
    // 10 blocks of 1,024 bytes: no memory can be saved, and the answer is there all the same.
    const limited = shell(`XDG_CACHE_HOME+=/limited; ulimit -f 10; ${ask} | cat; echo "rc \${PIPESTATUS[0]}"`);
    expect(limited.stdout).toMatch(/rc 0\n$/);
    if (plan.engine === 'bonsai') expect(limited.stderr).toContain('was not saved');
    for (const { stderr } of [unread, full, help, limited]) expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
  },
  120_000,
);
