/**
 * Policy: the conversation is a list of messages changed by pure functions. It survives a reload; an answer that was
 * streaming when the window closed comes back as stopped. A failed answer stays visible but is not told to the model.
 */
import * as z from 'zod/mini';
import type { Answer, ChatMessage, ChatTurn } from '../../protocol';
import { recalledSpan } from '../../protocol/memory';
import type { Prepared } from '../mentions/prepareQuestion';

export type Conversation = readonly ChatMessage[];

/** Messages kept on disk per workspace. */
export const keptMessages = 200;

const storedMessage = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  state: z.enum(['streaming', 'done', 'stopped', 'failed']),
  numbers: z.optional(z.object({ reusedTokens: z.number(), readTokens: z.number(), generatedTokens: z.number(), seconds: z.number() })),
  error: z.optional(z.string()),
  about: z.optional(z.string()),
  recalled: z.optional(z.array(recalledSpan)),
  behind: z.optional(z.array(z.string())),
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
    const { numbers, error, about, recalled, behind, attached, notes, told, ...message } = parsed.data;
    return [
      {
        ...message,
        state: message.state === 'streaming' ? ('stopped' as const) : message.state,
        ...(numbers ? { numbers } : {}),
        ...(error === undefined ? {} : { error }),
        ...(about === undefined ? {} : { about }),
        ...(recalled ? { recalled } : {}),
        ...(behind ? { behind } : {}),
        ...(attached ? { attached } : {}),
        ...(notes ? { notes } : {}),
        ...(told === undefined ? {} : { told }),
      },
    ];
  });
}

/** Appends a question and the empty answer that will stream. */
export function asked(
  conversation: Conversation,
  question: { id: string; answerId: string; text: string; about: string | undefined },
): Conversation {
  return [
    ...conversation,
    {
      id: question.id,
      role: 'user',
      text: question.text,
      state: 'done',
      ...(question.about === undefined ? {} : { about: question.about }),
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
  | ({ state: 'done' | 'stopped'; text: string; numbers: NonNullable<ChatMessage['numbers']> } & Pick<ChatMessage, 'recalled' | 'behind'>)
  | { state: 'stopped' }
  | { state: 'failed'; error: string };

/** What of an answer is kept with it. */
export function endingOf({ text, stop, recalled, behind, ...numbers }: Answer): Ending {
  const { reusedTokens, readTokens, generatedTokens, seconds } = numbers;
  return {
    state: stop === 'cancelled' ? 'stopped' : 'done',
    text,
    numbers: { reusedTokens, readTokens, generatedTokens, seconds },
    ...(recalled.length > 0 ? { recalled } : {}),
    ...(behind.length > 0 ? { behind } : {}),
  };
}

/** Ends a streaming answer. What has streamed so far is kept when the ending brings no text of its own. */
export function ended(conversation: Conversation, id: string, ending: Ending): Conversation {
  return conversation.map((message) => (message.id === id ? { ...message, ...ending } : message));
}

/** Removes the last question when its answer failed, because it is being asked again. */
export function withoutFailedLast(conversation: Conversation, text: string): Conversation {
  const answer = conversation.at(-1);
  const question = conversation.at(-2);
  return answer?.state === 'failed' && question?.role === 'user' && question.text === text ? conversation.slice(0, -2) : conversation;
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
