/** The folders of the workspace that are on this machine, and its name; nothing where it is not trusted or has none. */
import * as vscode from 'vscode';
import { encodingRules, languagesOf } from './fileEncodings';
import type { ReadingTarget } from './readingController';

export function workspacePlace(): ReadingTarget | undefined {
  if (!vscode.workspace.isTrusted) return undefined;
  const local = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (local.length === 0) return undefined;
  const folders = local.map(({ uri }) => uri.fsPath);
  const encodings = fileEncodings(local.map(({ uri }) => uri));
  const { name } = vscode.workspace;
  return {
    folders,
    ...(encodings.length === 0 ? {} : { encodings }),
    ...(name === undefined ? {} : { name: name.replace(/ \[.*\]$| \(Workspace\)$/, '') }),
  };
}

/** What `files.encoding` says of the folders, for every language that has a value of its own. */
function fileEncodings(folders: readonly vscode.Uri[]) {
  const languages = () => languagesOf(vscode.extensions.all.map(({ packageJSON }): unknown => packageJSON));
  return encodingRules(
    folders.map((uri) => {
      const files = vscode.workspace.getConfiguration('files', uri);
      const of = (languageId: string) => vscode.workspace.getConfiguration('files', { uri, languageId }).get<string>('encoding', '');
      const own = (files.inspect('encoding')?.languageIds ?? []).map((id): [string, string] => [id, of(id)]);
      return {
        folder: uri.fsPath,
        encoding: files.get<string>('encoding', ''),
        languages: new Map(own),
        associations: files.get<Record<string, string>>('associations', {}),
      };
    }),
    languages,
  );
}
