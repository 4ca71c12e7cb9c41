/**
 * The review appears where the file was, takes the keyboard only there, and goes when nothing is left to decide. The
 * keys of a review work in a review alone. What a person does to the file meanwhile is followed, and said when it costs a change.
 */
import * as vscode from 'vscode';
import { acceptHunks, type Chosen } from './acceptHunks';
import { linesOf } from '../lineEdits';
import type { Review } from './review';
import { ReviewDecorations } from './reviewDecorations';
import { addressOf, reviewedKey, ReviewDocuments, reviewScheme } from './reviewDocuments';
import { ReviewLenses } from './reviewLenses';
import { hunkAt } from './reviewText';

/** One hunk of one file, as the actions above its lines name it. */
export interface HunkReference {
  key: string;
  id: number;
}

/** Milliseconds that a word in the status bar stays. */
const wordStays = 8000;

export class ReviewView implements vscode.Disposable {
  readonly #documents: ReviewDocuments;
  readonly #decorations: ReviewDecorations;
  readonly #lenses: ReviewLenses;
  readonly #disposables: vscode.Disposable;
  #writing = false;
  /** The hunk, counted from the top, to go to when the document shows what was decided. */
  #next: { key: string; index: number } | undefined;

  constructor(private readonly review: Review) {
    this.#documents = new ReviewDocuments(review);
    this.#decorations = new ReviewDecorations(() => this.#decorateAll());
    this.#lenses = new ReviewLenses(review, this.#documents, () => this.#writing);
    this.#disposables = vscode.Disposable.from(
      this.#documents,
      this.#decorations,
      vscode.languages.registerCodeLensProvider({ scheme: reviewScheme }, this.#lenses),
      vscode.workspace.onDidChangeTextDocument((event) => this.#changed(event)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#decorateAll()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#updateKeys()),
      review.onChange(() => {
        this.#decorateAll();
        this.#updateKeys();
      }),
    );
  }

  /** Whether an answer is being written; while it is, an empty review waits for more. */
  async setWriting(writing: boolean): Promise<void> {
    this.#writing = writing;
    this.#lenses.refresh();
    if (!writing) await this.#closeDecided();
  }

  /** Shows a file's review, the first pending one when none is named. */
  async show(key = this.review.pending[0]?.key): Promise<void> {
    if (key === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There are no proposed changes to review.'));
      return;
    }
    let document = await vscode.workspace.openTextDocument(addressOf(key, 'review'));
    const live = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === key);
    if (live && live.languageId !== document.languageId)
      document = await vscode.languages.setTextDocumentLanguage(document, live.languageId);
    this.#next = { key, index: 0 };
    const column = vscode.window.visibleTextEditors.find((editor) => editor.document === live)?.viewColumn;
    await vscode.window.showTextDocument(document, { preview: false, ...(column === undefined ? {} : { viewColumn: column }) });
    this.#decorateAll();
  }

  acceptHunk(argument: unknown): Promise<void> {
    return this.#decide(this.#hunk(argument), true);
  }

  rejectHunk(argument: unknown): Promise<void> {
    return this.#decide(this.#hunk(argument), false);
  }

  /** All of the file that is named, else of every file: one at once, several after the editor's own preview. */
  async acceptAll(argument: unknown): Promise<void> {
    await this.#accept(this.#files(argument).map((key) => ({ key })));
    await this.#closeDecided();
  }

