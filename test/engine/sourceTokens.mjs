import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** `count` tokens of real source, the same for every engine: this project's own protocol and build files, repeated if short. */
export function sourceTokens(model, count) {
  const files = ['src/protocol/schemas.ts', 'scripts/engine.mjs', 'eslint.config.mjs', 'src/protocol/messages.ts'];
  const text = files.map((f) => readFileSync(join(root, f), 'utf8')).join('\n');
  const tokens = [];
  while (tokens.length < count) tokens.push(...model.tokenize(text, false));
  return tokens.slice(0, count);
}
