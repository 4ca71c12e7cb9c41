/** The packages for other platforms, unpacked, and what runs a program of Node's in them: scripts/lib/platforms-suite.mjs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export interface Guest {
  /** The extension's folder. */
  home: string;
  /** Before the arguments; absent: nothing runs it here. */
  command?: string[];
  env?: NodeJS.ProcessEnv;
}

const guests = JSON.parse(process.env['BONSAI_TEST_PLATFORMS'] ?? '{}') as Partial<Record<string, Guest>>;

export const root = resolve(import.meta.dirname, '../..');
export const guestOf = (target: string): Guest | undefined => guests[target];

/** A path as the guest writes it. */
export const inside = (guest: Guest, path: string) => (guest.env?.['WINEPREFIX'] ? `Z:${path.replaceAll('/', '\\')}` : path);

const run = promisify(execFile);

/**
 * Runs a script of the package or of ours.
 * @returns what it wrote: to a file, since a program under Wine has no pipe for Node
 */
export async function node(guest: Guest, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-guest-'));
  try {
    const said = join(folder, 'said');
    const line = ['exec', ...[...guest.command!, ...args].map((part) => `'${part}'`), '>', `'${said}'`, '2>&1', '</dev/null'].join(' ');
    await run('sh', ['-c', line], { cwd: guest.home, env: { ...process.env, ...guest.env, ...env }, timeout: 500_000 }).catch(
      (error: unknown) => {
        throw new Error(`${args.join(' ')} failed: ${readFileSync(said, 'utf8').slice(-2000)}`, { cause: error });
      },
    );
    return readFileSync(said, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Tokens {
  platform: string;
  version: string;
  own: Generated;
  fits: Generated;
  evicts: Generated;
  /** Logits equal to the bit in the own cache and in a bounded one where everything fits, and how many there are. */
  same: [number, number];
  refused: string[];
}
interface Generated {
  read: number;
  out: number[];
  compactions: number;
}

/** What tokens.mjs finds on the guest. */
export async function tokensOf(guest: Guest): Promise<Tokens> {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-tokens-'));
  const result = join(folder, 'tokens.json');
  try {
    await node(
      guest,
      [join(root, 'test/platforms/tokens.mjs'), guest.home, result].map((path) => inside(guest, path)),
    );
    return JSON.parse(readFileSync(result, 'utf8')) as Tokens;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** This machine, with the package's own content and this clone's engine. */
export const here: Guest = { home: root, command: [process.execPath] };
