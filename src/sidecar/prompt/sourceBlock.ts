/**
 * Exact lines of a file as they stand in a chat turn: path and lines, then the text in a fence that nothing in it can
 * close. Text and path come from the repository, so they are data: a path stays on its line whatever it holds.
 */
import { oneLine } from './repositoryPrompt';

export interface SourceLines {
  path: string;
  /** Counted from 1, both ends included. */
  startLine: number;
  endLine: number;
  text: string;
}

export function sourceBlock({ path, startLine, endLine, text }: SourceLines): string {
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  return `${oneLine(path)}, ${lines}:\n${fenced(text.replace(/\n$/, ''))}`;
}

/** In a fence that nothing in the text can close. */
export function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}\n${text}\n${fence}`;
}