  /** All of the file that is named, else of every file. */
  async rejectAll(argument: unknown): Promise<void> {
    for (const key of this.#files(argument)) this.review.reject(key);
    await this.#closeDecided();
  }

  /** Goes to the next hunk (1) or the one before (-1), on to the next file at the end of one. */
  async step(by: 1 | -1): Promise<void> {
    const editor = activeReview();
    const shown = editor && this.#documents.shown(editor.document);
    if (!shown) return this.show();
    // A person's own step counts more than where the review would have gone when it was drawn.
    this.#next = undefined;
    const { key, layout } = shown;
    const { line } = editor.selection.active;
    const inside = layout.hunks.findIndex(({ start, end }) => start <= line && line < end);
    const below = layout.hunks.findIndex(({ start }) => start > line);
    const past = below < 0 ? layout.hunks.length : below;
    const index = inside >= 0 ? inside + by : by > 0 ? past : past - 1;
    const hunk = layout.hunks[index];
    if (hunk) {
      goTo(editor, hunk.start);
      return;
    }
    const files = this.review.pending;
    const at = files.findIndex((file) => file.key === key);
    const other = files[(at + by + files.length) % files.length];
    if (other && other.key !== key) await this.show(other.key);
    else goTo(editor, layout.hunks.at(by > 0 ? 0 : -1)?.start ?? 0);
  }

  /** The editor's own comparison of the file with what it would be. */
  async compare(): Promise<void> {
    const editor = activeReview();
    const file = this.review.file((editor && reviewedKey(editor.document.uri)) ?? this.review.pending[0]?.key ?? '');
    if (!file) return this.show();
    const now = file.lines ? vscode.Uri.parse(file.key) : addressOf(file.key, 'empty');
    const title = vscode.l10n.t('{0}: current and with all changes', file.path);
    await vscode.commands.executeCommand('vscode.diff', now, addressOf(file.key, 'proposed'), title);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #decide(hunk: HunkReference | undefined, accept: boolean): Promise<void> {
    if (!hunk) return;
    const { key, id } = hunk;
    this.#next = { key, index: this.#documents.layout(key).hunks.findIndex((one) => one.id === id) };
    if (accept) await this.#accept([{ key, ids: [id] }]);
    else this.review.reject(key, [id]);
    await this.#closeDecided();
  }

  async #accept(chosen: readonly Chosen[]): Promise<void> {
    const { landed, left, lost } = await acceptHunks(this.review, chosen);
    if (lost > 0) say(vscode.l10n.t('{0} changes were dropped because the file has changed.', lost));
    if (left > 0) say(vscode.l10n.t('{0} changes were not applied and can still be reviewed.', left));
    const last = landed.at(-1);
    if (!last || (this.review.file(last.key)?.hunks.length ?? 0) > 0) return;
    // The review of this file goes; its place is taken by the file, at what came in last.
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(last.key));
    const column = vscode.window.visibleTextEditors.find((editor) => reviewedKey(editor.document.uri) === last.key)?.viewColumn;
    const at = new vscode.Range(last.line, 0, last.line, 0);
    await vscode.window.showTextDocument(document, {
      selection: at,
      preview: false,
      ...(column === undefined ? {} : { viewColumn: column }),
    });
  }

  /** Closes reviews without anything to decide, and goes on with the next file when the closed one was in front. */
  async #closeDecided(): Promise<void> {
    if (this.#writing) return;
    const done = (uri: vscode.Uri) => uri.scheme === reviewScheme && (this.review.file(uri.query)?.hunks.length ?? 0) === 0;
    const tabs = vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(
        ({ input }) =>
          (input instanceof vscode.TabInputText && done(input.uri)) || (input instanceof vscode.TabInputTextDiff && done(input.modified)),
      );
    if (tabs.length === 0) return;
    await vscode.window.tabGroups.close(tabs);
    if (this.review.pending.length > 0) await this.show();
  }

  #changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document.uri.scheme === reviewScheme) this.#decorateAll();
    const key = document.uri.toString();
    const file = this.review.file(key);
    if (!file || file.hunks.length === 0 || contentChanges.length === 0) return;
    const lost = this.review.bufferChanged(key, contentChanges, linesOf(document.getText()));
    if (lost === 0) return;
    say(vscode.l10n.t('{0} proposed changes to {1} were dropped because the lines that they replace were edited.', lost, file.path));
    void this.#closeDecided();
  }

  #decorateAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const shown = this.#documents.shown(editor.document);
      if (!shown) continue;
      this.#decorations.set(editor, shown.layout);
      const next = this.#next;
      if (next?.key !== shown.key) continue;
      this.#next = undefined;
      const hunk = shown.layout.hunks[next.index] ?? shown.layout.hunks.at(-1);
      if (hunk) goTo(editor, hunk.start);
    }
    this.#lenses.refresh();
  }

  #files(argument: unknown): string[] {
    const named = isFileReference(argument) ? [argument.key] : this.review.pending.map(({ key }) => key);
    return named.filter((key) => (this.review.file(key)?.hunks.length ?? 0) > 0);
  }

  #hunk(argument: unknown): HunkReference | undefined {
    if (isHunkReference(argument)) return argument;
    const editor = activeReview();
    const shown = editor && this.#documents.shown(editor.document);
    const hunk = shown && hunkAt(shown.layout, editor.selection.active.line);
    return hunk && { key: shown.key, id: hunk.id };
  }

  #updateKeys(): void {
    const key = activeReview() && vscode.window.activeTextEditor?.document.uri.query;
    const shown = key !== undefined && (this.review.file(key)?.hunks.length ?? 0) > 0;
    void vscode.commands.executeCommand('setContext', 'bonsai.edit.shown', shown);
    void vscode.commands.executeCommand('setContext', 'bonsai.edit.pending', this.review.pending.length > 0);
  }
}

function activeReview(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor && reviewedKey(editor.document.uri) !== undefined ? editor : undefined;
}

function goTo(editor: vscode.TextEditor, line: number): void {
  const at = new vscode.Position(line, 0);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function say(word: string): void {
  vscode.window.setStatusBarMessage(`$(info) ${word}`, wordStays);
}

function isFileReference(value: unknown): value is { key: string } {
  return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string';
}

function isHunkReference(value: unknown): value is HunkReference {
  return isFileReference(value) && 'id' in value && typeof value.id === 'number';
}
