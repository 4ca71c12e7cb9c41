/**
 * Policy: the conversation is a list of messages changed by pure functions. It survives a reload; an answer that was
 * streaming when the window closed comes back as stopped. A failed answer stays visible but is not told to the model.
 */
import * as z from 'zod/mini';
import type { Answer, AskParams, ChatMessage, ChatTurn } from '../../protocol';
import { recalledSpan } from '../../protocol/memory';
import { contextPart, sourceLines } from '../../protocol/schemas';
import type { Prepared } from '../mentions/prepareQuestion';
import { placeOf } from '../../protocol/place';

export type Selection = NonNullable<AskParams['selection']>;

/** A message as it is kept: a question with the lines it was asked about, so that it can be asked again after a reload. */
export interface KeptMessage extends ChatMessage {
  selection?: Selection;
}

export type Conversation = readonly KeptMessage[];

/** Messages kept on disk per session; the oldest go. */
export const keptMessages = 1000;

const storedMessage = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  state: z.enum(['streaming', 'done', 'stopped', 'failed']),
  numbers: z.optional(z.object({ reusedTokens: z.number(), readTokens: z.number(), generatedTokens: z.number(), seconds: z.number() })),
  error: z.optional(z.string()),
  about: z.optional(z.string()),
  selection: z.optional(sourceLines),
  recalled: z.optional(z.array(recalledSpan)),
  behind: z.optional(z.array(z.string())),
  context: z.optional(z.array(contextPart)),
  attached: z.optional(z.array(z.object({ text: z.string(), href: z.string() }))),
  notes: z.optional(z.array(z.string())),
  told: z.optional(z.string()),
});

/** What was stored, as far as it can be understood; anything else is dropped rather than shown broken. */
export function restored(stored: unknown): Conversation {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((entry: unknown) => {
    const parsed = storedMessage.safeParse(entry);
    if (!parsed.success) return [];
    const { numbers, error, about, selection, recalled, behind, context, attached, notes, told, ...message } = parsed.data;
    return [
      {
        ...message,
        state: message.state === 'streaming' ? ('stopped' as const) : message.state,
        ...(numbers ? { numbers } : {}),
        ...(error === undefined ? {} : { error }),
        ...(about === undefined ? {} : { about }),
        ...(selection ? { selection } : {}),
        ...(recalled ? { recalled } : {}),
        ...(behind ? { behind } : {}),
        ...(context ? { context } : {}),
        ...(attached ? { attached } : {}),
        ...(notes ? { notes } : {}),
        ...(told === undefined ? {} : { told }),
      },
    ];
  });
}

/** A message as the view gets it: the selected lines are in the editor, and need not travel. */
export function shown(message: KeptMessage): ChatMessage {
  const view = { ...message };
  delete view.selection;
  return view;
}

/** Appends a question and the empty answer that will stream. */
export function asked(
  conversation: Conversation,
  question: { id: string; answerId: string; text: string; selection: Selection | undefined },
): Conversation {
  const { selection } = question;
  return [
    ...conversation,
    {
      id: question.id,
      role: 'user',
      text: question.text,
      state: 'done',
      ...(selection ? { about: placeOf(selection), selection } : {}),
    },
    { id: question.answerId, role: 'assistant', text: '', state: 'streaming' },
  ];
}

/** Adds to a question what went with it and what did not. */
export function withPrepared(
  conversation: Conversation,
  id: string,
  { question, attached, notes }: Pick<Prepared, 'question' | 'attached' | 'notes'>,
): Conversation {
  return conversation.map((message) =>
    message.id === id
      ? {
          ...message,
          ...(attached.length > 0 ? { attached } : {}),
          ...(notes.length > 0 ? { notes } : {}),
          ...(question === message.text ? {} : { told: question }),
        }
      : message,
  );
}

export function withDelta(conversation: Conversation, id: string, text: string): Conversation {
  return conversation.map((message) =>
    message.id === id && message.state === 'streaming' ? { ...message, text: message.text + text } : message,
  );
}

export type Ending =
  | ({ state: 'done' | 'stopped'; text: string; numbers: NonNullable<ChatMessage['numbers']> } & Pick<
      ChatMessage,
      'recalled' | 'behind' | 'context'
    >)
  | { state: 'stopped' }
  | { state: 'failed'; error: string };

/** What of an answer is kept with it. */
export function endingOf({ text, stop, recalled, behind, context, ...numbers }: Answer): Ending {
  const { reusedTokens, readTokens, generatedTokens, seconds } = numbers;
  return {
    state: stop === 'cancelled' ? 'stopped' : 'done',
    text,
    numbers: { reusedTokens, readTokens, generatedTokens, seconds },
    ...(recalled.length > 0 ? { recalled } : {}),
    ...(behind.length > 0 ? { behind } : {}),
    ...(context ? { context } : {}),
  };
}

/** Ends a streaming answer. What has streamed so far is kept when the ending brings no text of its own. */
export function ended(conversation: Conversation, id: string, ending: Ending): Conversation {
  return conversation.map((message) => (message.id === id ? { ...message, ...ending } : message));
}

/** The question with this id and what stood before it; undefined when there is no such question. */
export function before(conversation: Conversation, id: string | undefined): { past: Conversation; question: KeptMessage } | undefined {
  const index = conversation.findIndex((message) => message.id === id && message.role === 'user');
  const question = conversation[index];
  return question && { past: conversation.slice(0, index), question };
}

/** The turns the model is told: answered questions only, oldest first. */
export function history(conversation: Conversation): ChatTurn[] {
  return conversation.flatMap((message, index) => {
    const next = conversation[index + 1];
    if (message.role !== 'user' || next?.role !== 'assistant' || !next.text || (next.state !== 'done' && next.state !== 'stopped'))
      return [];
    return [
      { role: 'user' as const, text: message.told ?? message.text },
      { role: 'assistant' as const, text: next.text },
    ];
  });
}
