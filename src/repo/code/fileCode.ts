/** From what a query found in a text to what the file defines, uses and imports. Pure. */
import { spansOf, textOf, type Captured } from './captures';
import { definitionsOf } from './definitions';
import { lineRolesOf } from './lineRoles';
import { SourceLines, type LineSpan, type Span } from './sourceLines';
import type { FileCode } from './types';

const longestName = 100;
const longestImport = 200;

export function fileCodeOf(language: string, text: string, { matches, uses }: Captured): FileCode {
  const lines = new SourceLines(text);
  const imports = spansOf(matches, 'import');
  const commentSpans = spansOf(matches, 'comment');
  const comments = wholeLines(commentSpans, lines);
  const leads = [...comments, ...wholeLines(spansOf(matches, 'attribute'), lines)];
  const { definitions, heads, names } = definitionsOf(
    matches,
    {
      imports,
      leads: new Map(leads.map(({ startLine, endLine }) => [endLine, startLine])),
      codeEndBefore: codeEndFinder(commentSpans, lines),
    },
    lines,
  );
  return {
    language,
    definitions,
    references: countNames(uses, names, text),
    imports: sourcesOf(spansOf(matches, 'source'), text),
    roles: lineRolesOf(
      {
        heads,
        imports: imports.map((span) => lines.linesOf(span)),
        comments: [...comments, ...wholeLines(spansOf(matches, 'docstring'), lines)],
        headers: spansOf(matches, 'header').map((span) => lines.linesOf(span)),
      },
      lines,
    ),
  };
}

function wholeLines(spans: readonly Span[], lines: SourceLines): LineSpan[] {
  return spans.flatMap((span) => lines.wholeLinesOf(span) ?? []);
}

function codeEndFinder(comments: readonly Span[], lines: SourceLines): (offset: number) => number {
  const startByEnd = new Map(comments.map(({ start, end }) => [lines.beforeSpace(end), start]));
  return (offset) => {
    let end = lines.beforeSpace(offset);
    for (let start = startByEnd.get(end); start !== undefined; start = startByEnd.get(end)) end = lines.beforeSpace(start);
    return end;
  };
}

function countNames(uses: readonly Span[], definitions: ReadonlySet<number>, text: string): FileCode['references'] {
  const counts = new Map<string, number>();
  for (const use of uses) {
    if (definitions.has(use.start) || use.start === use.end || use.end - use.start > longestName) continue;
    const name = textOf(text, use);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts];
}

function sourcesOf(spans: readonly Span[], text: string): string[] {
  const sources = spans.map((span) => textOf(text, span).replace(/\s+/g, ' ').slice(0, longestImport));
  return [...new Set(sources.filter((source) => source !== ''))];
}
