/** Which role a line has: the weightiest that anything gives it. Lines of code have none. */
import type { LineSpan, SourceLines } from './sourceLines';
import type { FileCode, LineRole } from './types';

/** From the lightest to the weightiest. */
const roles: readonly LineRole[] = ['comment', 'header', 'import', 'signature'];

export interface RoleSources {
  heads: readonly LineSpan[];
  imports: readonly LineSpan[];
  /** Comments that have their lines for themselves. */
  comments: readonly LineSpan[];
  /** What else may stand among the comments at the top of a file. */
  headers: readonly LineSpan[];
}

export function lineRolesOf({ heads, imports, comments, headers }: RoleSources, lines: SourceLines): FileCode['roles'] {
  const weights = new Uint8Array(lines.count + 2);
  const give = (spans: readonly LineSpan[], role: LineRole) => {
    for (const { startLine, endLine } of spans) weights.fill(roles.indexOf(role) + 1, startLine, endLine + 1);
  };
  // The weightier come later.
  give(comments, 'comment');
  give(topOf([...comments, ...headers], lines), 'header');
  give(imports, 'import');
  give(heads, 'signature');

  const result: FileCode['roles'] = [];
  for (let start = 1; start <= lines.count;) {
    let end = start;
    while (end < lines.count && weights[end + 1] === weights[start]) end++;
    const role = roles[(weights[start] ?? 0) - 1];
    if (role) result.push({ startLine: start, endLine: end, role });
    start = end + 1;
  }
  return result;
}

/** @returns those of the spans that stand before the first line of anything else */
function topOf(spans: readonly LineSpan[], lines: SourceLines): LineSpan[] {
  const top: LineSpan[] = [];
  let next = 1;
  for (const span of spans.toSorted((a, b) => a.startLine - b.startLine)) {
    while (next < span.startLine && lines.isBlankLine(next)) next++;
    if (next < span.startLine) break;
    top.push(span);
    next = Math.max(next, span.endLine + 1);
  }
  return top;
}
