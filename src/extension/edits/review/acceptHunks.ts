/**
 * Accepted changes go into the live buffers as one workspace edit: one step to undo per file, nothing saved, and all
 * of them or none. Several files at once are shown in the editor's own refactoring preview first. What did not land, whatever
 * the cause, is offered again.
 */
import { EOL } from 'node:os';
import * as vscode from 'vscode';
import { changedLines, linesOf, textEdits } from '../lineEdits';
import type { Review, ReviewedFile } from './review';
import type { Hunk } from '../types';

/** Hunks of one file; all that are pending when none are named. */
export interface Chosen {
  key: string;
  ids?: readonly number[];
}

export interface Accepted {
  /** Hunks that are in the buffers now, and the first line of each of them there. */
  landed: { key: string; line: number }[];
  /** How many can still be reviewed. */
  left: number;
  /** How many have lost their place. */
  lost: number;
}

interface Claim {
  key: string;
  uri: vscode.Uri;
  hunks: Hunk[];
  before: readonly string[];
}

export async function acceptHunks(review: Review, chosen: readonly Chosen[]): Promise<Accepted> {
  const accepted: Accepted = { landed: [], left: 0, lost: 0 };
  const documents = new Map<string, vscode.TextDocument>();
  for (const { key } of chosen) {
    const file = review.file(key);
    if (!file) continue;
    const document = await openIfThere(vscode.Uri.parse(key));
    accepted.lost += review.open({ key, path: file.path, lines: document && linesOf(document.getText()) }).lost;
    if (document) documents.set(key, document);
  }
  const edit = new vscode.WorkspaceEdit();
  const claims: Claim[] = [];
  for (const { key, ids } of chosen) {
    const file = review.file(key);
    const hunks = review.claim(key, ids);
    if (!file || hunks.length === 0) continue;
    const uri = vscode.Uri.parse(key);
    claims.push({ key, uri, hunks, before: file.lines ?? [] });
    write(edit, uri, file, hunks, { document: documents.get(key), confirm: chosen.length > 1 });
  }
  if (claims.length === 0) return accepted;
  const applied = await vscode.workspace.applyEdit(edit).then(
    (done) => done,
    () => false,
  );
  for (const { key, uri, hunks, before } of claims) {
    const now = await openIfThere(uri);
    const back = new Set(review.settle(key, hunks, before, now ? linesOf(now.getText()) : []).map(({ id }) => id));
    accepted.left += back.size;
    if (!applied) accepted.lost += hunks.length - back.size;
    else accepted.landed.push(...firstLines(hunks.filter(({ id }) => !back.has(id))).map((line) => ({ key, line })));
  }
  return accepted;
}

/** Where hunks begin once all of them are in. */
function firstLines(hunks: readonly Hunk[]): number[] {
  let growth = 0;
  return hunks.map(({ start, from, to }) => {
    const line = start + growth;
    growth += to.length - from.length;
    return line;
  });
}

function write(
  edit: vscode.WorkspaceEdit,
  uri: vscode.Uri,
  file: ReviewedFile,
  hunks: readonly Hunk[],
  { document, confirm }: { document: vscode.TextDocument | undefined; confirm: boolean },
): void {
  const metadata = confirm ? { needsConfirmation: true, label: vscode.l10n.t('Bonsai: {0}', file.path) } : undefined;
  if (!document) {
    const contents = Buffer.from(changedLines([], hunks).join(newFileEnd(uri)));
    edit.createFile(uri, { contents, overwrite: false, ignoreIfExists: false }, metadata);
    return;
  }
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  for (const { start, end, text } of textEdits(file.lines ?? [], hunks, eol))
    edit.replace(uri, new vscode.Range(start.line, start.character, end.line, end.character), text, metadata);
}

async function openIfThere(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  return vscode.workspace.openTextDocument(uri).then(
    (document) => document,
    () => undefined,
  );
}

function newFileEnd(uri: vscode.Uri): string {
  const set = vscode.workspace.getConfiguration('files', uri).get('eol');
  return set === '\n' || set === '\r\n' ? set : EOL;
}
