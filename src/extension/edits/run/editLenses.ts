/** Off unless asked for; then one line of actions above every function, method and class, and nothing above the rest. */
import * as vscode from 'vscode';
import { codeLensEnabled } from '../../settings';
import { symbolsOf, type Spot } from './target';

const kinds = new Set([
  vscode.SymbolKind.Function,
  vscode.SymbolKind.Method,
  vscode.SymbolKind.Constructor,
  vscode.SymbolKind.Class,
  vscode.SymbolKind.Interface,
  vscode.SymbolKind.Struct,
]);

export class EditLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changes.event;
  readonly #settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('bonsai.codeLens')) this.#changes.fire();
  });

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!codeLensEnabled() || !vscode.workspace.isTrusted) return [];
    const { t } = vscode.l10n;
    return flat(await symbolsOf(document)).flatMap(({ range, selectionRange }) => {
      const spot: Spot = { uri: document.uri, range };
      const lens = (title: string, command: string, tooltip = t('Bonsai proposes a change to review')) =>
        new vscode.CodeLens(selectionRange, { title, command, arguments: [spot], tooltip });
      return [
        lens(t('Explain'), 'bonsai.explain', t('Bonsai answers in the chat')),
        lens(t('Edit…'), 'bonsai.edit'),
        lens(t('Write Tests'), 'bonsai.writeTests'),
        lens(t('Write Docs'), 'bonsai.writeDocs'),
      ];
    });
  }

  dispose(): void {
    this.#changes.dispose();
    this.#settings.dispose();
  }
}

/** Symbols that deserve a line, in a class its members too, but nothing inside a function. */
function flat(symbols: readonly vscode.DocumentSymbol[]): vscode.DocumentSymbol[] {
  return symbols.flatMap((symbol) => {
    const callable = [vscode.SymbolKind.Function, vscode.SymbolKind.Method, vscode.SymbolKind.Constructor].includes(symbol.kind);
    return [...(kinds.has(symbol.kind) ? [symbol] : []), ...(callable ? [] : flat(symbol.children))];
  });
}
