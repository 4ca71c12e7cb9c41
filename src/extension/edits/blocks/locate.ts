/**
 * The text to replace must be found in the live buffer in exactly one place: as it is; else with other white space at
 * line ends; else indented otherwise, by the same white space on every line, the new lines with it; else with other blank
 * lines. The first of these that finds anything decides. More than one place is refused, unless a line hint or the selection
 * leaves one. Lines that old and new text share keep what the buffer holds.
 */
import { diffArrays } from 'diff';
import { elides } from './elision';
import { hasHiddenCharacters } from './hiddenCharacters';
import { changesBetween } from '../inlineDiff';
import type { RefusalCode } from './refusals';
import type { Change, EditBlock } from '../types';

type Lines = readonly string[];

export type Located = { changes: Change[] } | { refused: RefusalCode };

/** First and last line, both included. */
export interface LineSpan {
  first: number;
  last: number;
}

/** White space that the buffer has before every line and the block has not, or the other way round. */
type Shift = { add: string } | { remove: string };

interface Place {
  /** Lines [start, end) of the buffer. */
  start: number;
  end: number;
  /** For every line of the search text its line in the buffer; undefined for a blank line that the buffer has not. */
  lineOf: (number | undefined)[];
  shift: Shift;
}

/** Fewer signs than this, white space apart, name no place: a brace, an `end`. */
const shortest = 4;
/** More places are as good as too many. */
const mostPlaces = 100;
/** How far a line hint may be from the truth. */
const hintReach = 5;

const blank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
const indentOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? '';

/**
 * @param lines the live buffer
 * @param path for the language's sake
 * @param near lines the person has selected
 */
export function locate(lines: Lines, block: EditBlock, path: string, near?: LineSpan): Located {
  const unsafe = unsafeText(block, lines, path);
  if (unsafe !== undefined) return { refused: unsafe };
  if (block.search.every(blank))
    return lines.every(blank) ? result(0, lines, [...withoutBlankEnd(block.replace), '']) : { refused: 'exists' };
  const signs = block.search.join('').replace(/\s/g, '').length;
  if (signs < shortest && block.search.join('\n').trim() !== lines.join('\n').trim()) return { refused: 'too-short' };
  for (const { find, search, replace } of attempts(block)) {
    const places = find(lines, search);
    if (places.length === 0) continue;
    const place = onlyOne(places, block.line, near);
    if (!place) return { refused: 'ambiguous' };
    const to = replacement(lines, place, search, replace);
    return to ? result(place.start, lines.slice(place.start, place.end), to) : { refused: 'indentation' };
  }
  return { refused: 'not-found' };
}

function result(start: number, from: Lines, to: Lines): Located {
  const changes = changesBetween(start, from, to);
  return changes.length > 0 ? { changes } : { refused: 'no-change' };
}

type Finder = (lines: Lines, search: Lines) => Place[];

function attempts({ search, replace }: EditBlock): { find: Finder; search: Lines; replace: Lines }[] {
  const first = search.findIndex((line) => !blank(line));
  const after = search.length - 1 - search.findLastIndex((line) => !blank(line));
  let start = 0;
  let end = replace.length;
  while (start < Math.min(first, end) && blank(replace[start])) start++;
  while (replace.length - end < after && end > start && blank(replace[end - 1])) end--;
  return [
    ...[exactly, withoutLineEnds, shifted].map((find) => ({ find, search, replace })),
    { find: withoutBlankLines, search: search.slice(first, search.length - after), replace: replace.slice(start, end) },
  ];
}

const withoutBlankEnd = (lines: Lines): Lines => lines.slice(0, lines.findLastIndex((line) => !blank(line)) + 1);

function unsafeText({ search, replace }: EditBlock, lines: Lines, path: string): RefusalCode | undefined {
  const old = new Set(search.map((line) => line.trim()));
  const held = new Set(lines.map((line) => line.trim()));
  if (search.some((line) => elides(line, path) && !held.has(line.trim()))) return 'elision';
  for (const line of replace) {
    if (old.has(line.trim())) continue;
    if (elides(line, path)) return 'elision';
    if (hasHiddenCharacters(line)) return 'hidden-characters';
  }
  return undefined;
}

function onlyOne(places: readonly Place[], line: number | undefined, near: LineSpan | undefined): Place | undefined {
  if (places.length === 1) return places[0];
  const hinted = line === undefined ? [] : places.filter(({ start }) => Math.abs(start + 1 - line) <= hintReach);
  if (hinted.length === 1) return hinted[0];
  const selected = near ? places.filter(({ start, end }) => start <= near.last && end > near.first) : [];
  return selected.length === 1 ? selected[0] : undefined;
}

