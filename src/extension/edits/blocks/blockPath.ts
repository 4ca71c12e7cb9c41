/**
 * A path is what stands alone on a line, whatever it is wrapped in; a path in the middle of prose is a guess. Whether
 * a path may be written to is decided elsewhere: here even nonsense is a path, so that it is refused and not replaced by a guess.
 */

const longest = 400;
const namesWithoutExtension = /^(?:Makefile|Dockerfile|LICENSE|README|CMakeLists|Gemfile|Rakefile|Jenkinsfile|Procfile)$/i;

/** A folder by the name of a variable: refused later, and no reason to take the line for code. */
const variable = /^\$\{\w{1,40}\}(?=[/\\])/;

function looksLikePath(text: string): boolean {
  if (text.length === 0 || text.length > longest || /[<>{};=]/.test(text.replace(variable, ''))) return false;
  return (
    /[/\\]/.test(text) || /^\.{0,2}[^.\s].*\.[\p{L}\p{N}_+-]{1,12}$/u.test(text) || /^\.\w/.test(text) || namesWithoutExtension.test(text)
  );
}

/** Takes off what people put around a path: list and heading marks, labels, quotes, a colon at the end. */
function unwrapped(line: string): { text: string; quoted: boolean } {
  let text = line
    .trim()
    .replace(/^(?:[-*+]|\d{1,3}[.)]|#{1,6}|>|\/\/|<!--|\/\*)\s+/, '')
    .replace(/\s*(?:-->|\*\/)$/, '')
    .replace(/^(?:\*\*)?(?:file|path|filename|file ?path|new file|edit|update|create)(?:\*\*)?\s*[:=](?:\*\*)?\s*/i, '')
    .replace(/:$/, '');
  let quoted = false;
  for (;;) {
    const inner = /^(\*\*|__|`+|["'])(.+)\1$/.exec(text)?.[2]?.trim();
    if (inner === undefined || /[`"]/.test(inner.slice(1, -1))) return { text, quoted };
    text = inner.replace(/:$/, '');
    quoted = true;
  }
}

/** The path when the line holds nothing else, or undefined. */
export function pathAlone(line: string): string | undefined {
  const { text, quoted } = unwrapped(line);
  // Other white space than these may be a trick, and is for the check of the path to find.
  return looksLikePath(text) && (quoted || !/[ \t]/.test(text)) ? text : undefined;
}

/** Paths a line of prose mentions: in code spans, or bare words with a slash. */
export function pathsMentioned(line: string): string[] {
  const spans = [...line.matchAll(/`([^`]{1,400})`|\*\*([^*]{1,400})\*\*/g)].map(([, code, bold]) => code ?? bold ?? '');
  const words = line
    .replace(/`[^`]*`/g, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[("'[]+|[)"'\],.:;!?]+$/g, ''))
    .filter((word) => word.includes('/') && !word.includes('://'));
  return [...new Set([...spans, ...words])].filter(looksLikePath);
}

/** The path in what follows an opening fence: `ts src/a.ts`, `ts:src/a.ts`, `src/a.ts`, `ts title="src/a.ts"`. */
export function pathInFence(info: string): string | undefined {
  const titled = /(?:title|file|filename|path)=["']?([^"']{1,400}?)["']?\s*$/i.exec(info)?.[1];
  const last = titled ?? info.trim().split(/\s+/).at(-1) ?? '';
  const bare = last.replace(/^[\w+#-]{1,20}:(?![/\\]{2})/, '');
  return looksLikePath(bare) ? bare : undefined;
}
