/**
 * A command is about what is selected; without a selection about the smallest thing the language knows around the
 * cursor, such as a function; else about the line. Always whole lines.
 */
import * as vscode from 'vscode';
import type { LineSpan } from '../blocks/locate';

export interface Target {
  document: vscode.TextDocument;
  span: LineSpan;
}

/** What a lens or a code action hands to its command. */
export interface Spot {
  uri: vscode.Uri;
  range: vscode.Range;
}

export function isSpot(value: unknown): value is Spot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'uri' in value &&
    value.uri instanceof vscode.Uri &&
    'range' in value &&
    value.range instanceof vscode.Range
  );
}

/** @returns undefined when there is no editor that could be changed */
export async function targetOf(argument: unknown): Promise<Target | undefined> {
  if (isSpot(argument)) {
    const document = await vscode.workspace.openTextDocument(argument.uri);
    return { document, span: wholeLines(document.validateRange(argument.range)) };
  }
  const editor = vscode.window.activeTextEditor;
  if (!editor || !['file', 'untitled'].includes(editor.document.uri.scheme)) return undefined;
  const { document, selection } = editor;
  if (!selection.isEmpty) return { document, span: wholeLines(selection) };
  const around = await rangeAround(document, selection.active);
  return { document, span: wholeLines(around ?? selection) };
}

/** A range that ends at the start of a line does not mean that line. */
export function wholeLines({ start, end }: vscode.Range): LineSpan {
  return { first: start.line, last: end.character === 0 && end.line > start.line ? end.line - 1 : end.line };
}

export async function symbolsOf(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]> {
  const found: unknown = await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri);
  return Array.isArray(found) ? found.filter(isDocumentSymbol) : [];
}

/** By its shape: what the command returns has it, and is of a class of the editor's own. */
function isDocumentSymbol(value: unknown): value is vscode.DocumentSymbol {
  return (
    typeof value === 'object' &&
    value !== null &&
    'range' in value &&
    value.range instanceof vscode.Range &&
    'selectionRange' in value &&
    value.selectionRange instanceof vscode.Range &&
    'children' in value &&
    Array.isArray(value.children)
  );
}

async function rangeAround(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Range | undefined> {
  let symbols = await symbolsOf(document);
  let range: vscode.Range | undefined;
  for (;;) {
    const inside = symbols.find((symbol) => symbol.range.contains(position));
    if (!inside) return range;
    if (!inside.range.isSingleLine || !range) ({ range } = inside);
    symbols = inside.children;
  }
}
