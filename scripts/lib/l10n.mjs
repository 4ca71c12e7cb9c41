// What a translator gets: `l10n/bundle.l10n.json`, every message of the extension, and `package.nls.json`, every text of the manifest.
// VS Code's own tool extracts messages from calls of `vscode.l10n.t`. Here the function is handed down as `t` (src/extension/util/text.ts),
// so the tool is shown each call of a `t` spelled out, and one whose message is not a literal is a mistake.
import { getL10nJson } from '@vscode/l10n-dev';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './paths.mjs';

export const bundleFile = join(root, 'l10n/bundle.l10n.json');
const nlsFile = join(root, 'package.nls.json');
const manifestFile = join(root, 'package.json');

const sources = () =>
  readdirSync(join(root, 'src/extension'), { recursive: true })
    .map((path) => `src/extension/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .sort();

/** The messages that a source gives to `t`, each as it is written there, and the calls that no tool could extract. */
function messagesOf(path) {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const messages = [];
  const mistakes = [];
  const visit = (node) => {
    if (ts.isCallExpression(node)) {
      const { expression } = node;
      const name = ts.isIdentifier(expression) ? expression.text : ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
      // The composition root passes the function on; that is the one call whose message is a variable.
      if (name === 't' && !node.arguments.some(ts.isSpreadElement)) {
        const [message] = node.arguments;
        if (message && ts.isStringLiteralLike(message)) messages.push(message.getText());
        else mistakes.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: the message of t is not a literal`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { messages, mistakes };
}

/** @returns what the bundle should be, as text, and the calls that cannot be extracted */
export async function extracted() {
  const found = sources().map(messagesOf);
  const calls = found.flatMap(({ messages }) => messages).map((message) => `vscode.l10n.t(${message});`);
  const messages = await getL10nJson([{ extension: '.ts', contents: ["import * as vscode from 'vscode';", ...calls].join('\n') }]);
  const sorted = Object.fromEntries(Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { text: `${JSON.stringify(sorted, null, 2)}\n`, mistakes: found.flatMap(({ mistakes }) => mistakes) };
}

/** Every `%key%` of the manifest, wherever it stands: VS Code replaces whole strings only. */
function manifestKeys(value) {
  if (typeof value === 'string') return value.match(/^%([^%]+)%$/)?.slice(1) ?? [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(manifestKeys);
}

/** Texts of the manifest that a person reads and that stand there untranslated, each by its path. Names stay as they are. */
function plainTexts(value, path = '') {
  if (Array.isArray(value)) return value.flatMap((each, i) => plainTexts(each, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  // What a model reads is not translated.
  const shown = /^(?:title|description|markdownDescription|displayName|userDescription|name|label)$|[eE]numDescriptions$/;
  return Object.entries(value).flatMap(([key, each]) => {
    const texts = shown.test(key) ? [each].flat().filter((text) => typeof text === 'string') : [];
    const plain = texts.filter((text) => /^[A-Z]\S* |^[A-Z].*\.$|^(?!bonsai$|Bonsai$)[A-Z]\w+$/.test(text));
    return key === 'inputSchema' ? [] : [...plain.map(() => `${path}.${key}`), ...plainTexts(each, `${path}.${key}`)];
  });
}

/** @returns what is wrong with the translations, a line each */
export async function l10nMistakes() {
  const { text, mistakes } = await extracted();
  const stale = existsSync(bundleFile) && readFileSync(bundleFile, 'utf8') === text ? [] : ['l10n/bundle.l10n.json is stale: npm run l10n'];
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const entries = Object.keys(JSON.parse(readFileSync(nlsFile, 'utf8')));
  const used = new Set(manifestKeys(manifest));
  return [
    ...mistakes,
    ...stale,
    ...[...used].filter((key) => !entries.includes(key)).map((key) => `package.nls.json has no entry for %${key}%`),
    ...entries.filter((key) => !used.has(key)).map((key) => `package.json does not use ${key} of package.nls.json`),
    ...plainTexts(manifest.contributes).map((path) => `package.json: contributes${path} belongs into package.nls.json`),
  ];
}
