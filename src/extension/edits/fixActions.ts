/** Policy: every problem that an editor reports in a file of the workspace can be handed to Bonsai from its lightbulb. */
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
  const severities = ['error', 'warning', 'information', 'hint'];
  return vscode.languages
    .getDiagnostics(document.uri)
    .filter((problem) => problem.range.start.line <= range.end.line && problem.range.end.line >= range.start.line)
    .map(({ severity, source, code, message, range: at }) => {
      const id = typeof code === 'object' ? code.value : code;
      const kind = [severities[severity], source, id].filter((part) => part !== undefined && part !== '').join(' ');
      return `line ${at.start.line + 1}, ${kind}: ${message}`;
    });
}
