/** Every backend that node-llama-cpp installs here has its libllama with the bounded cache, which stands before its ggml. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BonsaiNative } from '../../src/sidecar/engine/native';
import { engineFolder } from './engineFolder';

const platform = `${process.platform}-${process.arch}`;
const packages = resolve(import.meta.dirname, '../../node_modules/@node-llama-cpp');
const installed = [platform, `${platform}-cuda`, `${platform}-vulkan`]
  .map((name) => join(packages, name, 'bins', name))
  .filter((folder) => existsSync(folder));

describe.each(installed)('%s', (folder) => {
  const [library = ''] = readdirSync(folder).filter((name) => /^libllama\..*v\d.*\.so$/.test(name));
  const ours = join(engineFolder, library);

  it('has the library that is loaded in its place', () => {
    expect(execFileSync('readelf', ['-d', ours], { encoding: 'utf8' })).toContain(`Library soname: [${library}]`);
  });

  it('finds everything it needs in the ggml of that backend', () => {
    const linked = execFileSync('ldd', ['-r', ours], { encoding: 'utf8', env: { ...process.env, LD_LIBRARY_PATH: folder } });
    expect(linked).toContain(join(folder, library.replace('libllama', 'libggml')));
    expect(linked).not.toMatch(/not found|undefined symbol/);
  });
});

describe('bonsai.node', () => {
  const native = createRequire(import.meta.url)(`${engineFolder}/bonsai.node`) as BonsaiNative;

  it.each(['', 'cuda', 'no-such'])('says when the library of the backend "%s" is not in the process', (backend) => {
    expect(() => native.use(backend)).toThrow(/^load node-llama-cpp before asking for the bounded cache of libllama\./);
    expect(() => native.lastMemory()).toThrow('say first which libllama is meant');
  });

  it('takes nothing but a name', () => {
    expect(() => native.use(undefined as never)).toThrow('a backend must be a string');
  });
});
