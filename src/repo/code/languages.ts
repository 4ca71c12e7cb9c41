/** Which language a file is written in, by its name alone. */
import { posix } from 'node:path';
import type { LanguageRules } from './languageRules';
import { cpp } from './languages/cpp';
import { csharp } from './languages/csharp';
import { go } from './languages/go';
import { java } from './languages/java';
import { php } from './languages/php';
import { python } from './languages/python';
import { ruby } from './languages/ruby';
import { rust } from './languages/rust';
import { javascript, typescript } from './languages/typescript';

export interface Language {
  rules: LanguageRules;
  grammar: string;
}

const languages = new Map<string, Language>(
  [typescript, javascript, python, go, rust, java, cpp, csharp, ruby, php].flatMap((rules) =>
    Object.entries(rules.grammars).map(([ending, grammar]) => [ending, { rules, grammar }]),
  ),
);

/** @returns undefined for a file of no language that has a grammar here */
export function languageOf(path: string): Language | undefined {
  const name = posix.basename(path).toLowerCase();
  return languages.get(name) ?? languages.get(posix.extname(name));
}
