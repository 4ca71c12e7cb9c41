/** Definitions by lines: what each stands in, where its documentation begins and where its head ends. */
import { spanOf, spansOf, textOf, type Match } from './captures';
import { findsOf, type Find } from './finds';
import { nest, type Region } from './nesting';
import type { LineSpan, SourceLines, Span } from './sourceLines';
import type { Definition } from './types';

/** What stands around definitions and is none, as found in the same text. */
export interface Surroundings {
  imports: readonly Span[];
  /** Comments and attributes that have their lines for themselves: first line by last line. */
  leads: ReadonlyMap<number, number>;
  /** Where the code ends that stands before an offset, comments and white space left out. */
  codeEndBefore: (offset: number) => number;
}

export interface Definitions {
  /** In the order of the text, outer before inner. */
  definitions: Definition[];
  /** Lines in which a reader sees what there is. */
  heads: LineSpan[];
  /** Offsets of their names. */
  names: ReadonlySet<number>;
}

export function definitionsOf(matches: readonly Match[], around: Surroundings, lines: SourceLines): Definitions {
  const finds = findsOf(matches, lines.text);
  const scopes = scopesOf(matches, lines.text);
  const locals = spansOf(matches, 'locals').map((span) => ({ ...span, names: [], localsFrom: span.start }));
  const imports = around.imports.map((span) => ({ ...span, names: [], hides: true }));
  const places = nest<Region>([...imports, ...locals, ...scopes, ...finds]);
  const shown = finds
    .filter((find) => !places.get(find)?.hidden && !(find.outer && places.get(find)?.local))
    .sort((a, b) => a.start - b.start || b.end - a.end || a.nameStart - b.nameStart);

  const headLines = ({ start, headEnd }: { start: number; headEnd: number }): LineSpan => {
    const startLine = lines.lineOf(start);
    return { startLine, endLine: Math.max(startLine, lines.lineOf(around.codeEndBefore(headEnd) - 1)) };
  };
  const heads = scopes.map(headLines);
  const wrapperStart = wrapperStarts(matches);
  const withLeads = leadFinder(around.leads);
  const definitions = shown.map((find): Definition => {
    const head = headLines({ ...find, start: wrapperStart(find.start) });
    const nameLine = lines.lineOf(find.nameStart);
    heads.push(head, { startLine: nameLine, endLine: nameLine });
    return {
      name: find.name,
      kind: find.kind,
      within: [...(places.get(find)?.within ?? []), ...find.owners],
      startLine: withLeads(head.startLine),
      nameLine,
      signatureEndLine: head.endLine,
      endLine: Math.max(nameLine, head.endLine, lines.linesOf(find).endLine),
      ...(find.value !== undefined && { value: find.value }),
    };
  });
  return { definitions, heads, names: new Set(shown.map((find: Find) => find.nameStart)) };
}

function scopesOf(matches: readonly Match[], text: string): (Region & { headEnd: number })[] {
  return matches.flatMap((match) => {
    const scope = spanOf(match, 'scope');
    const name = spanOf(match, 'scope.name');
    if (!scope || !name) return [];
    return [{ start: scope.start, end: scope.end, names: [textOf(text, name)], headEnd: spanOf(match, 'body')?.start ?? scope.end }];
  });
}

function wrapperStarts(matches: readonly Match[]): (start: number) => number {
  const starts = new Map<number, number>();
  for (const match of matches) {
    const wrapper = spanOf(match, 'wrapper');
    const inner = spanOf(match, 'inner');
    if (wrapper && inner && wrapper.start < inner.start) starts.set(inner.start, wrapper.start);
  }
  return (start) => {
    let at = start;
    for (let outer = starts.get(at); outer !== undefined; outer = starts.get(at)) at = outer;
    return at;
  };
}

/**
 * @returns the first line of what leads up to a line without a gap; remembered, as many definitions may share a line
 */
function leadFinder(leads: ReadonlyMap<number, number>): (line: number) => number {
  const known = new Map<number, number>();
  return (line) => {
    let first = known.get(line) ?? line;
    for (let lead = leads.get(first - 1); lead !== undefined; lead = leads.get(first - 1)) first = lead;
    known.set(line, first);
    return first;
  };
}
