/**
 * Three places in a prompt file are filled in, once: what was typed behind the command, and the names of the
 * selection and of the active file, which go with the question as exact source. Anything else in braces stays as it is.
 */
import type { Mention } from '../../protocol/mentions';

export interface PromptPlaces {
  input: string;
  /** Such as `src/a.ts:3-9`; absent: nothing is selected. */
  selection: string | undefined;
  /** Path of the active file; absent: there is none. */
  file: string | undefined;
}

export interface Expanded {
  text: string;
  /** What the places name. */
  mentions: Mention[];
  /** Places that had nothing to stand for. */
  missing: ('selection' | 'file')[];
}

const place = /\{\{\s*(input|selection|file)\s*\}\}/g;

export function expandPrompt(body: string, { input, selection, file }: PromptPlaces): Expanded {
  const used = new Set([...body.matchAll(place)].map(([, name]) => name));
  const text = body.replace(place, (_, name: string) => (name === 'input' ? input : ((name === 'selection' ? selection : file) ?? '')));
  const mentions: Mention[] = [];
  const missing: Expanded['missing'] = [];
  if (used.has('selection')) {
    if (selection === undefined) missing.push('selection');
    else mentions.push({ kind: 'selection' });
  }
  if (used.has('file')) {
    if (file === undefined) missing.push('file');
    else mentions.push({ kind: 'file', path: file });
  }
  // Text typed after a prompt that has no place for it is an addition.
  return { text: used.has('input') || input === '' ? text : `${text}\n\n${input}`, mentions, missing };
}
