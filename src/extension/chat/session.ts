/**
 * A session is one conversation. Its title is its first question, cut at a word, until the person gives it
 * another; so a title can never be out of date.
 */
import * as z from 'zod/mini';
import { sourceLines } from '../../protocol/schemas';
import { keptMessages, restored, type Conversation, type Selection } from './conversation';

/** A question that waits for the end of the answer before it. */
export interface Queued {
  id: string;
  text: string;
  selection?: Selection | undefined;
  /** What is asked in place of `text`, which says what the person did. */
  prompt?: string | undefined;
}

export interface Session {
  id: string;
  /** Given by the person; undefined: the first question names it. */
  title: string | undefined;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** When something was last asked or answered; milliseconds since 1970. */
  changedAt: number;
  messages: Conversation;
  /** Questions that were not asked yet, the next one first. */
  queue: readonly Queued[];
}

/** Characters of a title made from a question, and of one a person may give. */
const longestMade = 60;
export const longestTitle = 120;

const stored = z.object({
  id: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  title: z.optional(z.string()),
  createdAt: z.number(),
  changedAt: z.number(),
  messages: z.array(z.unknown()),
  queue: z.catch(
    z.array(z.object({ id: z.string(), text: z.string(), selection: z.optional(sourceLines), prompt: z.optional(z.string()) })),
    [],
  ),
});

/** @throws ZodError or SyntaxError when the text is not a session */
export function parseSession(text: string): Session {
  const { messages, title, ...rest } = stored.parse(JSON.parse(text));
  return { ...rest, title: title === undefined || title.trim() === '' ? undefined : title, messages: restored(messages) };
}

export function sessionText(session: Session): string {
  return JSON.stringify({ ...session, messages: session.messages.slice(-keptMessages) });
}

/** @returns undefined as long as nothing was asked in a session without a name of its own */
export function titleOf({ title, messages }: Session): string | undefined {
  if (title !== undefined) return title;
  const question = messages.find(({ role }) => role === 'user');
  return question && titleFrom(question.text);
}

/** The first line that says something, cut at a word; in the middle of one only when it alone is too long. */
export function titleFrom(question: string, most = longestMade): string {
  const lines = question.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  // A fence around code says nothing yet.
  const line = lines.find((candidate) => candidate !== '' && !/^(?:`{3,}|~{3,})/.test(candidate)) ?? lines.join(' ').trim();
  const signs = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  if (signs.length <= most) return line;
  const cut = signs.slice(0, most);
  const space = cut.lastIndexOf(' ');
  const end = signs[most] === ' ' ? most : space > 0 ? space : most;
  const kept = cut.slice(0, end).join('');
  return `${kept.replace(/[\s,;:.]+$/, '')}…`;
}
