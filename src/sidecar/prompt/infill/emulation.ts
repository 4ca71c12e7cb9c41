/**
 * Filling in the middle with a model that was not taught to: a chat turn with the text around the cursor and a marker in
 * its place, and the answer taken out of what such models wrap it in. They say more than they are asked, repeat what
 * stands before, and put code in fences; what is left still goes through the filters like any infill.
 */
import type { Turn } from '../chatPrompt';
import { oneLine } from '../repositoryPrompt';
import { fenced } from '../sourceBlock';

export const cursorMarker = '<CURSOR>';

const system =
  'You complete source code while it is typed. You are shown a part of a file with the marker ' +
  `${cursorMarker} where the cursor is. Answer with the text to be inserted there and nothing else: no explanation, no code fence, ` +
  'and nothing that stands before or after the marker already.';

export interface EmulatedRequest {
  path: string;
  /** As it is shown. */
  before: string;
  after: string;
}

/** Without the numbers of the lines, which would change with every new one and make the rest be read again. */
export function emulatedTurn({ path, before, after }: EmulatedRequest): Turn & { system: string } {
  const question = `${oneLine(path)}:\n${fenced(`${before}${cursorMarker}${after}`)}\n\nWrite what belongs at ${cursorMarker}.`;
  return { system, question };
}

const thought = /<think>[^]*?(?:<\/think>|$)/g;
const fence = /^[ \t]*(`{3,}|~{3,})[^\n`]*\n([^]*?)(?:^[ \t]*\1[ \t]*$|$(?![^]))/m;
/** A line by which a model introduces its answer. */
const introduction =
  /^(?:(?:sure|certainly|of course|okay|here)\b[^\n]*[:.!]|(?:the )?(?:completed? )?(?:code|answer|completion)[^\n]*:)[ \t]*\n+/i;
/** Characters of what stands before the cursor that may be repeated. */
const longestRepetition = 2_000;
/** Fewer are as likely the beginning of what belongs there. */
const shortestRepetition = 3;

/** What of an answer, as far as it has come, belongs at the cursor. */
export function infillOfAnswer(answer: string, before: string): string {
  const spoken = answer.replace(thought, '').replace(/^\s*\n/, '');
  const fenced = fence.exec(spoken);
  const bare = fenced ? (fenced[2] ?? '').replace(/\n$/, '') : spoken.replace(introduction, '');
  const text = bare.includes(cursorMarker) ? bare.slice(bare.indexOf(cursorMarker) + cursorMarker.length) : bare;
  return withoutRepetition(text, before.slice(-longestRepetition));
}

/** Whether a fence that the answer was put in has been closed: what follows is talk. */
export function isClosed(answer: string): boolean {
  const opened = /^[ \t]*(`{3,}|~{3,})[^\n`]*\n/m.exec(answer);
  if (!opened) return false;
  const inside = answer.slice(opened.index + opened[0].length);
  return inside.split('\n').some((line) => line.trim() === opened[1]);
}

/** The lines before the cursor, whole or without their indentation, are often written again; until that is over, nothing is new. */
function withoutRepetition(text: string, before: string): string {
  const lines = before.split('\n');
  for (let first = 0; first < lines.length; first++) {
    const repeated = lines.slice(first).join('\n');
    if (repeated.trim().length < shortestRepetition) break;
    if (text.startsWith(repeated)) return text.slice(repeated.length);
    const bare = repeated.trimStart();
    const indented = text.length - text.trimStart().length;
    if (text.includes('\n') && (repeated.startsWith(text) || bare.startsWith(text.slice(indented)))) return '';
    if (text.startsWith(bare, indented)) return text.slice(indented + bare.length);
  }
  const indentation = lines.at(-1) ?? '';
  return indentation.trim() === '' && text.startsWith(indentation) ? text.slice(indentation.length) : text;
}
