/**
 * The grammar of mentions in a question, for both sides: the chat page shows them as chips, the extension attaches what
 * they name. A mention is plain text, so it survives copying and editing:
 *
 *     @file:src/a.ts   @folder:"my docs"   @symbol:src/a.ts#start   @selection   @problems   @problems:src/a.ts
 *
 * A part that a reader could take for two, or that ends in punctuation, is written as a JSON string. For every mention
 * `m`, `parseMentions(formatMention(m))` is `m` again, whatever text its parts hold.
 */

export const mentionKinds = ['file', 'folder', 'symbol', 'selection', 'problems'] as const;
export type MentionKind = (typeof mentionKinds)[number];

/** Paths are named as the repository memory names them. */
export type Mention =
  | { kind: 'file' | 'folder'; path: string }
  | { kind: 'symbol'; path: string; name: string }
  | { kind: 'selection' }
  /** Without a path, of the whole workspace. */
  | { kind: 'problems'; path?: string };

/** A mention in a text; `start` and `end` are UTF-16 units, `end` not included. */
export interface FoundMention {
  mention: Mention;
  start: number;
  end: number;
}

/** What is being typed right before the cursor. */
export type Typing =
  /** A slash command; `query` is what stands behind the slash. */
  | { kind: 'command'; query: string; start: number }
  /** `of`: the kind that was chosen; absent: any. */
  | { kind: 'mention'; of?: MentionKind; query: string; start: number };

/** Not behind a letter or a path, so that addresses and package names are none. */
const notBefore = String.raw`(?<![\p{L}\p{N}_.@/:+-])`;
/** What needs no quotes; it cannot end in what ends a sentence. */
const plain = String.raw`[\p{L}\p{N}_.@/+~$-]*[\p{L}\p{N}_@/+~$-]`;
const part = String.raw`(?:"(?:[^"\\\n]|\\.)*"|${plain})`;
/** A colon that ends a clause may follow. */
const wordEnd = String.raw`(?![\p{L}\p{N}_/-]|:[^\s])`;
const mentionPattern = new RegExp(
  String.raw`${notBefore}@(?:(?<pathKind>file|folder):(?<path>${part})|symbol:(?<symbolPath>${part})#(?<name>${part})|` +
    String.raw`(?<selection>selection)${wordEnd}|problems(?::(?<problemsPath>${part})|${wordEnd}))`,
  'gu',
);
const plainOnly = new RegExp(`^${plain}$`, 'u');
const typingMention = new RegExp(
  String.raw`${notBefore}@(?:(?<of>file|folder|symbol|selection|problems):(?:"(?<quoted>[^"\n]*)|(?<path>[^\s"]*))|(?<word>[^\s":]*))$`,
  'u',
);
const typingCommand = /^\/(?<query>[^\s/]*)$/;

export function formatMention(mention: Mention): string {
  switch (mention.kind) {
    case 'selection':
      return '@selection';
    case 'problems':
      return mention.path === undefined ? '@problems' : `@problems:${formatPart(mention.path)}`;
    case 'symbol':
      return `@symbol:${formatPart(mention.path)}#${formatPart(mention.name)}`;
    default:
      return `@${mention.kind}:${formatPart(mention.path)}`;
  }
}

/** All mentions of a text in their order. */
export function parseMentions(text: string): FoundMention[] {
  return [...text.matchAll(mentionPattern)].flatMap((match) => {
    const mention = mentionOf(match.groups ?? {});
    return mention ? [{ mention, start: match.index, end: match.index + match[0].length }] : [];
  });
}

/** @param before the text up to the cursor */
export function typingAt(before: string): Typing | undefined {
  const query = typingCommand.exec(before)?.groups?.['query'];
  if (query !== undefined) return { kind: 'command', query, start: 0 };
  const match = typingMention.exec(before);
  if (!match) return undefined;
  const { of, quoted, path, word } = match.groups ?? {};
  const kind = mentionKinds.find((each) => each === of);
  return { kind: 'mention', query: quoted ?? path ?? word ?? '', start: match.index, ...(kind ? { of: kind } : {}) };
}

/** The text without one of its mentions, and without the space that parted it from its neighbours. */
export function withoutMention(text: string, { start, end }: FoundMention): string {
  const before = text.slice(0, start);
  const after = text.slice(end);
  return before + (before === '' || /\s$/.test(before) ? after.replace(/^ /, '') : after);
}

function formatPart(text: string): string {
  return plainOnly.test(text) ? text : JSON.stringify(text);
}

function mentionOf(groups: Record<string, string | undefined>): Mention | undefined {
  const { pathKind, path, symbolPath, name, selection, problemsPath } = groups;
  if (selection !== undefined) return { kind: 'selection' };
  if (symbolPath !== undefined && name !== undefined) {
    const of = partText(symbolPath);
    const called = partText(name);
    return of === undefined || called === undefined ? undefined : { kind: 'symbol', path: of, name: called };
  }
  if (problemsPath !== undefined) {
    const of = partText(problemsPath);
    return of === undefined ? undefined : { kind: 'problems', path: of };
  }
  if (path === undefined) return { kind: 'problems' };
  const named = partText(path);
  return named === undefined ? undefined : { kind: pathKind === 'folder' ? 'folder' : 'file', path: named };
}

/** Nothing when it is in quotes and no JSON string. */
function partText(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
