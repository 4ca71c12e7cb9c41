/** Pieces of text that only the editor's comparison shows; the newest few are kept, none is written to disk. */
import { posix } from 'node:path';
import * as vscode from 'vscode';

const scheme = 'bonsai-block';
/** Comparisons that can be open at once, two sides each. */
const mostKept = 40;

export class BlockDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  #count = 0;

  /** @param like its ending tells the editor the language */
  add(like: vscode.Uri, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${posix.basename(like.path)}`, query: String(this.#count++) });
    this.#texts.set(uri.toString(), text);
    for (const old of [...this.#texts.keys()].slice(0, -mostKept)) this.#texts.delete(old);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
