/**
 * What one file defines, uses and imports, in the thread that asks. Time grows with the text, and no text gets more
 * than its share. A text with more words than an honest file has room for is not looked into: it was made by a machine,
 * and what is found in it would fill the thread's memory.
 */
import { fileCodeOf } from './fileCode';
import { languageOf } from './languages';
import type { TreeSitter } from './treeSitter';
import type { FileCode } from './types';

/** Several times what honest files take on a busy core. */
const millisecondsPerCharacter = 0.005;
const leastMilliseconds = 500;
/** Twice what the densest source of llama.cpp would have, were it as large as a listed file may be. */
const mostWords = 200_000;

/**
 * @returns undefined for a language that has no grammar here, and for a text that takes its parser too long or has too
 * many words
 */
export async function analyseText(treeSitter: TreeSitter, path: string, text: string): Promise<FileCode | undefined> {
  const language = languageOf(path);
  if (!language || wordsOf(text) > mostWords) return undefined;
  const { rules, grammar } = language;
  const milliseconds = leastMilliseconds + text.length * millisecondsPerCharacter;
  const captured = await treeSitter.capture(grammar, rules.query, text, milliseconds);
  return captured && fileCodeOf(rules.name, text, captured);
}

function wordsOf(text: string): number {
  let words = 0;
  const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
  while (words <= mostWords && word.test(text)) words++;
  return words;
}
