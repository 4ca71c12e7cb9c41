/**
 * Edits wait for each other and for answers in the chat; none writes into a file, all lead to a review. A run can be stopped, and what was
 * proposed until then stays to be reviewed. The first proposal opens the review, unless the person has gone elsewhere.
 */
import * as vscode from 'vscode';
import type { AnswerDelta } from '../../../protocol';
import type { SidecarClient } from '../../engine/sidecarClient';
import { waiting } from '../../engine/waiting';
import { repositoryPath } from '../../util/repositoryPath';
import type { Translate } from '../../util/text';
import { reportEdit } from './editReport';
import { askForEdits, type EditAnswer } from './editRequest';
import { EditRun, type EditOutcome } from './editRun';
import { linesOf } from '../lineEdits';
import { LiveFiles } from './liveFiles';
import type { Review } from '../review/review';
import type { ReviewView } from '../review/reviewView';
import type { Target } from './target';

export interface EditTask {
  /** Shown while the model writes. */
  title: string;
  target: Target;
  question: string;
}

export class EditRunner {
  /** Edits that are written or wait. */
  #running = 0;

  constructor(
    private readonly client: Pick<SidecarClient, 'ask'>,
    private readonly review: Review,
    private readonly view: ReviewView,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  /** Asks the model about the target as it is now, however long the edit has to wait. */
  async run(asked: EditTask): Promise<EditOutcome> {
    this.#running++;
    const { title, target, question } = asked;
    const { document, span } = target;
    const path = repositoryPath(document.uri);
    const editor = vscode.window.activeTextEditor;
    const source = new vscode.CancellationTokenSource();
    const onOffer = (key: string, count: number) => {
      if (count === 1 && vscode.window.activeTextEditor === editor) void this.view.show(key);
    };
    const hooks = { onFull: () => source.cancel(), onOffer };
    const run = new EditRun(new LiveFiles(document), this.review, { path, selected: span }, hooks);
    const task = { path, lines: linesOf(document.getText()), span, question };
    await this.view.setWriting(true);
    try {
      const answer = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        (progress, token) => {
          token.onCancellationRequested(() => source.cancel());
          const take = ({ text, ahead }: AnswerDelta) => {
            if (ahead !== undefined) progress.report({ message: ahead > 0 ? waiting(ahead, this.t) : '' });
            run.feed(text);
          };
          return askForEdits(this.client, task, take, source.token);
        },
      );
      const outcome = await run.finish();
      this.#report(outcome, answer, () => this.run(asked));
      return outcome;
    } finally {
      source.dispose();
      this.#running--;
      await this.view.setWriting(this.#running > 0);
    }
  }

  /** Reviews the edit blocks of a text that is there already. @param home the document that is meant where none is named */
  async apply(text: string, home: vscode.TextDocument | undefined): Promise<EditOutcome> {
    const run = new EditRun(new LiveFiles(home), this.review, home && { path: repositoryPath(home.uri), selected: undefined });
    run.feed(text);
    const outcome = await run.finish();
    const first = outcome.files.find((key) => (this.review.file(key)?.hunks.length ?? 0) > 0);
    if (first !== undefined) await this.view.show(first);
    this.#report(outcome, { text, stop: 'end', failure: undefined });
    return outcome;
  }

  #report(outcome: EditOutcome, answer: EditAnswer, again?: () => Promise<unknown>): void {
    void reportEdit(outcome, answer, { view: this.view, log: this.log, t: this.t }, again);
  }
}
