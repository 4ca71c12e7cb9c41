/** What arrives from a webview is checked before it is believed, and bounded in size. */
import * as z from 'zod/mini';
import type { FromCache, FromChat } from '../../protocol';

const longText = z.string().check(z.maxLength(1_000_000));
const shortText = z.string().check(z.maxLength(4096));

/** Of one message; the page cuts there too. */
const mostPlaces = 200;
const mostAnswers = 200;

const fromChat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('ask'), text: longText }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('approve'), id: shortText, run: z.boolean() }),
  z.object({ type: z.literal('edit'), id: shortText, text: longText }),
  z.object({ type: z.literal('regenerate') }),
  z.object({ type: z.literal('goOn') }),
  z.object({ type: z.literal('turn'), id: shortText, by: z.union([z.literal(1), z.literal(-1)]) }),
  z.object({ type: z.literal('unqueue'), id: shortText }),
  z.object({ type: z.literal('askQueued') }),
  z.object({ type: z.literal('copy'), text: longText }),
  z.object({
    type: z.literal('code'),
    action: z.enum(['insert', 'apply', 'newFile', 'compare']),
    block: z.object({ text: longText, info: shortText, before: shortText }),
  }),
  z.object({ type: z.literal('openLink'), href: shortText }),
  z.object({ type: z.literal('preview'), text: longText }),
  z.object({ type: z.literal('complete'), id: z.int(), text: shortText }),
  z.object({
    type: z.literal('check'),
    answers: z
      .array(z.object({ id: shortText, places: z.array(shortText).check(z.maxLength(mostPlaces)) }))
      .check(z.maxLength(mostAnswers)),
  }),
  z.object({ type: z.literal('readNow') }),
  z.object({ type: z.literal('dismissPlan') }),
  z.object({
    type: z.literal('command'),
    command: z.enum([
      'readRepository',
      'pauseReading',
      'resumeReading',
      'showSkipped',
      'chooseModel',
      'showCache',
      'newChat',
      'showHistory',
      'manageTrust',
    ]),
  }),
]);

const fromCache = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('open'), path: shortText }),
  z.object({ type: z.literal('fileAction'), path: shortText, action: z.enum(['pin', 'unpin', 'drop', 'restore', 'reread']) }),
  z.object({ type: z.literal('look'), layer: z.nullable(z.int().check(z.nonnegative())), file: z.nullable(shortText) }),
  z.object({ type: z.literal('command'), command: z.enum(['readRepository', 'readAgain', 'manageTrust']) }),
]);

/** The message, or nothing when it is not one of ours. */
export function parseFromChat(message: unknown): FromChat | undefined {
  return fromChat.safeParse(message).data satisfies FromChat | undefined;
}

/** The message, or nothing when it is not one of ours. */
export function parseFromCache(message: unknown): FromCache | undefined {
  return fromCache.safeParse(message).data satisfies FromCache | undefined;
}
