import type { Plugin } from 'esbuild';

/** Makes `vscode` one module of a bundle. */
export const vscodeModule: Plugin;
