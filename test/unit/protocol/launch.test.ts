/** How the engine is put in front of the loader's search path, whatever stands there and wherever Bonsai lies. */
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineFolderVariable, planLaunch } from '../../../src/protocol/launch';
import { absolutePath, cacheFolder, homeFolder } from '../../../src/protocol/userFolders';
import { whyNotLoaded } from '../../../src/sidecar/engine/llama';

const platform = `${process.platform}-${process.arch}`;
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bonsai-launch-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A clone with an engine. */
function clone(name: string): { dist: string; engine: string } {
  const dist = join(folder, name, 'dist');
  const engine = join(dist, 'engine', platform);
  mkdirSync(engine, { recursive: true });
  writeFileSync(join(engine, 'bonsai.node'), '');
  return { dist, engine };
}

describe('the search path', () => {
  it('has the engine first, and what was there behind it', () => {
    const { dist, engine } = clone('plain');
    const { env, engine: runs } = planLaunch(dist, 'bonsai', { LD_LIBRARY_PATH: '/opt/a:/opt/b' });
    expect([runs, env['LD_LIBRARY_PATH'], env[engineFolderVariable]]).toEqual(['bonsai', `${engine}:/opt/a:/opt/b`, engine]);
    expect(planLaunch(dist, 'stock', { LD_LIBRARY_PATH: '/opt/a' }).env['LD_LIBRARY_PATH']).toBe('/opt/a');
  });

  it.each(['libggml-base.so', 'libllama.so.0', 'libggml.v0.5.0.so'])(
    "loses a folder with another program's %s, for both engines",
    (library) => {
      const { dist, engine } = clone('plain');
      const foreign = join(folder, 'foreign');
      mkdirSync(foreign);
      writeFileSync(join(foreign, library), '');
      const base = { LD_LIBRARY_PATH: `${foreign}:/opt/a` };
      const [ours, stock] = [planLaunch(dist, 'bonsai', base), planLaunch(dist, 'stock', base)];
      expect([ours.env['LD_LIBRARY_PATH'], stock.env['LD_LIBRARY_PATH']]).toEqual([`${engine}:/opt/a`, '/opt/a']);
      expect([ours.foreign, stock.foreign]).toEqual([[foreign], [foreign]]);
      expect(whyNotLoaded(new Error('undefined symbol: ggml_x'), 'npm ci', base)).toEqual({
        why: expect.stringContaining(foreign) as string,
        mend: 'unset LD_LIBRARY_PATH',
      });
    },
  );

  it.each(['work:2026', 'a;b', '$LIB'])('reaches a clone in %s by a link, made once', (name) => {
    const { dist, engine } = clone(name);
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
    const first = planLaunch(dist, 'bonsai', {});
    expect([first.engine, readlinkSync(first.env[engineFolderVariable]!)]).toEqual(['bonsai', engine]);
    expect(first.env['LD_LIBRARY_PATH']).not.toMatch(/[:;$]/);
    expect(planLaunch(dist, 'bonsai', {})).toEqual(first);
  });

  it.skipIf(process.platform !== 'linux')('is not split where no link can be made: the reason is told', () => {
    const { dist } = clone('work:2026');
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'also:split'));
    const { engine, notice } = planLaunch(dist, 'bonsai', {});
    expect([engine, notice]).toEqual(['stock', expect.stringContaining('Move Bonsai to a path without : ; and $')]);
  });
});

it('one remedy for each cause', () => {
  expect(whyNotLoaded(new Error('EMFILE: too many open files, open x'), 'npm ci', {}).mend).toBe('ulimit -n 4096');
  expect(whyNotLoaded(new Error('cannot open shared object file: Too many open files'), 'npm ci', {}).mend).toBe('ulimit -n 4096');
  expect(whyNotLoaded(new Error('no such package.'), 'npm ci', {})).toEqual({ why: 'no such package', mend: 'npm ci' });
});

describe('folders of the user', () => {
  it.each(['', '.', 'cache', './cache', undefined])('are never relative: %o counts as absent', (value) => {
    expect(absolutePath(value, 'linux')).toBeUndefined();
    expect(cacheFolder({ XDG_CACHE_HOME: value }, 'linux', '/home/jo')).toBe('/home/jo/.cache/bonsai');
    expect(cacheFolder({ LOCALAPPDATA: value }, 'win32', '/home/jo')).toBe('/home/jo/AppData/Local/bonsai/Cache');
    vi.stubEnv('HOME', value);
    expect(homeFolder()).toMatch(/^\//);
  });

  it('are where the environment says, if it says where', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/var/cache' }, 'linux', '/home/jo')).toBe('/var/cache/bonsai');
    expect(absolutePath(String.raw`C:\cache`, 'win32')).toBe(String.raw`C:\cache`);
  });
});
