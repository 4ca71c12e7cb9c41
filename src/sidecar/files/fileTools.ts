/**
 * What a model is told when it looks for source or reads a file: exact lines with their numbers and their place, whole lines
 * as far as there is room. The chat's own tools and those of the MCP server are these.
 */
import { counted, exactCount } from '../../protocol/numbers';
import { BonsaiError } from '../errors';
import type { Found, RepositoryFiles } from './repositoryFiles';

/** Characters. */
export interface Room {
  /** Of one result. */
  whole: number;
  /** Of one place that was found. */
  excerpt: number;
}

export interface FoundSource {
  found: Found[];
  indexedFiles: number;
  files: number;
  /** All of it, as a model reads it. */
  text: string;
}

export interface ReadSource {
  path: string;
  startLine: number;
  endLine: number;
  totalLines: number;
  lines: string[];
  /** The line to go on from; undefined: this is the end. */
  nextLine: number | undefined;
  /** Markers stand for data that is embedded in the file. */
  shortened: boolean;
  /** All of it, as a model reads it. */
  text: string;
}

const usualLines = 400;
const mostLines = 2000;
export const readBounds = { usualLines, mostLines };

/** @throws BonsaiError `folder-missing` */
export async function findSource(
  files: RepositoryFiles,
  { query, symbols = false, limit = 10 }: { query: string; symbols?: boolean | undefined; limit?: number | undefined },
  room: Room,
): Promise<FoundSource> {
  const result = await files.search(query, { symbols, limit });
  const found = withinResult(
    result.found.map((each) => withinExcerpt(each, room.excerpt)),
    room.whole,
  );
  const partly =
    result.indexed < result.files
      ? [`Only ${exactCount(result.indexed)} of ${counted(result.files, 'file')} could be searched so far; search again for the rest.`]
      : [];
  const shown = found.map((each) => `${placeLine(each)}\n${numbered(each.text.split('\n'), each.startLine)}`);
  const nothing = 'Nothing was found. Try other words, or a name as it is written in the code.';
  const text = [...(shown.length > 0 ? shown : [nothing]), ...partly].join('\n\n');
  return { found, indexedFiles: result.indexed, files: result.files, text };
}

/** @param asked lines from 1, the last one included @throws BonsaiError `bad-request` that says why there is no such text */
export async function readLines(
  files: RepositoryFiles,
  { path: asked, startLine = 1, endLine }: { path: string; startLine?: number | undefined; endLine?: number | undefined },
  room: Pick<Room, 'whole'>,
): Promise<ReadSource> {
  const last = endLine ?? startLine + usualLines - 1;
  if (last < startLine) throw new BonsaiError('bad-request', `endLine ${last} is before startLine ${startLine}.`);
  const { path, lines, shortened } = await files.read(asked);
  const totalLines = lines.length;
  if (startLine > totalLines)
    throw new BonsaiError('bad-request', `${path} has ${counted(totalLines, 'line')}; there is no line ${startLine}.`);
  const wanted = lines.slice(startLine - 1, Math.min(last, startLine + mostLines - 1));
  const kept = fitting(wanted, room.whole);
  const end = startLine + kept.length - 1;
  const more = end < totalLines ? `\n(${exactCount(totalLines - end)} more; go on with startLine ${end + 1})` : '';
  const head = `${path}:${startLine}-${end} of ${counted(totalLines, 'line')}${shortened ? ', markers stand for embedded data' : ''}`;
  return {
    ...{ path, startLine, endLine: end, totalLines, lines: kept, shortened, text: `${head}\n${numbered(kept, startLine)}${more}` },
    nextLine: end < totalLines ? end + 1 : undefined,
  };
}

export const placeLine = ({ path, startLine, endLine, why }: { path: string; startLine: number; endLine: number; why: string }) =>
  `- ${path}:${startLine}-${endLine} (${why})`;

/** Whole lines of an excerpt, as many as there is room for; the first one always, cut if need be. */
function withinExcerpt<T extends { text: string; startLine: number; endLine: number }>(found: T, room: number): T {
  const kept = fitting(found.text.split('\n'), room);
  return { ...found, text: kept.join('\n'), endLine: found.startLine + kept.length - 1 };
}

/** From the front, as many as one result has room for. */
function withinResult<T extends { text: string }>(found: readonly T[], room: number): T[] {
  let used = 0;
  return found.filter(({ text: excerpt }) => (used += excerpt.length) <= room);
}

const numbered = (lines: readonly string[], first: number) =>
  lines.map((each, i) => `${String(first + i).padStart(6)}\t${each}`).join('\n');

/** From the front, as many whole lines as there is room for; the first one always, cut if need be. @param room characters */
function fitting(lines: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let used = 0;
  for (const each of lines) {
    used += each.length + 1;
    if (used > room && kept.length > 0) break;
    kept.push(each.length > room ? `${each.slice(0, room)}… (${exactCount(each.length - room)} more characters)` : each);
  }
  return kept;
}
