/**
 * Policy: a report is about Bonsai, not about its user. Folders of theirs, names of their files, their own name and
 * whatever may be a secret are taken out; taking out too much is no harm. What is left is shown before it goes anywhere.
 */

export interface Private {
  home: string;
  user: string;
  /** Absolute paths of the workspace's folders, and its name. */
  folders: readonly string[];
  workspace: string | undefined;
}

/** Things with a dot in their name that are Bonsai's own or everybody's. */
const known = new Set([
  ...['llama.cpp', 'node-llama-cpp', 'Node.js', 'package.json', 'sidecar.mjs', 'extension.cjs', 'cli.mjs', 'bonsai.node', 'budgets.json'],
  ...['.gitignore', '.bonsaiignore', 'bonsai-demo-q8_0.gguf'],
]);
const secrets: readonly RegExp[] = [
  /\b(?:hf|ghp|gho|ghu|ghs|ghr|glpat|xox[abpr]|sk|pk|rk)[-_][A-Za-z0-9_-]{8,}/g,
  /\bgithub_pat_\w{10,}/g,
  /\bAKIA[0-9A-Z]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g,
  /(?<=\b(?:bearer|basic)\s+)\S+/gi,
  /(?<=\b[\w-]*(?:token|key|secret|password|passwd|pwd|credential|authorization)s?["']?\s*[:=]\s*["']?)[^\s"',;]+/gi,
  /-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  // Longer than any of Bonsai's own numbers: hashes, keys, identifiers.
  /\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}/g,
];
const webAddress = /\b(?<scheme>https?|wss?|ftp|file|vscode-remote):\/\/(?:[^\s/@]*@)?(?<host>[^\s/"'<>)]*)[^\s"'<>)]*/gi;
const mail = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const absolutePath = /(?<![\w<>:])(?:[A-Za-z]:)?[\\/](?:[^\s\\/:*?"'<>|,;()]+[\\/])*[^\s\\/:*?"'<>|,;()]+/g;
/** With a folder, or with an extension that is no number. */
const relativePath =
  /(?<![\w<>/\\.-])(?:[\w@.+~-]+[\\/])+[\w@.+~-]+|(?<![\w<>/\\.-])[\w@+~-][\w@.+~-]*\.(?=[A-Za-z])[A-Za-z0-9]{1,10}\b(?!\()/g;

export function redact(text: string, { home, user, folders, workspace }: Private): string {
  let clean = text;
  for (const pattern of secrets) clean = clean.replace(pattern, '<secret>');
  clean = clean.replace(
    webAddress,
    (_, scheme: string, host: string) => `${scheme}://${/^(huggingface\.co|github\.com|127\.0\.0\.1)\b/.test(host) ? host : '<host>'}/…`,
  );
  clean = clean.replace(mail, '<mail>');
  for (const folder of longestFirst(folders)) clean = withoutFolder(clean, folder, '<workspace>');
  clean = withoutFolder(clean, home, '<home>');
  clean = clean.replace(absolutePath, (path) => (isKnown(path) ? `<path>/${lastName(path)}` : '<path>'));
  clean = clean.replace(relativePath, (path) => (isKnown(path) || isSetting(path) || isNumberWithUnit(path) ? path : '<file>'));
  for (const name of longestFirst([workspace ?? '', user])) if (name.length > 2) clean = clean.replaceAll(wholeWord(name), '<name>');
  return clean;
}

/** A folder and all that lies in it become one word: names of files are private too. */
function withoutFolder(text: string, folder: string, word: string): string {
  if (folder.length < 2) return text;
  const either = escaped(folder).replace(/(?:\\\\|\/)/g, '[\\\\/]');
  return text.replace(new RegExp(`${either}(?<rest>[\\\\/][^\\s"'<>|,;()]*)?`, 'gi'), (...found) => {
    const { rest }: { rest?: string } = groupsOf(found.at(-1));
    return rest !== undefined && isKnown(rest) ? `${word}/…/${lastName(rest)}` : word;
  });
}

function groupsOf(value: unknown): { rest?: string } {
  return typeof value === 'object' && value !== null && 'rest' in value && typeof value.rest === 'string' ? { rest: value.rest } : {};
}

const lastName = (path: string): string => /[^\\/]*$/.exec(path.replace(/:\d+(?::\d+)?$/, ''))?.[0] ?? '';
const isKnown = (path: string): boolean => known.has(lastName(path)) || /node-llama-cpp/.test(path);
const isSetting = (path: string): boolean => /^bonsai\.[\w.]+$/.test(path);
/** `1.5k`, `v3.22.1`, `2.34.x86`: versions and measures. */
const isNumberWithUnit = (path: string): boolean => /^v?\d+(?:\.\w+)*$/.test(path);
const longestFirst = (names: readonly string[]): string[] => names.toSorted((a, b) => b.length - a.length);
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const wholeWord = (name: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(name)}(?![\\p{L}\\p{N}_])`, 'giu');
