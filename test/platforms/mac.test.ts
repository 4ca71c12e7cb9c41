/** The package for macOS, which nothing runs here: what its loader would look at. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestOf } from './guests';
import { readMachO } from './machO';

const mac = guestOf('darwin-arm64');

describe.skipIf(!mac)('the package for macOS', () => {
  const bins = join(mac?.home ?? '', 'node_modules/node-llama-cpp/bins');
  const folder = () =>
    join(
      bins,
      readdirSync(bins).find((name) => name.startsWith('mac-'))!,
    );
  const addon = () => readMachO(join(folder(), 'llama-addon.node'));

  it('has an addon that looks for its libraries beside itself, for macOS 14 and later, signed at least ad hoc', () => {
    const { libraries, searchPaths, minimumVersion, signed } = addon();
    expect(searchPaths).toEqual(['@loader_path']);
    expect([minimumVersion, signed]).toEqual(['14.0', true]);
    for (const name of libraries.filter((library) => library.startsWith('@rpath/')))
      expect(readdirSync(folder())).toContain(name.slice('@rpath/'.length));
    expect(libraries.filter((library) => !library.startsWith('@rpath/'))).toEqual(['/usr/lib/libSystem.B.dylib']);
  });

  it('needs nothing of ggml that is not there, and of the program that loads it Node’s interface alone', () => {
    const { undefined: needed } = addon();
    const of = (library: string) => needed.filter((symbol) => symbol.library === library).map(({ name }) => name);
    const rpath = [...new Set(needed.map(({ library }) => library))].filter((library) => library?.startsWith('@rpath/'));
    expect(rpath).toHaveLength(2);
    for (const library of rpath) {
      const { exported } = readMachO(join(folder(), library!.slice('@rpath/'.length)));
      expect(
        of(library!).filter((name) => !exported.has(name)),
        library,
      ).toEqual([]);
    }
    // Zig's linker numbers them 0 in the symbol table; what the loader follows, the binding, says flat lookup.
    expect(of('ordinal 0').filter((name) => !/^_(napi|node_api)_/.test(name))).toEqual([]);
    expect(of('ordinal 0')).toContain('_napi_create_function');
  });

  it('gives Node the two functions that it looks for, and nothing of llama.cpp', () => {
    const { exported } = addon();
    for (const name of ['_napi_register_module_v1', '_node_api_module_get_api_version_v1']) expect(exported).toContain(name);
    expect([...exported].filter((name) => /llama|common_|bonsai/.test(name))).toEqual([]);
  });
});
