/**
 * An edit ends with one message at most: what failed, else what was refused and why, else that nothing came. It stays
 * until it is dealt with: the editor hides a message after seconds, unless it is an error with a button. A stop that was asked
 * for is no failure, and an edit that went well is seen, not told. Everything refused is in the log.
 */
import * as vscode from 'vscode';
import type { Translate } from '../../util/text';
import type { EditAnswer } from './editRequest';
import type { EditOutcome } from './editRun';
import { refusalLine, refusalReport } from '../blocks/refusals';
import type { ReviewView } from '../review/reviewView';

interface Means {
  view: ReviewView;
  log: vscode.LogOutputChannel;
  t: Translate;
}

type Show = (message: string, ...items: string[]) => Thenable<string | undefined>;

/** Milliseconds that a word in the status bar stays. */
const wordStays = 8000;

/**
 * Resolves when the message has been dealt with.
 * @param again asks the model once more, where it was asked
 */
export async function reportEdit(
  outcome: EditOutcome,
  answer: EditAnswer,
  { view, log, t }: Means,
  again?: () => Promise<unknown>,
): Promise<void> {
  for (const refusal of outcome.refusals) log.warn(`edit refused: ${refusalLine(refusal, t)}`);
  const told = message(outcome, answer, t);
  if (answer.failure && answer.failure.code !== 'stopped') log.error(answer.failure.message);
  if (!told) return;
  if (told.show === undefined) {
    vscode.window.setStatusBarMessage(`$(info) ${told.text}`, wordStays);
    return;
  }
  const review = t('Review');
  const details = t('Show Answer');
  const retry = t('Try Again');
  const buttons = [...(outcome.offered > 0 ? [review] : again ? [retry] : []), ...(answer.text === '' ? [] : [details])];
  const chosen = await told.show(told.text, ...buttons);
  if (chosen === review) await view.show();
  if (chosen === retry) await again?.();
  if (chosen !== details) return;
  const content = refusalReport(outcome.refusals, answer.text, t);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'markdown' }));
}

function message(
  { offered, files, refusals }: EditOutcome,
  { failure, stop }: EditAnswer,
  t: Translate,
): { text: string; show: Show | undefined } | undefined {
  const { showErrorMessage, showInformationMessage } = vscode.window;
  const kept = offered > 0 ? t('{0} changes can be reviewed.', offered) : t('Nothing was changed.');
  if (failure) {
    const stopped = failure.code === 'stopped';
    return { text: `${stopped ? t('Stopped.') : failure.message} ${kept}`, show: stopped ? undefined : showErrorMessage };
  }
  const [first] = refusals;
  if (first) {
    const line = refusalLine(first, t);
    const text = refusals.length === 1 ? t('A change was refused. {0}', line) : t('{0} changes were refused. {1}', refusals.length, line);
    return { text: `${text} ${kept}`, show: showErrorMessage };
  }
  if (offered === 0) {
    const text =
      stop === 'maxTokens'
        ? t('The answer reached its maximum length and contained no change.')
        : stop === 'repeating'
          ? t('The answer repeated itself and contained no change.')
          : t('The model answered without a change.');
    return { text, show: showErrorMessage };
  }
  const seen = vscode.window.visibleTextEditors.some(({ document }) => files.includes(document.uri.query));
  return seen ? undefined : { text: kept, show: showInformationMessage };
}
