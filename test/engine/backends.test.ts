/** Every backend that node-llama-cpp installs here has its addon with the bounded cache, over the ggml of that backend. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BonsaiNative } from '../../src/sidecar/engine/native';
import { engineFolder, engineFolders } from './engineFolder';
import { score } from './scenario';

const platform = `${process.platform}-${process.arch}`;
const packages = resolve(import.meta.dirname, '../../node_modules/@node-llama-cpp');
const installed = [platform, `${platform}-cuda`, `${platform}-vulkan`].filter((name) => existsSync(join(packages, name, 'bins', name)));
const backendOf = (name: string) => name.slice(platform.length + 1) || 'cpu';

describe.each(installed)('%s', (name) => {
  const folder = engineFolders[backendOf(name)]!;
  const addon = join(folder, 'llama-addon.node');

  it('has what the package ships, and the addon alone of ours', () => {
    const shipped = readdirSync(join(packages, name, 'bins', name)).filter((file) => !/^libllama/.test(file));
    expect(readdirSync(folder).sort()).toEqual(shipped.sort());
  });

  it('finds everything it needs in the ggml of that backend, whatever the search path', () => {
    const linked = execFileSync('ldd', ['-r', addon], { encoding: 'utf8' });
    for (const library of readdirSync(folder).filter((file) => /^libggml(-base|\..*)\.so$/.test(file)))
      expect(linked).toContain(join(folder, library));
    expect(linked.match(/not found|undefined symbol: (?!napi_).*/g)).toBeNull();
  });

  it('lets nothing of llama.cpp out, where another one in the process could meet it', () => {
    const symbols = execFileSync('nm', ['-D', '--defined-only', '-C', addon], { encoding: 'utf8' });
    expect(
      symbols
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1)?.replace(/_v1$/, ''))
        .sort(),
    ).toEqual(['napi_register_module', 'node_api_module_get_api_version']);
  });
});

describe("another program's libraries", () => {
  const foreign = mkdtempSync(join(tmpdir(), 'bonsai-foreign-'));
  afterAll(() => rmSync(foreign, { recursive: true }));

  it('are not taken, though the search path names their folder first', async () => {
    for (const library of readdirSync(engineFolder).filter((file) => /^libggml/.test(file)))
      writeFileSync(join(foreign, library), 'no library');
    copyFileSync(process.execPath, join(foreign, 'libllama.so'));
    const { logProbabilities } = await score({ cache: null, tokens: 32, contextSize: 64 }, 'bonsai', { LD_LIBRARY_PATH: foreign });
    expect(logProbabilities).toHaveLength(31);
  });
});

describe('the addon', () => {
  const { bonsai } = createRequire(import.meta.url)(join(engineFolder, 'llama-addon.node')) as { bonsai: BonsaiNative };

  it('has no cache by a handle that it never gave', () => {
    expect(() => bonsai.stats(1, 0)).toThrow('no cache of that handle has that sequence');
    expect(() => bonsai.abort(1, true)).toThrow('no cache of that handle has that sequence');
  });
});
