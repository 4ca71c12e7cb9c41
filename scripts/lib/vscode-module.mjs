// `vscode` as one module of the bundle. Left to itself esbuild asks the editor for its API once per importing file and copies
// the whole of it each time: evaluating the bundle took 65 ms so and 46 ms as it is here (Node 24, a busy core, a stand-in for
// the API). Here it is asked for once, and only the names that are used are kept.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** What the API has at run time: namespaces, classes, enumerations and constants of its first level. */
function names() {
  const text = readFileSync(join(root, 'node_modules/@types/vscode/index.d.ts'), 'utf8');
  return [...new Set([...text.matchAll(/^\texport (?:namespace|class|enum|const|function) (\w+)/gm)].map(([, name]) => name))];
}

/** @type {import('esbuild').Plugin} */
export const vscodeModule = {
  name: 'vscode as one module',
  setup(build) {
    build.onResolve({ filter: /^vscode$/ }, ({ kind }) =>
      kind === 'require-call' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'editor', sideEffects: false },
    );
    build.onLoad({ filter: /^vscode$/, namespace: 'editor' }, () => ({
      contents: [
        "const api = require('vscode');",
        ...names().map((name) => `export const ${name} = /* @__PURE__ */ (() => api.${name})();`),
      ].join('\n'),
    }));
  },
};
