/**
 * Which lines are held out, and of which class. A line of code is worth completing; comments, imports, brackets and very
 * long lines are not. *In-file*: every name in it stands in the file before it. *Cross-file*: it uses a name that only a
 * few other files of the repository define, and that is not to be seen around the line.
 */
import { shuffle } from 'simple-statistics';
import type { FileCode } from '../../repo';
import type { Random } from '../../sidecar/random';

export const kinds = ['in-file', 'cross-file'] as const;
export type Kind = (typeof kinds)[number];

export interface HeldOutPlace {
  path: string;
  /** Counted from 1. */
  line: number;
  kind: Kind;
  /** Up to the line's own indentation, which an editor writes by itself. */
  prefix: string;
  /** The rest of the file, the line end first. */
  suffix: string;
  /** The line without the space around it. */
  truth: string;
}

export interface SourceText {
  path: string;
  text: string;
  code: FileCode;
}

/** UTF-16 units of the line without its indentation. */
const shortest = 12;
const longest = 120;
/** Lines in front of the first held-out line of a file. */
const lead = 5;
/** What counts as seen: about what fits the window of a small model. */
const nearBefore = 60;
const nearAfter = 20;
/** A name that more files define than this says little about any of them. */
const mostDefining = 3;
const shortestName = 4;

const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
const strings = /(["'`])(?:\\.|(?!\1).)*\1/gu;
const notCode: ReadonlySet<string> = new Set(['import', 'header', 'comment']);

/** In how many of the files a name is defined, those inside functions left out. */
export function definingFiles(files: readonly SourceText[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of files) for (const name of definedNames(code)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function definedNames({ definitions }: FileCode): Set<string> {
  return new Set(definitions.filter(({ within }) => within.length <= 1).map(({ name }) => name));
}

/** Every line of the file that may be held out. @param elsewhere how many other files define a name */
export function candidates({ path, text, code }: SourceText, elsewhere: ReadonlyMap<string, number>): HeldOutPlace[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const skipped = linesThatAreNotCode(code);
  const own = definedNames(code);
  const before = new Set<string>();
  return lines.flatMap((line, i): HeldOutPlace[] => {
    const truth = line.trim();
    const names = namesIn(truth);
    const kind = i < lead || skipped.has(i + 1) || !worthwhile(truth) ? undefined : kindOf(names, lines, i);
    for (const name of namesIn(line, true)) before.add(name);
    if (!kind) return [];
    const prefix =
      lines
        .slice(0, i)
        .map((each) => `${each}\n`)
        .join('') + line.slice(0, line.length - line.trimStart().length);
    return [
      {
        path,
        line: i + 1,
        kind,
        prefix,
        suffix: lines
          .slice(i + 1)
          .map((each) => `\n${each}`)
          .join(''),
        truth,
      },
    ];
  });

  function kindOf(names: readonly string[], all: readonly string[], at: number): Kind | undefined {
    const foreign = names.filter((name) => {
      const files = elsewhere.get(name) ?? 0;
      return name.length >= shortestName && files > 0 && files <= mostDefining && !own.has(name);
    });
    if (foreign.length > 0) {
      const near = [...all.slice(Math.max(0, at - nearBefore), at), ...all.slice(at + 1, at + 1 + nearAfter)].join('\n');
      const seen = new Set(namesIn(near, true));
      if (foreign.some((name) => !seen.has(name))) return 'cross-file';
    }
    return names.length > 1 && names.every((name) => before.has(name)) ? 'in-file' : undefined;
  }
}

/**
 * Some of the places, the same for the same seed: as many of each kind as there are, at most `most`.
 * @returns in the order of the files
 */
export function drawPlaces(all: readonly HeldOutPlace[], most: number, random: Random): HeldOutPlace[] {
  const drawn = new Set(
    kinds.flatMap((kind) =>
      shuffle(
        all.filter((place) => place.kind === kind),
        random,
      ).slice(0, most),
    ),
  );
  return all.filter((place) => drawn.has(place));
}

function linesThatAreNotCode({ roles }: FileCode): Set<number> {
  const lines = new Set<number>();
  for (const { startLine, endLine, role } of roles)
    if (notCode.has(role)) for (let line = startLine; line <= endLine; line++) lines.add(line);
  return lines;
}

function worthwhile(truth: string): boolean {
  return truth.length >= shortest && truth.length <= longest && !/^(?:\/\/|\/\*|\*|#|import\b|from\b|export \*|["'`])/.test(truth);
}

/** @param everywhere in strings and comments, too */
function namesIn(text: string, everywhere = false): string[] {
  return (everywhere ? text : text.replaceAll(strings, '""').replace(/\/\/.*$/, '')).match(word) ?? [];
}
