/**
 * Ghost text is for files and new documents. Everything else that the editor shows as a document (a notebook
 * cell, output, a commit message's box, a search, the other side of a diff, settings of the editor) is left alone, asked for by
 * hand or not: its text is not code, or not what it seems, or takes effect as it is typed. In files that steer the editor
 * or a version control operation it comes by hand alone; the settings of an editor whose other half runs on a server are
 * such files, too.
 */
export type DocumentKind = 'code' | 'steering' | 'foreign';

const schemes = new Set(['file', 'untitled']);
/** What a window shows of itself, even where it lies in a file. */
const foreignLanguages = new Set(['search-result', 'log', 'scminput', 'code-text-binary']);
const steeringLanguages = new Set(['git-rebase', 'git-commit']);
const steeringFile =
  /(?:^|\/)(?:\.vscode\/[^/]+\.json|[^/]+\.code-workspace|\.git\/.*|(?:User|Machine)\/(?:profiles\/[^/]+\/)?(?:settings|keybindings|tasks|mcp)\.json)$/;

/** @param path with forward slashes */
export function documentKind(scheme: string, path: string, languageId: string): DocumentKind {
  if (!schemes.has(scheme) || foreignLanguages.has(languageId)) return 'foreign';
  return steeringLanguages.has(languageId) || steeringFile.test(path) ? 'steering' : 'code';
}
