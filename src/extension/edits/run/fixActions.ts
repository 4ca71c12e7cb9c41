/** Every problem that an editor reports in a file of the workspace can be handed to Bonsai from its lightbulb. */
import * as vscode from 'vscode';
import type { Spot } from './target';

export class FixActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];

  provideCodeActions(document: vscode.TextDocument, _: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const [first, ...others] = context.diagnostics;
    if (!first || !vscode.workspace.isTrusted) return [];
    const action = new vscode.CodeAction(vscode.l10n.t('Fix with Bonsai'), vscode.CodeActionKind.QuickFix);
    const range = others.reduce((whole, { range: other }) => whole.union(other), first.range);
    const spot: Spot = { uri: document.uri, range };
    action.diagnostics = [...context.diagnostics];
    action.command = { title: action.title, command: 'bonsai.fix', arguments: [spot] };
    return [action];
  }
}

/** What is reported on the lines of a range: `line 12, error ts 2304: Cannot find name 'x'.` */
export function problemsAt(document: vscode.TextDocument, range: vscode.Range): string[] {
  return vscode.languages
    .getDiagnostics(document.uri)
    .filter((problem) => problem.range.start.line <= range.end.line && problem.range.end.line >= range.start.line)
    .map((problem) => `line ${problem.range.start.line + 1}, ${problemText(problem)}`);
}

/** `error ts 2304: Cannot find name 'x'.` */
export function problemText({ severity, source, code, message }: vscode.Diagnostic): string {
  const severities = ['error', 'warning', 'information', 'hint'];
  const id = typeof code === 'object' ? code.value : code;
  const kind = [severities[severity], source, id].filter((part) => part !== undefined && part !== '').join(' ');
  return `${kind}: ${message}`;
}
