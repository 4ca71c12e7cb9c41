/**
 * What the model wrote becomes the message and nothing else: no fence around it, no label before it, no characters
 * that hide or reorder text, and no more of it than a message has. Works on an answer that is still being written.
 */
import { withoutHiddenCharacters } from '../edits/blocks/hiddenCharacters';

const longest = 4000;

export function messageText(answer: string): string {
  const text = withoutHiddenCharacters(answer.slice(0, longest));
  const unlabelled = withoutFence(text.trim()).replace(/^(?:\*\*)?commit message:?(?:\*\*)?:?[ \t]*\n*/i, '');
  return unquoted(withoutFence(unlabelled.trim()))
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Takes the text out of a fence that it begins with; what follows the fence is talk. */
function withoutFence(text: string): string {
  const opened = /^(`{3,})[^`\n]*(?:\n|$)/.exec(text);
  if (!opened) return text;
  const [head, fence = ''] = opened;
  const inside = text.slice(head.length);
  const closed = inside.split('\n').findIndex((line) => line.trim() === fence);
  return closed < 0 ? inside : inside.split('\n').slice(0, closed).join('\n');
}

/** A subject alone in quotes or code marks loses them. */
function unquoted(text: string): string {
  return /^(["'`])([^\n]+)\1$/.exec(text)?.[2] ?? text;
}
