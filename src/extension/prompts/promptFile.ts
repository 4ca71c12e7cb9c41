/**
 * A prompt file is text that a person chooses; it never runs anything. `.bonsai/prompts/review.md` is `/review`.
 * A YAML header may say what it is for and what it mentions; a header that says anything else is refused with a sentence.
 */
import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { messageOf } from '../../protocol/messageOf';
import { parseMentions, type Mention } from '../../protocol/mentions';
import type { Translate } from '../util/text';
import { largestPrompt, tooLarge } from './promptLimits';

export interface Prompt {
  /** Without the slash. */
  name: string;
  description: string;
  mentions: Mention[];
  body: string;
}
export interface RefusedPrompt {
  name: string;
  /** A sentence. */
  refused: string;
}

const header = z.strictObject({
  description: z.optional(z.string().check(z.maxLength(300))),
  mentions: z.optional(z.array(z.string())),
});
const headed = /^---[^\S\n]*\n(?<header>(?:.*\n)*?)---[^\S\n]*(?:\n|$)/;
const goodName = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u;

/** @param fileName without its folder, with `.md` */
export function parsePromptFile(fileName: string, content: string, taken: readonly string[], t: Translate): Prompt | RefusedPrompt {
  const name = fileName.replace(/\.md$/i, '');
  const refuse = (why: string): RefusedPrompt => ({ name, refused: why });
  if (!goodName.test(name)) return refuse(t('The name of {0} may have letters, digits, "-", "_" and "." only. Rename it.', fileName));
  if (taken.includes(name)) return refuse(t('There is already a command /{0}. Rename {1}.', name, fileName));
  if (Buffer.byteLength(content) > largestPrompt) return refuse(tooLarge(fileName, t));
  const text = content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const match = headed.exec(text);
  if (!match && /^---[^\S\n]*(?:\n|$)/.test(text)) return refuse(t('The header of {0} has no end: a line "---" is missing.', fileName));
  const read = readHeader(match?.groups?.['header'] ?? '', t);
  if ('fault' in read) return refuse(t('The header of {0} cannot be used: {1}.', fileName, read.fault));
  const body = text.slice(match?.[0].length ?? 0).trim();
  if (body === '') return refuse(t('{0} has no text below its header.', fileName));
  const mentions: Mention[] = [];
  for (const written of read.mentions ?? []) {
    const [only, ...more] = parseMentions(written);
    if (!only || more.length > 0 || only.start !== 0 || only.end !== written.length)
      return refuse(t('The header of {0} lists {1}, which is not a mention such as @file:src/a.ts.', fileName, JSON.stringify(written)));
    mentions.push(only.mention);
  }
  return { name, description: read.description ?? firstLine(body), mentions, body };
}

function readHeader(text: string, t: Translate): z.infer<typeof header> | { fault: string } {
  // Failsafe: every value is text, whatever it looks like.
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = [...document.errors, ...document.warnings];
  if (error) return { fault: sentencePart(error.message) };
  try {
    const result = header.safeParse(document.toJS({ maxAliasCount: 10 }) ?? {});
    return result.success ? result.data : { fault: faultOf(result.error.issues, t) };
  } catch (fault) {
    return { fault: sentencePart(messageOf(fault)) };
  }
}

function faultOf(issues: readonly z.core.$ZodIssue[], t: Translate): string {
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  if (unknown.length > 0) return t('it has {0}; only description and mentions are allowed', unknown.join(', ').slice(0, 200));
  return t('description must be a text of at most 300 characters and mentions a list of texts; nothing else is allowed');
}

/** The first line of what a parser says, to stand in a sentence. */
function sentencePart(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/^\W+|[.:\s]+$/g, '').slice(0, 200);
}

function firstLine(body: string): string {
  return (body.split('\n')[0] ?? '').replace(/^#+\s*/, '').slice(0, 100);
}