/** Places where every line of the search text equals the line it falls on, as the key has it. */
const aligned =
  (key: (line: string) => string): Finder =>
  (lines, search) => {
    // What follows the last line end is no line.
    const all = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    return starts(all.map(key), search.map(key)).map((start) => ({
      start,
      end: start + search.length,
      lineOf: search.map((_, index) => start + index),
      shift: { add: '' },
    }));
  };

const exactly = aligned((line) => line);
const withoutLineEnds = aligned((line) => line.trimEnd());
const trimmed = aligned((line) => line.trim());

const shifted: Finder = (lines, search) => trimmed(lines, search).flatMap((place) => withShift(place, lines, search));

const withoutBlankLines: Finder = (lines, search) => {
  const there = lines.flatMap((line, index) => (blank(line) ? [] : [{ text: line.trim(), index }]));
  const wanted = search.filter((line) => !blank(line)).map((line) => line.trim());
  const texts = there.map(({ text }) => text);
  return starts(texts, wanted).flatMap((at) => {
    const start = there[at]?.index ?? 0;
    const end = (there[at + wanted.length - 1]?.index ?? start) + 1;
    let line = start;
    const lineOf = search.map((text) => {
      if (blank(text)) return blank(lines[line]) ? line++ : undefined;
      while (blank(lines[line])) line++;
      return line++;
    });
    return withShift({ start, end, lineOf, shift: { add: '' } }, lines, search);
  });
};

/** Where the wanted lines begin, {@link mostPlaces} at most. Looks only where the rarest of them stands. */
function starts(lines: Lines, wanted: Lines): number[] {
  const counts = new Map(wanted.map((line) => [line, 0]));
  for (const line of lines) {
    const count = counts.get(line);
    if (count !== undefined) counts.set(line, count + 1);
  }
  const rarest = wanted.reduce(
    (least, line, index) => ((counts.get(line) ?? 0) < (counts.get(wanted[least] ?? '') ?? 0) ? index : least),
    0,
  );
  const found: number[] = [];
  for (
    let at = lines.indexOf(wanted[rarest] ?? '');
    at >= 0 && found.length < mostPlaces;
    at = lines.indexOf(wanted[rarest] ?? '', at + 1)
  ) {
    const start = at - rarest;
    if (start >= 0 && wanted.every((line, index) => lines[start + index] === line)) found.push(start);
  }
  return found;
}

/** The place with the one shift that explains all its lines, or nothing. */
function withShift(place: Place, lines: Lines, search: Lines): Place[] {
  const pairs = search.flatMap((wanted, index) => {
    const at = place.lineOf[index];
    return at === undefined || blank(wanted) ? [] : [{ has: indentOf(lines[at] ?? ''), wants: indentOf(wanted) }];
  });
  const [first] = pairs;
  if (!first) return [];
  const { has, wants } = first;
  if (has.endsWith(wants)) {
    const add = has.slice(0, has.length - wants.length);
    return pairs.every((pair) => pair.has === add + pair.wants) ? [{ ...place, shift: { add } }] : [];
  }
  if (!wants.endsWith(has)) return [];
  const remove = wants.slice(0, wants.length - has.length);
  return pairs.every((pair) => pair.wants === remove + pair.has) ? [{ ...place, shift: { remove } }] : [];
}

/** The new lines for a place; undefined when one of them has less indentation than has to be taken off. */
function replacement(lines: Lines, { lineOf, shift }: Place, search: Lines, replace: Lines): string[] | undefined {
  const to: string[] = [];
  let at = 0;
  /** Line of the buffer that follows the one last kept. */
  let next: number | undefined;
  const parts = diffArrays([...search], [...replace], { comparator: (old, fresh) => old.trimEnd() === fresh.trimEnd() });
  for (const { added, removed, count, value } of parts) {
    if (added) {
      for (const line of value) {
        const moved = move(line, shift);
        if (moved === undefined) return undefined;
        to.push(moved);
      }
      continue;
    }
    for (let index = at; index < at + count; index++) {
      const line = lineOf[index];
      if (line === undefined) continue;
      // Blank lines that only the buffer has stay when the lines on both sides of them do.
      if (!removed) to.push(...lines.slice(next ?? line, line + 1));
      next = removed ? undefined : line + 1;
    }
    at += count;
  }
  return to;
}

function move(line: string, shift: Shift): string | undefined {
  if (blank(line)) return '';
  if ('add' in shift) return shift.add + line;
  return line.startsWith(shift.remove) ? line.slice(shift.remove.length) : undefined;
}
