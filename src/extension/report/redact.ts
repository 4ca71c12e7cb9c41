/**
 * A report is about Bonsai, not about its user. Folders of theirs, names of their files, their own name and
 * whatever may be a secret are taken out; taking out too much is no harm. What is left is shown before it goes anywhere.
 */

export interface Private {
  home: string;
  user: string;
  /** Absolute paths of the workspace's folders. */
  folders: readonly string[];
  workspace: string | undefined;
}

/** Things with a dot or a slash in their name that are Bonsai's own or everybody's. */
const known = new Set([
  ...[
    'llama.cpp',
    'node-llama-cpp',
    'Node.js',
    'package.json',
    'sidecar.mjs',
    'extension.cjs',
    'cli.mjs',
    'llama-addon.node',
    'budgets.json',
  ],
  ...['.gitignore', '.bonsaiignore', 'bonsai-demo-q8_0.gguf', 'tokens/s'],
]);
/** Characters; a longer word is no word of a log. */
const longestWord = 300;

/** What stands over several words. */
const phrases: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{1,40}-----[^-]*(?:-----END [A-Z ]{1,40}-----)?/g,
  /(?<=\b(?:bearer|basic)\s{1,4})\S+/gi,
  /(?<=(?:token|key|secret|password|passwd|pwd|credential|authorization)s?["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;]+/gi,
];
const secrets: readonly RegExp[] = [
  /\b(?:hf|ghp|gho|ghu|ghs|ghr|glpat|xox[abpr]|sk|pk|rk)[-_][A-Za-z0-9_-]{8,}/g,
  /\bgithub_pat_\w{10,}/g,
  /\bAKIA[0-9A-Z]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g,
  // Longer than any of Bonsai's own numbers: hashes, keys, identifiers.
  /\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}/g,
];
const webAddress = /\b(?<scheme>https?|wss?|ftp|file|vscode-remote):\/\/(?:[^/@]*@)?(?<host>[^/"'<>)]*)[^"'<>)]*/gi;
const publicHost = /^(?:huggingface\.co|github\.com|127\.0\.0\.1)(?::\d+)?$/;
const mail = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const absolutePath = /(?<![\w<>:])(?:[A-Za-z]:)?[\\/](?:[^\\/:*?"'<>|,;()]+[\\/])*[^\\/:*?"'<>|,;()]+/g;
/** With a folder, or with an extension that is no number. */
const relativePath = /(?<![\w<>/\\.-])(?:(?:[\w@.+~-]+[\\/])+[\w@.+~-]+|[\w@+~-][\w@.+~-]*\.(?=[A-Za-z])[A-Za-z0-9]{1,10}\b(?!\())/g;

export function redact(text: string, { home, user, folders, workspace }: Private): string {
  let clean = text;
  for (const pattern of phrases) clean = clean.replace(pattern, '<secret>');
  for (const folder of longestFirst(folders)) clean = withoutFolder(clean, folder, '<workspace>');
  clean = withoutFolder(clean, home, '<home>').replace(/\S+/g, cleanWord);
  for (const name of longestFirst([workspace ?? '', user])) if (name.length > 2) clean = clean.replaceAll(wholeWord(name), '<name>');
  return clean;
}

function cleanWord(word: string): string {
  if (word.length > longestWord) return '<long>';
  let clean = word;
  for (const pattern of secrets) clean = clean.replace(pattern, '<secret>');
  return clean
    .replace(webAddress, (_, scheme: string, host: string) => `${scheme}://${publicHost.test(host) ? host : '<host>'}/…`)
    .replace(mail, '<mail>')
    .replace(absolutePath, (path) => (isKnown(path) ? `<path>/${lastName(path)}` : '<path>'))
    .replace(relativePath, (path) => (isKnown(path) || isOurs(path) ? path : '<file>'));
}

/** A folder and all that lies in it become one word: names of files are private too. */
function withoutFolder(text: string, folder: string, word: string): string {
  if (folder.length < 2) return text;
  const either = escaped(folder).replace(/\\\\|\\\//g, '[\\\\/]');
  const inside = new RegExp(`${either}(?:[\\\\/][^\\s"'<>|,;()]*)?`, 'gi');
  return text.replace(inside, (path) => (isKnown(path) ? `${word}/…/${lastName(path)}` : word));
}

const lastName = (path: string): string => /[^\\/]*$/.exec(path.replace(/(?::\d+){1,2}$/, ''))?.[0] ?? '';
const isKnown = (path: string): boolean => known.has(path) || known.has(lastName(path));
/** Names of settings; versions and measures such as `3.22.1`, `v1.2` and `2.34.x86`. */
const isOurs = (path: string): boolean => /^bonsai\.[\w.]+$/.test(path) || /^v?\d+(?:\.\w+)*$/.test(path);
const longestFirst = (names: readonly string[]): string[] => names.toSorted((a, b) => b.length - a.length);
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const wholeWord = (name: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(name)}(?![\\p{L}\\p{N}_])`, 'giu');
