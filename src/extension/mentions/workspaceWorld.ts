/**
 * The editor's workspace, as mentions see it. A path is confined before it is read, links resolved; a file is read
 * through its live document. The files of a folder may be many, so those that no editor has open come from the disk.
 */
import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { SourceLines } from '../../protocol';
import { currentSelection } from '../commands/askAboutSelection';
import { problemText } from '../edits/run/fixActions';
import { symbolsOf } from '../edits/run/target';
import type { AsRead } from '../languageModel/attachedAsRead';
import { longestSource, sourceText } from '../languageModel/sourceText';
import { existingInside } from '../util/openLink';
import { repositoryPath } from '../util/repositoryPath';
import { withIndexed, type FoundSymbol, type IndexedSymbols } from './foundSymbols';
import type { FileList } from './fileList';
import type { MentionWorld, Read } from './mentionWorld';

/** Lines of problems that go with a question. */
const mostProblems = 200;
/** Most of a large file may be pictures that are not read; what is left has `longestSource` characters at most. */
const mostBytes = 16_000_000;

export class WorkspaceWorld implements MentionWorld {
  /** @param indexed definitions that the sidecar knows */
  constructor(
    private readonly list: FileList,
    private readonly indexed: IndexedSymbols,
    private readonly read: AsRead,
  ) {}

  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  files(): Promise<readonly string[]> {
    return this.list.current();
  }

  async file(path: string): Promise<Read> {
    const found = await find(path);
    if ('refused' in found) return found;
    const { uri } = found;
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    const text = open ? open.getText() : ((await diskText(uri.fsPath)) ?? (await opened(uri))?.getText());
    if (text === undefined) return { refused: 'not-text' };
    const read = await this.read(repositoryPath(uri), text);
    return wrapped(sourceText(repositoryPath(uri), read), read);
  }

  async symbol(path: string, name: string): Promise<Read> {
    const found = await find(path);
    if ('refused' in found) return found;
    const document = await opened(found.uri);
    if (!document) return { refused: 'not-text' };
    const range =
      rangeOf(await symbolsOf(document), name) ??
      (await workspaceSymbols(name)).find(sameIn(found.uri, name))?.location.range ??
      (await this.#indexedRange(path, name));
    if (!range) return { refused: 'no-symbol' };
    const whole = document.validateRange(new vscode.Range(range.start.line, 0, range.end.line, Number.MAX_SAFE_INTEGER));
    const text = await this.read(repositoryPath(found.uri), document.getText(whole));
    return wrapped(sourceText(repositoryPath(found.uri), text, whole.start.line), text);
  }

  async #indexedRange(path: string, name: string): Promise<vscode.Range | undefined> {
    const known = (await this.indexed(name, path)).find((symbol) => symbol.name === name);
    return known && new vscode.Range(known.startLine - 1, 0, known.endLine - 1, 0);
  }

  selection(): SourceLines | undefined {
    return currentSelection();
  }

  activeFile(): string | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    return uri && vscode.workspace.getWorkspaceFolder(uri) ? repositoryPath(uri) : undefined;
  }

  problems(path?: string): string[] {
    const all = vscode.languages
      .getDiagnostics()
      .filter(([uri]) => vscode.workspace.getWorkspaceFolder(uri) && (path === undefined || repositoryPath(uri) === path))
      .flatMap(([uri, problems]) => problems.map((problem) => ({ place: repositoryPath(uri), problem })));
    return all
      .sort((a, b) => a.problem.severity - b.problem.severity)
      .slice(0, mostProblems)
      .map(({ place, problem }) => `${place}:${problem.range.start.line + 1}: ${problemText(problem).replaceAll(/\s+/g, ' ')}`);
  }
}

/** Of all language servers, those inside the workspace; then those that only our index knows, as no server runs for their language. */
export async function findSymbols(query: string, indexed: IndexedSymbols): Promise<FoundSymbol[]> {
  const [served, known] = await Promise.all([workspaceSymbols(query), indexed(query)]);
  const found = served
    .filter(({ location }) => vscode.workspace.getWorkspaceFolder(location.uri))
    .map(({ name, location }) => ({
      ...{ path: repositoryPath(location.uri), name: bare(name), line: location.range.start.line + 1 },
    }));
  return withIndexed(found, known);
}

async function workspaceSymbols(query: string): Promise<vscode.SymbolInformation[]> {
  const found: unknown = await vscode.commands.executeCommand('vscode.executeWorkspaceSymbolProvider', query);
  return Array.isArray(found) ? found.filter((symbol) => symbol instanceof vscode.SymbolInformation) : [];
}

async function find(path: string): Promise<{ uri: vscode.Uri } | { refused: 'outside' | 'too-long' | 'not-text' }> {
  const absolute = await existingInside(path);
  if (absolute === undefined) return { refused: 'outside' };
  const info = await stat(absolute).catch(() => undefined);
  if (!info?.isFile()) return { refused: 'not-text' };
  return info.size > mostBytes ? { refused: 'too-long' } : { uri: vscode.Uri.file(absolute) };
}

/** The editor knows other encodings too; nothing when it takes the file for binary. */
async function opened(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  return vscode.workspace.openTextDocument(uri).then(
    (document) => document,
    () => undefined,
  );
}

/** Nothing when it is no UTF-8 text. */
async function diskText(path: string): Promise<string | undefined> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function wrapped(lines: SourceLines | undefined, text: string): Read {
  if (lines) return { lines };
  return { refused: text.length > longestSource ? 'too-long' : 'not-text' };
}

function rangeOf(symbols: readonly vscode.DocumentSymbol[], name: string): vscode.Range | undefined {
  for (const symbol of symbols) {
    if (bare(symbol.name) === name) return symbol.range;
    const inside = rangeOf(symbol.children, name);
    if (inside) return inside;
  }
  return undefined;
}

const sameIn = (uri: vscode.Uri, name: string) => (symbol: vscode.SymbolInformation) =>
  bare(symbol.name) === name && symbol.location.uri.toString() === uri.toString();

/** Some language servers write `start()`, and with its parameters in one list but not in the other. */
const bare = (name: string): string => name.replace(/(?<=.)\(.*\)$/s, '');
