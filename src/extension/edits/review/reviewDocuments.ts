/**
 * Every file under review has a read-only document in which its changes are written out, and one that shows the file
 * as it would be with all of them, for the editor's own comparison. Both follow the review; neither is ever written to disk.
 */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { changedLines } from '../lineEdits';
import type { Review } from './review';
import { reviewLayout, type ReviewLayout } from './reviewText';

export const reviewScheme = 'bonsai-edit';

type Kind = 'review' | 'proposed' | 'empty';

export class ReviewDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #layouts = new Map<string, ReviewLayout>();
  readonly #disposables: vscode.Disposable;

  constructor(private readonly review: Review) {
    this.#disposables = vscode.Disposable.from(
      this.#changes,
      vscode.workspace.registerTextDocumentContentProvider(reviewScheme, this),
      review.onChange((key) => {
        this.#layouts.delete(key);
        for (const kind of ['review', 'proposed'] as const) this.#changes.fire(addressOf(key, kind));
      }),
    );
  }

  layout(key: string): ReviewLayout {
    const file = this.review.file(key);
    const layout = this.#layouts.get(key) ?? reviewLayout(file?.lines ?? [], file?.hunks ?? []);
    this.#layouts.set(key, layout);
    return layout;
  }

  /** The layout of a review document, if the document shows it already. */
  shown(document: vscode.TextDocument): { key: string; layout: ReviewLayout } | undefined {
    const key = reviewedKey(document.uri);
    if (key === undefined) return undefined;
    const layout = this.layout(key);
    return document.getText() === layout.text ? { key, layout } : undefined;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const key = uri.query;
    const file = this.review.file(key);
    if (!file || uri.fragment === 'empty') return '';
    return uri.fragment === 'proposed' ? changedLines(file.lines ?? [], file.hunks).join('\n') : this.layout(key).text;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** The review's own address keeps the ending of the file's, by which the editor knows the language. */
export function addressOf(key: string, kind: Kind): vscode.Uri {
  const { path } = vscode.Uri.parse(key);
  const name = kind === 'review' ? `Bonsai: ${posix.basename(path)}` : posix.basename(path);
  return vscode.Uri.from({
    scheme: reviewScheme,
    path: posix.join(posix.dirname(path), name),
    query: key,
    fragment: kind === 'review' ? '' : kind,
  });
}

/** Key of the file that a document reviews; undefined for every other document. */
export function reviewedKey(uri: vscode.Uri): string | undefined {
  return uri.scheme === reviewScheme && uri.fragment === '' ? uri.query : undefined;
}
