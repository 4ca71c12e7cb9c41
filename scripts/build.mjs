#!/usr/bin/env node
// Bundles the extension, the sidecar, the command line and the webviews into dist/. `--watch` rebuilds, `--dev` keeps source maps.
import { build, context } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { planModel, shapes } from './lib/bench-models.mjs';
import { elementCount, ggufBytes, ggufHead, tensorBytes } from './lib/gguf.mjs';
import { writeNotices } from './lib/notices.mjs';
import { vscodeModule } from './lib/vscode-module.mjs';

const root = resolve(import.meta.dirname, '..');
const dev = process.argv.includes('--dev') || process.argv.includes('--watch');
const common = {
  bundle: true,
  absWorkingDir: root,
  sourcemap: dev ? 'linked' : false,
  minify: !dev,
  logLevel: 'warning',
  legalComments: 'none',
};
// Bundled CommonJS dependencies call require; ESM has to be given one.
const requireShim = { js: "import { createRequire as bonsaiRequire } from 'node:module'; const require = bonsaiRequire(import.meta.url);" };
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  // Its main file loads its parts in a way that cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
};
const bundles = [
  { ...node, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.cjs', format: 'cjs', plugins: [vscodeModule] },
  {
    ...node,
    entryPoints: ['src/sidecar/main.ts'],
    outfile: 'dist/sidecar.mjs',
    format: 'esm',
    external: ['node-llama-cpp'],
    banner: requireShim,
  },
  // The benchmarks share the command line's code and are loaded by it when they are asked for.
  {
    ...node,
    entryPoints: { cli: 'src/cli/main.ts', bench: 'src/bench/index.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'cli-[hash]',
    splitting: true,
    format: 'esm',
    external: ['node-llama-cpp'],
    banner: requireShim,
  },
  // A thread of the sidecar, beside the grammars it loads; the tree-sitter runtime wants to be CommonJS.
  { ...node, entryPoints: ['src/repo/code/worker.ts'], outfile: 'dist/grammars/worker.cjs', format: 'cjs' },
  {
    ...common,
    entryPoints: { chat: 'src/webview/chat/main.ts', cache: 'src/webview/cache/main.ts' },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  },
];

const treeSitter = join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm');
const grammars = ['typescript', 'tsx', 'javascript', 'python', 'go', 'rust', 'java', 'cpp', 'c-sharp', 'ruby', 'php'];

/** A model of weights that are all zero, for measuring a machine: its head, and the size to which the file is lengthened. */
function probe() {
  const { metadata: shape, tensors } = planModel('probe', 'q4_k');
  // The library asks for a token that ends a text, so there is a vocabulary: 3 special tokens, the bytes, and the rest.
  const tokens = Array.from({ length: shapes.probe.vocab }, (_, i) =>
    i < 3 ? ['<unk>', '<s>', '</s>'][i] : i < 259 ? `<0x${(i - 3).toString(16).toUpperCase().padStart(2, '0')}>` : `t${i}`,
  );
  const metadata = [
    ...shape.filter(([key]) => !key.startsWith('tokenizer.')),
    ['tokenizer.ggml.model', 'string', 'llama'],
    ['tokenizer.ggml.tokens', 'array:string', tokens],
    ['tokenizer.ggml.scores', 'array:f32', tokens.map(() => 0)],
    ['tokenizer.ggml.token_type', 'array:i32', tokens.map((_, i) => (i === 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1))],
    ['tokenizer.ggml.bos_token_id', 'u32', 1],
    ['tokenizer.ggml.eos_token_id', 'u32', 2],
  ];
  const layers = tensors.filter(({ name }) => name.startsWith('blk.') && name.endsWith('.weight'));
  return {
    head: ggufHead(metadata, tensors).toString('base64'),
    bytes: ggufBytes(metadata, tensors),
    weights: layers.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    weightBytes: layers.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
  };
}

await mkdir(join(root, 'dist/webview'), { recursive: true });
for (const part of readdirSync(join(root, 'dist')).filter((name) => /^cli-.*\.mjs$/.test(name))) rmSync(join(root, 'dist', part));
await cp(join(root, 'node_modules/@vscode/codicons/dist/codicon.css'), join(root, 'dist/webview/codicon.css'));
await cp(join(root, 'node_modules/@vscode/codicons/dist/codicon.ttf'), join(root, 'dist/webview/codicon.ttf'));
await cp(join(root, 'node_modules/@sqlite.org/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.wasm'), join(root, 'dist/sqlite3.wasm'));
for (const file of ['tree-sitter.wasm', ...grammars.map((grammar) => `tree-sitter-${grammar}.wasm`)])
  await cp(join(treeSitter, file), join(root, 'dist/grammars', file));
await writeFile(join(root, 'dist/probe.json'), JSON.stringify(probe()));
if (process.argv.includes('--watch')) {
  console.log('building src/ …');
  for (const options of bundles) await (await context(options)).watch();
  console.log('watching src/ …');
} else {
  const built = await Promise.all(bundles.map((options) => build({ ...options, metafile: true })));
  writeNotices(
    root,
    built.map(({ metafile }) => metafile),
    join(root, 'dist/THIRD_PARTY_NOTICES.txt'),
  );
}
