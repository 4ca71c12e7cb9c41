/**
 * The thread that analyses, bundled into the folder of the grammars. It takes one file at a time and answers each. When
 * an answer says `spent`, it wants to be replaced: its runtime broke, or holds so much memory that only its end gives
 * it back.
 */
import { parentPort } from 'node:worker_threads';
import { analyseText } from './analyseText';
import { TreeSitter } from './treeSitter';
import type { FileCode } from './types';

export interface Question {
  path: string;
  text: string;
}

export interface Answer {
  code: FileCode | undefined;
  spent: boolean;
  /** What is wrong with the installation; nothing about the file. */
  failure?: string;
}

/** Bytes that a runtime may keep for the files to come. */
const kept = 128 * 1024 * 1024;

let starting: Promise<TreeSitter> | undefined;

async function answer({ path, text }: Question): Promise<Answer> {
  try {
    starting ??= TreeSitter.create(__dirname);
    const treeSitter = await starting;
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
