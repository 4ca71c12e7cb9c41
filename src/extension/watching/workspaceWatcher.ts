/** Everything the editor can see changing goes into one {@link ChangeFeed}; who needs telling is decided there. */
import * as vscode from 'vscode';
import { Absence } from './absence';
import type { ChangeFeed } from './changeFeed';
import { GitHeads, type GitApi } from './gitHeads';
import { isWatched } from './watched';

export class WorkspaceWatcher implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable[];
  readonly #absence = new Absence();
  #watchers: vscode.Disposable[] = [];
  #heads: GitHeads | undefined;
  #disposed = false;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#subscriptions = [
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#watch()),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#changed(uri)),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (this.#absence.focus(focused)) this.feed.anything();
      }),
    ];
    this.#watch();
    void this.#followGit();
  }

  dispose(): void {
    this.#disposed = true;
    for (const disposable of [...this.#subscriptions, ...this.#watchers]) disposable.dispose();
    this.#heads?.dispose();
    this.feed.dispose();
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    const changed = (uri: vscode.Uri) => this.#changed(uri);
    this.#watchers = this.#folders().flatMap((folder) => {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**/*'));
      return [watcher, watcher.onDidCreate(changed), watcher.onDidChange(changed), watcher.onDidDelete(changed)];
    });
  }

  #changed(uri: vscode.Uri): void {
    const folders = this.#folders().map((folder) => folder.uri.fsPath);
    if (uri.scheme === 'file' && isWatched(uri.fsPath, folders)) this.feed.changed(uri.fsPath);
  }

  #folders(): readonly vscode.WorkspaceFolder[] {
    return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  }

  /** The extension may be missing or switched off; the watchers then see the files of a branch switch one by one. */
  async #followGit(): Promise<void> {
    try {
      const extension = vscode.extensions.getExtension<{ getAPI(version: 1): GitApi }>('vscode.git');
      const git = await extension?.activate();
      if (!git || this.#disposed) return;
      this.#heads = new GitHeads(git.getAPI(1), () => this.feed.anything());
    } catch (error) {
      this.log.debug(`git is not followed: ${String(error)}`);
    }
  }
}
