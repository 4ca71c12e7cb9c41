/**
 * The conversation is a list of messages changed by pure functions. It survives a reload; an answer that was
 * streaming when the window closed comes back as stopped. A failed answer stays visible but is not told to the model.
 */
import * as z from 'zod/mini';
import type { Answer, AnswerContent, AskParams, ChatMessage, ChatTurn, ToolCallView } from '../../protocol';
import { recalledSpan } from '../../protocol/memory';
import { answerNumbers, contextPart, sourceLines } from '../../protocol/schemas';
import type { Prepared } from '../mentions/prepareQuestion';
import { placeOf } from '../../protocol/place';

export type Selection = NonNullable<AskParams['selection']>;

/** A message as it is kept: a question with the lines it was asked about, an answer with those that it took the place of. */
export interface KeptMessage extends Omit<ChatMessage, 'version' | 'ahead'> {
  selection?: Selection;
  /** Of a question: what is asked in place of `text`, which says what the person did. */
  prompt?: string;
  /** Other answers to the same question, in the order in which they came. */
  others?: { before: AnswerContent[]; after: AnswerContent[] };
}

export type Conversation = readonly KeptMessage[];

/** Messages kept on disk per session; the oldest go. */
export const keptMessages = 1000;
/** Answers kept to one question; the oldest go. */
const keptAnswers = 10;

const storedCall = z.object({
  ...{ id: z.string(), text: z.string(), name: z.string(), arguments: z.string(), result: z.string() },
  state: z.enum(['asking', 'running', 'done', 'declined', 'failed', 'stopped']),
});
const storedContent = z.object({
  text: z.string(),
  calls: z.optional(z.array(storedCall)),
  state: z.enum(['streaming', 'done', 'stopped', 'failed']),
  numbers: z.optional(answerNumbers),
  error: z.optional(z.string()),
  recalled: z.optional(z.array(recalledSpan)),
  behind: z.optional(z.array(z.string())),
  context: z.optional(z.array(contextPart)),
  cut: z.optional(z.enum(['repeating', 'maxTokens'])),
});
const storedMessage = z.extend(storedContent, {
  id: z.string(),
  role: z.enum(['user', 'assistant']),
  about: z.optional(z.string()),
  selection: z.optional(sourceLines),
  prompt: z.optional(z.string()),
  attached: z.optional(z.array(z.object({ text: z.string(), href: z.string() }))),
  notes: z.optional(z.array(z.string())),
  told: z.optional(z.string()),
  others: z.optional(z.object({ before: z.array(storedContent), after: z.array(storedContent) })),
});

/** What was stored, as far as it can be understood; anything else is dropped rather than shown broken. */
export function restored(stored: unknown): Conversation {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((entry: unknown) => {
    const parsed = storedMessage.safeParse(entry);
    if (!parsed.success) return [];
    const { about, selection, prompt, attached, notes, told, others, id, role, ...content } = parsed.data;
    return [
      {
        ...restoredContent(content),
        id,
        role,
        ...(about === undefined ? {} : { about }),
        ...(selection ? { selection } : {}),
        ...(prompt === undefined ? {} : { prompt }),
        ...(attached ? { attached } : {}),
        ...(notes ? { notes } : {}),
        ...(told === undefined ? {} : { told }),
        ...(others ? { others: { before: others.before.map(restoredContent), after: others.after.map(restoredContent) } } : {}),
      },
    ];
  });
}

function restoredContent(stored: z.infer<typeof storedContent>): AnswerContent {
  const { text, calls, state, numbers, error, recalled, behind, context, cut } = stored;
  return {
    text,
    ...(calls ? { calls: settled(calls) } : {}),
    state: state === 'streaming' ? 'stopped' : state,
    ...(numbers ? { numbers } : {}),
    ...(error === undefined ? {} : { error }),
    ...(recalled ? { recalled } : {}),
    ...(behind ? { behind } : {}),
    ...(context ? { context } : {}),
    ...(cut ? { cut } : {}),
  };
}

/** A message as the view gets it: the selected lines are in the editor and other answers are turned to, none need travel. */
export function shown(message: KeptMessage): ChatMessage {
  const { others } = message;
  const version = others && { at: others.before.length, count: others.before.length + 1 + others.after.length };
  const view = { ...message, ...(version ? { version } : {}) };
  delete view.selection;
  delete view.prompt;
  delete view.others;
  return view;
}

