/**
 * What a model writes as a link is untrusted. Only http and https leave the editor, and only files inside a
 * workspace folder open in it; everything else is refused with a reason.
 */
import { basename, isAbsolute, normalize, relative, resolve, sep } from 'node:path';

export type LinkTarget =
  | { kind: 'web'; url: string }
  /** Lines count from 1. */
  | { kind: 'file'; path: string; line: number | undefined; endLine: number | undefined }
  | { kind: 'refused' };

const filePattern = /^(?<path>[^:?#*<>|"\p{Cc}]+)(?:(?::|#L)(?<line>\d{1,7})(?:(?::\d{1,5})|(?:-L?(?<end>\d{1,7})))?)?$/u;

export function parseLink(href: string): LinkTarget {
  const text = href.trim();
  if (text.length === 0 || text.length > 2048) return { kind: 'refused' };
  if (/^https?:\/\//i.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url && !url.username && !url.password ? { kind: 'web', url: url.href } : { kind: 'refused' };
  }
  const decoded = decode(text.replace(/^file:\/\/(?=\/)/i, ''));
  const match = decoded === undefined ? null : filePattern.exec(decoded);
  const path = match?.groups?.['path'];
  if (!path || path.startsWith('//') || path.startsWith('\\\\')) return { kind: 'refused' };
  const number = (digits: string | undefined) => (digits === undefined ? undefined : Math.max(1, Number(digits)));
  return { kind: 'file', path, line: number(match.groups?.['line']), endLine: number(match.groups?.['end']) };
}

/**
 * Absolute candidates for a path, each inside a workspace folder, in folder order. A path may be absolute, relative to
 * a folder, or begin with a folder's name as it does when a workspace has several.
 */
export function candidatesInside(path: string, folders: readonly { name: string; path: string }[]): string[] {
  const found: string[] = [];
  for (const folder of folders) {
    const relatives = [path];
    const [first, ...rest] = path.split(/[\\/]/);
    if ((first === folder.name || first === basename(folder.path)) && rest.length > 0) relatives.push(rest.join(sep));
    for (const candidate of relatives) {
      const absolute = isAbsolute(candidate) ? normalize(candidate) : resolve(folder.path, candidate);
      if (isInside(absolute, folder.path) && !found.includes(absolute)) found.push(absolute);
    }
  }
  return found;
}

/** Whether `path` lies below `folder`; both absolute. Symbolic links are the caller's to resolve first. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.includes('%00') ? undefined : text;
  }
}
