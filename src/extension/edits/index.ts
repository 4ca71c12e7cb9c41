/** All that edits add to the editor, wired in one place. */
import * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import { EditCommands } from './run/editCommands';
import { EditRunner } from './run/editRunner';
import { EditLenses } from './run/editLenses';
import { FixActions } from './run/fixActions';
import { Review } from './review/review';
import { ReviewView } from './review/reviewView';

export function addEdits(parts: Contributions, client: SidecarClient, log: vscode.LogOutputChannel, t: Translate): EditRunner {
  const review = new Review();
  const view = new ReviewView(review);
  const runner = new EditRunner(client, review, view, log, t);
  const commands = new EditCommands(runner, t);
  const files = [{ scheme: 'file' }, { scheme: 'untitled' }];
  const lenses = new EditLenses();
  parts.add('edit review', () => vscode.Disposable.from(view, review, lenses));
  parts.add('fix actions', () =>
    vscode.languages.registerCodeActionsProvider(files, new FixActions(), { providedCodeActionKinds: FixActions.kinds }),
  );
  parts.add('edit lenses', () => vscode.languages.registerCodeLensProvider(files, lenses));
  parts.command('bonsai.edit', (argument) => commands.edit(argument));
  parts.command('bonsai.fix', (argument) => commands.fix(argument));
  parts.command('bonsai.refactor', (argument) => commands.refactor(argument));
  parts.command('bonsai.writeTests', (argument) => commands.writeTests(argument));
  parts.command('bonsai.writeDocs', (argument) => commands.writeDocs(argument));
  parts.command('bonsai.explain', (argument) => commands.explain(argument));
  parts.command('bonsai.edit.apply', (argument) => commands.apply(argument));
  parts.command('bonsai.edit.review', () => view.show());
  parts.command('bonsai.edit.acceptHunk', (argument) => view.acceptHunk(argument));
  parts.command('bonsai.edit.rejectHunk', (argument) => view.rejectHunk(argument));
  parts.command('bonsai.edit.acceptAll', (argument) => view.acceptAll(argument));
  parts.command('bonsai.edit.rejectAll', (argument) => view.rejectAll(argument));
  parts.command('bonsai.edit.nextHunk', () => view.step(1));
  parts.command('bonsai.edit.previousHunk', () => view.step(-1));
  parts.command('bonsai.edit.compare', () => view.compare());
  return runner;
}
