/** What can be decided stands above the lines it is about; what concerns the whole file stands at its top. */
import * as vscode from 'vscode';
import type { ReviewDocuments } from './reviewDocuments';
import type { Review } from './review';

/** A common one beside an icon is not drawn. */
const space = '\u00a0';

export class ReviewLenses implements vscode.CodeLensProvider {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changes.event;

  constructor(
    private readonly review: Review,
    private readonly documents: ReviewDocuments,
    private readonly writing: () => boolean,
  ) {}

  refresh(): void {
    this.#changes.fire();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const shown = this.documents.shown(document);
    if (!shown) return [];
    const { t } = vscode.l10n;
    const { key, layout } = shown;
    const lens = (line: number, title: string, command: string, argument?: object) =>
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), { title, command, arguments: argument ? [argument] : [] });
    const count = layout.hunks.length;
    const files = this.review.pending.length;
    const top = [
      ...(this.writing() ? [lens(0, `$(loading~spin)${space}${t('Bonsai is writing')}`, '')] : []),
      ...(count > 1
        ? [
            lens(0, `$(check-all)${space}${t('Accept All ({0})', count)}`, 'bonsai.edit.acceptAll', { key }),
            lens(0, t('Reject All'), 'bonsai.edit.rejectAll', { key }),
          ]
        : []),
      ...(count > 0 && files > 1 ? [lens(0, t('Accept All in {0} Files…', files), 'bonsai.edit.acceptAll')] : []),
      ...(count > 0 ? [lens(0, `$(diff)${space}${t('Compare')}`, 'bonsai.edit.compare')] : []),
    ];
    const each = layout.hunks.flatMap(({ id, start }, index) => [
      lens(start, `$(check)${space}${t('Accept')}`, 'bonsai.edit.acceptHunk', { key, id }),
      lens(start, `$(close)${space}${t('Reject')}`, 'bonsai.edit.rejectHunk', { key, id }),
      ...(count > 1 ? [lens(start, t('{0} of {1}', index + 1, count), '')] : []),
    ]);
    return [...top, ...each];
  }
}
