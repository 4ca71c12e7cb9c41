/** What a model may call, what it called, and what the two tools are asked for that the sidecar itself carries out. */
import * as z from 'zod/mini';
import { count, folders, label, text } from './bounds';

/** A value that a tool takes; a call has all of them. */
export const toolParameter = z.object({
  type: z.enum(['string', 'integer', 'boolean']),
  description: z.optional(label),
  enum: z.optional(z.array(label).check(z.minLength(1), z.maxLength(100))),
});
const toolName = z.string().check(z.regex(/^[A-Za-z_][\w-]{0,63}$/, 'a tool is named by at most 64 letters, digits, _ and -'));
/** What the model may call. The name goes into a grammar, so it is letters, digits, `_` and `-` alone. */
export const toolDefinition = z.object({
  name: toolName,
  description: label,
  parameters: z.record(z.string().check(z.regex(/^[A-Za-z_]\w{0,63}$/)), toolParameter),
});
/** @see toolStep; `arguments` is JSON text, an object, as the model wrote it. */
export const toolCall = z.object({ name: toolName, arguments: text });
/** A call that this answer has made, what the model wrote before it, and what came of it. */
export const toolStep = z.object({ text, call: toolCall, result: text });
/** Looks for source, or reads lines of a file, in these folders as they are on disk, by the rules by which they are read; no model is needed. */
export const findSourceParams = z.object({ folders, query: text.check(z.minLength(1), z.maxLength(8000)), mostCharacters: count });
export const readLinesParams = z.object({
  folders,
  /** Relative to the folder, with forward slashes; what lies outside is refused. */
  path: label,
  startLine: z.optional(count),
  /** Included. */
  endLine: z.optional(count),
  mostCharacters: count,
});
/** As a model reads it: lines with their numbers and their place. */
export const toolText = z.object({ text: z.string() });

export type ToolDefinition = z.infer<typeof toolDefinition>;
export type ToolCall = z.infer<typeof toolCall>;
export type ToolStep = z.infer<typeof toolStep>;
export type FindSourceParams = z.infer<typeof findSourceParams>;
export type ReadLinesParams = z.infer<typeof readLinesParams>;
export type ToolText = z.infer<typeof toolText>;
