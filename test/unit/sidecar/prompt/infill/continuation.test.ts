/** Going on with a file where the cursor stands behind a space, which belongs to the next word. */
import type { Token } from 'node-llama-cpp';
import { expect, it } from 'vitest';
import { behindCursor, continuationPrompt } from '../../../../../src/sidecar/prompt/infill/continuation';
import type { ModelTokens } from '../../../../../src/sidecar/prompt/modelTokens';

/** A token a character. */
const model = {
  tokenize: (text: string) => Array.from(text, (sign) => sign.charCodeAt(0) as Token),
  detokenize: (tokens: readonly Token[]) => String.fromCharCode(...tokens),
};
const tokens = { fileSeparator: undefined } as ModelTokens;

const prompt = (prefix: string) => {
  const { tokens: all } = continuationPrompt(model, tokens, { path: 'a.ts', prefix }, { prefix: 512 }, () => new Uint32Array());
  return String.fromCharCode(...all);
};

it.each([
  ['  return ', '  return'],
  ['  return', '  return'],
  ['{\n    ', '{\n   '],
  ['a  ', 'a '],
  ['a\t', 'a\t'],
  ['', ''],
])('%j is shown as %j', (prefix, shown) => expect(prompt(prefix)).toBe(`\n# File: a.ts\n${shown}`));

it.each([
  ['  return ', ' a * b;', 'a * b;'],
  ['{\n    ', ' return 1;', 'return 1;'],
  ['  return', ' a * b;', ' a * b;'],
  ['  return ', ';', ';'],
  ['a ', '  b', ' b'],
  ['a ', '', ''],
])('behind %j the model writes %j: %j belongs there', (prefix, written, belongs) => expect(behindCursor(written, prefix)).toBe(belongs));
