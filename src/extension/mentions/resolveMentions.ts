/**
 * A mention becomes exact source, or a sentence that says why not; never silence, and never a file outside the
 * workspace. A folder is its listed files in order of path. What is mentioned twice goes once.
 */
import type { AttachedPlace, SourceLines } from '../../protocol';
import { formatMention, type Mention } from '../../protocol/mentions';
import { longestSource, sourceText } from '../languageModel/sourceText';
import { placeOf as writtenPlace } from '../../protocol/place';
import type { Translate } from '../util/text';
import type { MentionWorld, Read, MentionRefusal } from './mentionWorld';

export interface MentionedSource {
  lines: SourceLines;
  /** How it is shown with the question. */
  place: AttachedPlace;
  /** The folder that was mentioned; absent: it was mentioned itself. */
  folder?: string;
}

export interface Resolved {
  sources: MentionedSource[];
  /** Files that were not even read because their folder has too much text. */
  unread: { folder: string; path: string }[];
  /** Sentences: what was left out and why. */
  notes: string[];
}

export async function resolveMentions(mentions: readonly Mention[], world: MentionWorld, t: Translate): Promise<Resolved> {
  const resolved: Resolved = { sources: [], unread: [], notes: [] };
  const different = [...new Map(mentions.map((mention) => [formatMention(mention), mention])).values()];
  if (different.length > 0 && !world.trusted) {
    resolved.notes.push(t('This workspace is not trusted, so nothing of it was attached.'));
    return resolved;
  }
  for (const mention of different) await resolveOne(mention, world, resolved, t);
  return resolved;
}

async function resolveOne(mention: Mention, world: MentionWorld, resolved: Resolved, t: Translate): Promise<void> {
  switch (mention.kind) {
    case 'file':
      take(await world.file(mention.path), mention.path, mention.path, resolved, t);
      return;
    case 'symbol': {
      const { path, name } = mention;
      take(await world.symbol(path, name), `${path}#${name}`, undefined, resolved, t);
      return;
    }
    case 'selection': {
      const lines = world.selection();
      if (lines) add(resolved, { lines, place: placeOf(lines) });
      else resolved.notes.push(t('Nothing is selected in the editor, so no selection was attached.'));
      return;
    }
    case 'problems': {
      const text = world.problems(mention.path).join('\n');
      const name = mention.path === undefined ? t('problems of the workspace') : t('problems of {0}', mention.path);
      const lines = sourceText(name, text);
      if (lines) add(resolved, { lines, place: { text: name, href: '' } });
      else resolved.notes.push(mention.path === undefined ? t('No problems to attach.') : t('No problems to attach in {0}.', mention.path));
      return;
    }
    case 'folder':
      await resolveFolder(mention.path, world, resolved, t);
  }
}

async function resolveFolder(written: string, world: MentionWorld, resolved: Resolved, t: Translate): Promise<void> {
  const folder = written.replace(/^(?:\.\/)+|\/+$/g, '');
  const paths = (await world.files()).filter((path) => path.startsWith(`${folder}/`));
  if (paths.length === 0) {
    resolved.notes.push(t('{0} is not a folder of this workspace with files that Bonsai reads, so it was left out.', written));
    return;
  }
  let characters = 0;
  for (const path of paths) {
    if (characters > longestSource) {
      resolved.unread.push({ folder, path });
      continue;
    }
    const read = await world.file(path);
    if ('lines' in read) {
      characters += read.lines.text.length;
      add(resolved, { lines: read.lines, place: { text: path, href: path }, folder });
    } else if (read.refused === 'too-long') resolved.unread.push({ folder, path });
    else resolved.notes.push(sentence(read.refused, path, t));
  }
}

/** @param href absent: the lines of what was read */
function take(read: Read, name: string, href: string | undefined, resolved: Resolved, t: Translate): void {
  if ('refused' in read) resolved.notes.push(sentence(read.refused, name, t));
  else add(resolved, { lines: read.lines, place: href === undefined ? placeOf(read.lines) : { text: href, href } });
}

function add(resolved: Resolved, source: MentionedSource): void {
  const same = ({ lines: { path, startLine, endLine } }: MentionedSource) =>
    path === source.lines.path && startLine === source.lines.startLine && endLine === source.lines.endLine;
  if (!resolved.sources.some(same)) resolved.sources.push(source);
}

function placeOf(lines: SourceLines): AttachedPlace {
  const text = writtenPlace(lines);
  return { text, href: text };
}

function sentence(refused: MentionRefusal, name: string, t: Translate): string {
  switch (refused) {
    case 'outside':
      return t('{0} is not a file of this workspace, so it was left out.', name);
    case 'not-text':
      return t('{0} could not be read as text and was left out.', name);
    case 'too-long':
      return t('{0} is too long for one question and was left out.', name);
    case 'no-symbol':
      return t('{0} was not found, so it was left out.', name);
  }
}