/** Appends a question and the empty answer that will stream. @param replaced the answer that it takes the place of */
export function asked(
  conversation: Conversation,
  question: Pick<KeptMessage, 'id' | 'text' | 'selection' | 'prompt'>,
  answerId: string,
  replaced?: KeptMessage,
): Conversation {
  const { selection } = question;
  const before = replaced ? answersOf(replaced).filter(({ text }) => text !== '') : [];
  return [
    ...conversation,
    {
      ...question,
      role: 'user',
      state: 'done',
      ...(selection ? { about: placeOf(selection) } : {}),
    },
    {
      id: answerId,
      role: 'assistant',
      text: '',
      state: 'streaming',
      ...(before.length > 0 ? { others: { before: before.slice(1 - keptAnswers), after: [] } } : {}),
    },
  ];
}

function contentOf({ text, calls, state, numbers, error, recalled, behind, context, cut }: KeptMessage): AnswerContent {
  return restoredContent({ text, calls, state, numbers, error, recalled, behind, context, cut });
}

function answersOf(message: KeptMessage): AnswerContent[] {
  const { before = [], after = [] } = message.others ?? {};
  return [...before, contentOf(message), ...after];
}

/** Shows the answer before or after the one that is shown, which is then the one the model is told. */
export function turned(conversation: Conversation, id: string, by: 1 | -1): Conversation {
  return conversation.map((message) => {
    const at = (message.others?.before.length ?? 0) + by;
    const answers = answersOf(message);
    const next = answers[at];
    if (message.id !== id || !message.others || !next) return message;
    return { id, role: message.role, ...next, others: { before: answers.slice(0, at), after: answers.slice(at + 1) } };
  });
}

/** The last answer, which ended before it was whole, streams again; with the question and what stood before it. */
export function goneOn(
  conversation: Conversation,
): { messages: Conversation; past: Conversation; question: KeptMessage; answer: KeptMessage } | undefined {
  const answer = conversation.at(-1);
  const question = conversation.at(-2);
  if (!answer?.cut || question?.role !== 'user') return undefined;
  const streaming: KeptMessage = { ...answer, state: 'streaming' };
  delete streaming.cut;
  const past = conversation.slice(0, -2);
  return { messages: [...past, question, streaming], past, question, answer };
}

/** Adds to a question what was attached to it and what was left out. */
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

/** The calls so far, and the text behind them. */
export function withCalls(conversation: Conversation, id: string, calls: readonly ToolCallView[], text: string): Conversation {
  return conversation.map((message) =>
    message.id === id && message.state === 'streaming' ? { ...message, calls: [...calls], text } : message,
  );
}

/** Nothing waits or runs once the answer has ended. */
function settled(calls: readonly ToolCallView[]): ToolCallView[] {
  return calls.map((call) => {
    const rest = { ...call };
    delete rest.command;
    return call.state === 'asking' || call.state === 'running' ? { ...rest, state: 'stopped' } : rest;
  });
}

export type Ending =
  | ({ state: 'done' | 'stopped'; text: string; numbers: NonNullable<ChatMessage['numbers']> } & Pick<
      ChatMessage,
      'recalled' | 'behind' | 'context' | 'cut'
    >)
  | { state: 'stopped' }
  | { state: 'failed'; error: string };

/** What of an answer is kept with it. */
export function endingOf({ text, stop, recalled, behind, context, ...numbers }: Answer): Ending {
  return {
    state: stop === 'cancelled' ? 'stopped' : 'done',
    text,
    ...(stop === 'repeating' || stop === 'maxTokens' ? { cut: stop } : {}),
    numbers: z.parse(answerNumbers, numbers),
    ...(recalled.length > 0 ? { recalled } : {}),
    ...(behind.length > 0 ? { behind } : {}),
    ...(context ? { context } : {}),
  };
}

/** Ends a streaming answer. What has streamed so far is kept when the ending brings no text of its own. */
export function ended(conversation: Conversation, id: string, ending: Ending): Conversation {
  return conversation.map((message) =>
    message.id === id ? { ...message, ...(message.calls ? { calls: settled(message.calls) } : {}), ...ending } : message,
  );
}

/** The question with this id, what stood before it and its answer; undefined when there is no such question. */
export function before(
  conversation: Conversation,
  id: string | undefined,
): { past: Conversation; question: KeptMessage; answer: KeptMessage | undefined } | undefined {
  const index = conversation.findIndex((message) => message.id === id && message.role === 'user');
  const question = conversation[index];
  return question && { past: conversation.slice(0, index), question, answer: conversation[index + 1] };
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
