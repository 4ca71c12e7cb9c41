/**
 * What the person attached to a question goes with it as it stands in the editor now, unsaved changes included.
 * What cannot be read as text is named. With nothing attached, a slash command means the selection.
 */
import * as vscode from 'vscode';
import type { SourceLines } from '../../protocol';
import { currentSelection } from '../commands/askAboutSelection';
import { repositoryPath } from '../util/repositoryPath';
import type { AsRead } from './attachedAsRead';
import { sourceText } from './sourceText';

export interface Attached {
  sources: SourceLines[];
  /** Names of what could not be attached. */
  unreadable: string[];
}

export async function attached(request: Pick<vscode.ChatRequest, 'references' | 'command'>, read: AsRead): Promise<Attached> {
  const result: Attached = { sources: [], unreadable: [] };
  // VS Code sends them from last to first.
  for (const reference of request.references.toReversed()) {
    const source = await sourceOf(reference, read).catch(() => undefined);
    if (source) result.sources.push(source);
    else result.unreadable.push(nameOf(reference));
  }
  const selection = result.sources.length === 0 && request.command !== undefined ? currentSelection() : undefined;
  if (selection) result.sources.push(selection);
  return result;
}

async function sourceOf({ value, id, modelDescription }: vscode.ChatPromptReference, read: AsRead): Promise<SourceLines | undefined> {
  if (typeof value === 'string') return sourceText(modelDescription ?? id, value);
  if (value instanceof vscode.Uri) {
    const document = await vscode.workspace.openTextDocument(value);
    const path = repositoryPath(value);
    return sourceText(path, await read(path, document.getText()));
  }
  if (!(value instanceof vscode.Location)) return undefined;
  const document = await vscode.workspace.openTextDocument(value.uri);
  const lines = new vscode.Range(value.range.start.line, 0, value.range.end.line, Number.MAX_SAFE_INTEGER);
  const path = repositoryPath(value.uri);
  return sourceText(path, await read(path, document.getText(document.validateRange(lines))), value.range.start.line);
}

function nameOf({ value, id }: vscode.ChatPromptReference): string {
  if (value instanceof vscode.Uri) return repositoryPath(value);
  return value instanceof vscode.Location ? repositoryPath(value.uri) : id;
}
