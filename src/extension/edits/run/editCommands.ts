/**
 * Every command says what it is about and has one prompt. What is missing is asked for, what cannot be is said; the
 * rest is the runner's.
 */
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { repositoryPath } from '../../util/repositoryPath';
import type { Translate } from '../../util/text';
import type { EditOutcome } from './editRun';
import type { EditRunner } from './editRunner';
import { problemsAt } from './fixActions';
import { linesOf } from '../lineEdits';
import type { LineSpan } from '../blocks/locate';
import { editPrompt, explainPrompt, fixPrompt, type QuotedLines, refactorPrompt, writeDocsPrompt, writeTestsPrompt } from './prompts';
import { isSpot, targetOf, type Target } from './target';
import { testPath } from './testPath';

type Outcome = Promise<EditOutcome | undefined>;

/** A command that asks for an instruction. */
interface Instructed {
  title: (what: string) => string;
  /** Shown in the empty box. */
  example: string;
  prompt: (place: QuotedLines, instruction: string) => string;
}

/** Lines of an existing test file that the model is shown, to go on from. */
const shownOfTests = 80;

export class EditCommands {
  constructor(
    private readonly runner: EditRunner,
    private readonly t: Translate,
  ) {}

  /** @param argument a spot; or the instruction, when another extension or a test runs the command */
  edit(argument: unknown): Outcome {
    const title = (what: string) => this.t('Edit {0}', what);
    return this.#byInstruction(argument, { title, example: this.t('Return an error instead of throwing'), prompt: editPrompt });
  }

  refactor(argument: unknown): Outcome {
    const title = (what: string) => this.t('Refactor {0}', what);
    return this.#byInstruction(argument, { title, example: this.t('Split this into two functions'), prompt: refactorPrompt });
  }

  /** @param argument a spot from a code action; without one the problems at the cursor are meant */
  async fix(argument: unknown): Outcome {
    const target = await this.#target(argument);
    if (!target) return undefined;
    const problems = problemsAt(target.document, isSpot(argument) ? argument.range : rangeOf(target.document, target.span));
    if (problems.length === 0) return this.#tell(this.t('No problems to fix there.'));
    return this.runner.run({ title: this.t('Fix {0}', described(target)), target, question: fixPrompt(placeOf(target), problems) });
  }

  async writeDocs(argument: unknown): Outcome {
    const target = await this.#target(argument);
    if (!target) return undefined;
    return this.runner.run({ title: this.t('Document {0}', described(target)), target, question: writeDocsPrompt(placeOf(target)) });
  }

  async writeTests(argument: unknown): Outcome {
    const target = await this.#target(argument);
    if (!target) return undefined;
    const place = placeOf(target);
    const path = testPath(place.path);
    const { uri } = target.document;
    const existing = await lastLines(uri.with({ path: testPath(uri.path) }));
    const question = writeTestsPrompt(place, path, existing);
    return this.runner.run({ title: this.t('Write tests for {0}', described(target)), target, question });
  }

  /** Explains in the chat, where the conversation can go on. */
  async explain(argument: unknown): Promise<unknown> {
    const target = await targetOf(argument);
    if (!target) return this.#tell(this.t('Open a file and put the cursor on what to explain.'));
    const editor = await vscode.window.showTextDocument(target.document);
    const range = rangeOf(target.document, target.span);
    editor.selection = new vscode.Selection(range.start, range.end);
    return vscode.commands.executeCommand('bonsai.askAboutSelection', {
      text: this.t('Explain {0}', described(target)),
      prompt: explainPrompt(),
    });
  }

  /**
   * Reviews the edit blocks of a text that is there already: an answer from the chat, or what is in the active editor.
   * @param argument the text; without one the selection, or the whole of the active document
   */
  async apply(argument: unknown): Outcome {
    if (!vscode.workspace.isTrusted) return this.#tell(this.t('Bonsai changes nothing in a workspace that is not trusted.'));
    const editor = vscode.window.activeTextEditor;
    if (typeof argument === 'string') return this.runner.apply(argument, editor?.document);
    if (!editor) return this.#tell(this.t('First open the text that contains the changes.'));
    return this.runner.apply(editor.document.getText(editor.selection.isEmpty ? undefined : editor.selection), undefined);
  }

  async #byInstruction(argument: unknown, { title, example, prompt }: Instructed): Outcome {
    const target = await this.#target(argument);
    if (!target) return undefined;
    const named = title(described(target));
    const box = { title: named, prompt: this.t('What should change?'), placeHolder: example, ignoreFocusOut: true };
    const instruction = typeof argument === 'string' ? argument : await vscode.window.showInputBox(box);
    if (!instruction?.trim()) return undefined;
    return this.runner.run({ title: named, target, question: prompt(placeOf(target), instruction) });
  }

  async #target(argument: unknown): Promise<Target | undefined> {
    if (!vscode.workspace.isTrusted) return this.#tell(this.t('Bonsai changes nothing in a workspace that is not trusted.'));
    return (await targetOf(argument)) ?? this.#tell(this.t('Open a file and put the cursor where something should change.'));
  }

  #tell(message: string): Promise<undefined> {
    void vscode.window.showInformationMessage(message);
    return Promise.resolve(undefined);
  }
}

function placeOf({ document, span }: Target): QuotedLines {
  const { first, last } = span;
  return { path: repositoryPath(document.uri), startLine: first + 1, endLine: last + 1, text: document.getText(rangeOf(document, span)) };
}

function described({ document, span: { first, last } }: Target): string {
  const path = repositoryPath(document.uri);
  return first === last ? `${path}:${first + 1}` : `${path}:${first + 1}-${last + 1}`;
}

function rangeOf(document: vscode.TextDocument, { first, last }: LineSpan): vscode.Range {
  return document.validateRange(new vscode.Range(first, 0, last, Number.MAX_SAFE_INTEGER));
}

/** The end of a file; undefined when there is none. */
async function lastLines(uri: vscode.Uri): Promise<string | undefined> {
  const there = await stat(uri.fsPath).then(
    (info) => info.isFile(),
    () => false,
  );
  if (!there) return undefined;
  const document = await vscode.workspace.openTextDocument(uri);
  return linesOf(document.getText()).slice(-shownOfTests).join('\n');
}
