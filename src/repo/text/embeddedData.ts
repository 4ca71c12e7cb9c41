/**
 * Pictures and other data written into a text as letters (base64, hexadecimal, data URIs), and lines longer than anyone
 * types. A model learns nothing from them, and one of them takes more room than the file around it, so a short marker
 * stands in their place. No line comes or goes: line numbers stay those of the file.
 */
import { shortBytes } from '../../protocol/numbers';

/** Characters without a break; nobody types so many. */
const longRun = 512;
const runs = new RegExp(
  String.raw`(data:[\w.+-]{1,60}/[\w.+-]{1,60}(?:;[\w=.-]{1,60}){0,4},)([^\s"'\`()<>\\]{${longRun},})|(?<![\w+/=-])[\w+/=-]{${longRun},}`,
  'g',
);

/** Base64 as programs wrap it: lines of one length, perhaps each a string of its own. */
const wrapped = /^(\s*["'`]?)([A-Za-z0-9+/]{56,}={0,2})((?:\\n)?["'`]?[\s,+;\\)\]]*)$/;
/** The last one may be short. */
const wrappedEnd = /^(\s*["'`]?)([A-Za-z0-9+/]+={0,2})((?:\\n)?["'`]?[\s,+;\\)\]]*)$/;
/** Fewer may be names. */
const leastLines = 8;

const longLine = 10_000;
/** Characters that are shown of a longer one. */
const shownOfLine = 1000;

/** @param text with line feeds */
export function withoutEmbeddedData(text: string): string {
  return withoutWrapped(text.replace(runs, (run: string, head: string | undefined) => marked(run, head ?? '')));
}

const marked = (run: string, head: string): string => head + marker(run.length - head.length);

const marker = (characters: number): string => `[${shortBytes(characters)} of encoded data left out]`;

function withoutWrapped(text: string): string {
  const lines = text.split('\n');
  let changed = false;
  for (let start = 0; start < lines.length; start++) {
    const first = wrapped.exec(lines[start] ?? '');
    if (!first) continue;
    let next = start + 1;
    while (next < lines.length && wrapped.test(lines[next] ?? '')) next++;
    if (next - start < leastLines) {
      start = next;
      continue;
    }
    const last = wrappedEnd.exec(lines[next] ?? '');
    if (last) next++;
    const characters = lines.slice(start, next).reduce((sum, line) => sum + (wrappedEnd.exec(line)?.[2]?.length ?? 0), 0);
    const [, before = '', , after = ''] = first;
    const [, lastBefore = '', , lastAfter = ''] = last ?? [];
    lines[start] = before + marker(characters) + after;
    lines.fill('', start + 1, next);
    // What closes a call or a list is kept.
    if (/[^\s"'`]/.test(lastAfter)) lines[next - 1] = lastBefore + lastAfter;
    changed = true;
    start = next - 1;
  }
  return changed ? lines.join('\n') : text;
}

/** @param text with line feeds */
export function withoutLongLines(text: string): string {
  if (text.length <= longLine) return text;
  return text.split('\n').map(shortened).join('\n');
}

function shortened(line: string): string {
  if (line.length <= longLine) return line;
  // Not between the halves of a surrogate pair.
  const shown = line.slice(0, shownOfLine).replace(/[\ud800-\udbff]$/, '');
  return `${shown}[${shortBytes(line.length - shown.length)} of this line left out]`;
}
