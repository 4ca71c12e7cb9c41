import { build } from 'esbuild';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { vscodeModule } from '../../../scripts/lib/vscode-module.mjs';

const files: Record<string, string> = {
  entry: `import * as vscode from 'vscode'; import { other } from 'other';
    export const seen = [new vscode.Position(1, 2).line, vscode.window.title(), other(), vscode.chat];`,
  other: `import { Position, window } from 'vscode'; export const other = () => [window.title(), new Position(3, 4).line];`,
};

/** Bundles the two files above as the extension is bundled. */
async function bundle(): Promise<string> {
  const memory = {
    name: 'files in memory',
    setup: (to: Parameters<typeof vscodeModule.setup>[0]) => {
      to.onResolve({ filter: /^(entry|other)$/ }, ({ path }) => ({ path, namespace: 'memory' }));
      to.onLoad({ filter: /./, namespace: 'memory' }, ({ path }) => ({ contents: files[path] ?? '' }));
    },
  };
  const options = { bundle: true, platform: 'node', format: 'cjs', write: false } as const;
  const { outputFiles } = await build({ ...options, entryPoints: ['entry'], plugins: [memory, vscodeModule] });
  return outputFiles[0]?.text ?? '';
}

class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

/** Runs the bundle in an editor with this API. */
function run(code: string, api: object) {
  let asked = 0;
  const module = { exports: { seen: [] as unknown[] } };
  const require = (name: string) => {
    expect(name).toBe('vscode');
    asked++;
    return api;
  };
  runInContext(code, createContext({ module, exports: module.exports, require }));
  return { seen: module.exports.seen, asked };
}

describe('the editor as one module of the bundle', () => {
  it('is asked for once, for the names that are used and no other', async () => {
    const touched: PropertyKey[] = [];
    const window = { title: () => 'here' };
    const api = new Proxy({ Position, window }, { get: (target, name) => (touched.push(name), Reflect.get(target, name) as unknown) });
    const { seen, asked } = run(await bundle(), api);
    expect(asked).toBe(1);
    expect(seen.slice(0, 2)).toEqual([1, 'here']);
    expect(seen[2]).toEqual(['here', 3]);
    expect(new Set(touched)).toEqual(new Set(['Position', 'window', 'chat']));
  });

  it('has nothing in the place of what an older editor lacks', async () => {
    const { seen } = run(await bundle(), { Position, window: { title: () => '' } });
    expect(seen[3]).toBeUndefined();
  });
});
