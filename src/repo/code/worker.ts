/**
 * The thread that analyses, bundled into the folder of the grammars. It takes one file at a time and answers each. When
 * an answer says `spent`, it wants to be replaced: its runtime broke, or holds so much memory that only its end gives
 * it back.
 */
import { parentPort } from 'node:worker_threads';
import { analyseText } from './analyseText';
import { infillEnd, type InfillEnd } from './infillEnd';
import { languageOf } from './languages';
import { TreeSitter } from './treeSitter';
import type { FileCode } from './types';

export interface Question {
  path: string;
  text: string;
  /** Where an infill lies in the text, whose end is all that is asked for. */
  infill?: { from: number; to: number };
}

export interface Answer {
  code: FileCode | undefined;
  infillEnd?: InfillEnd | undefined;
  spent: boolean;
  /** What is wrong with the installation; nothing about the file. */
  failure?: string;
}

/** Bytes that a runtime may keep for the files to come. */
const kept = 128 * 1024 * 1024;

/** Somebody waits while typing. */
const infillMilliseconds = 80;

let starting: Promise<TreeSitter> | undefined;

async function answer({ path, text, infill }: Question): Promise<Answer> {
  try {
    starting ??= TreeSitter.create(__dirname);
    const treeSitter = await starting;
    const language = infill && languageOf(path);
    if (language)
      return {
        code: undefined,
        spent: treeSitter.bytes > kept,
        infillEnd: await treeSitter.look(language.grammar, language.rules.query, text, infillMilliseconds, (root) =>
          infillEnd(root, text, infill.from, infill.to),
        ),
      };
    const code = await analyseText(treeSitter, path, text);
    return { code, spent: treeSitter.bytes > kept };
  } catch (error) {
    // A runtime that ran out of memory or stack while it looked at a file, which is to say that no parser can take the file.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return { code: undefined, spent: true };
    return { code: undefined, spent: true, failure: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (question: Question) => {
  void answer(question).then((given) => parentPort?.postMessage(given));
});
