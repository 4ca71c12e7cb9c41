import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** `count` tokens of real source, the same for every engine: copies of this project's own files that stay as they are, repeated if short. */
export function sourceTokens(model, count) {
  const files = ['schemas.ts', 'engine.mjs', 'eslint.config.mjs', 'messages.ts'];
  const text = files.map((f) => readFileSync(join(root, 'test/fixtures/source', `${f}.txt`), 'utf8')).join('\n');
  const tokens = [];
  while (tokens.length < count) tokens.push(...model.tokenize(text, false));
  return tokens.slice(0, count);
}

/** `count` tokens of source that does not repeat itself and no change of ours touches: node-llama-cpp, whose version is pinned. */
export function libraryTokens(model, count) {
  const folder = join(root, 'node_modules/node-llama-cpp/dist');
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.js'));
  const tokens = [];
  for (const file of files.toSorted()) {
    if (tokens.length >= count) break;
    tokens.push(...model.tokenize(readFileSync(join(folder, file), 'utf8'), false));
  }
  if (tokens.length < count) throw new Error(`There are only ${tokens.length} tokens of node-llama-cpp.`);
  return tokens.slice(0, count);
}
