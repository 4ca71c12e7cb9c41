// The layer rules are the architecture (docs/architecture.md): nothing imports "up", and they fail the build here.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const layer = (folder, forbidden) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', { patterns: forbidden.map(({ group, message }) => ({ group, message })) }],
  },
});
const vscode = { group: ['vscode'], message: 'Only src/extension may import vscode.' };
const engine = { group: ['node-llama-cpp'], message: 'Only src/sidecar may load the engine.' };
// protocol/numbers.ts imports nothing, so that every layer shows numbers alike.
const allButNumbers = {
  group: ['**/protocol/**', '!**/protocol/numbers'],
  message: 'This layer must not import src/protocol but its numbers.',
};
const ours = (...folders) => folders.map((f) => ({ group: [`**/${f}/**`], message: `This layer must not import src/${f}.` }));

export default tseslint.config(
  { ignores: ['dist/**', 'out/**', 'native/build/**', 'node_modules/**', 'test/fixtures/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unified-signatures': 'off',
      'max-lines': ['warn', { max: 400 }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/consistent-type-assertions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        AbortController: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
  layer('protocol', [vscode, engine, ...ours('repo', 'sidecar', 'cli', 'bench', 'extension', 'webview')]),
  layer('repo', [vscode, engine, allButNumbers, ...ours('sidecar', 'cli', 'bench', 'extension', 'webview')]),
  layer('sidecar', [vscode, ...ours('cli', 'bench', 'extension', 'webview')]),
  layer('cli', [vscode, engine, ...ours('extension', 'webview')]),
  layer('bench', [vscode, ...ours('extension', 'webview')]),
  layer('extension', [engine, ...ours('repo', 'sidecar', 'cli', 'bench', 'webview')]),
  layer('webview', [vscode, engine, ...ours('repo', 'sidecar', 'cli', 'bench', 'extension')]),
);
