/**
 * A message is written from what is staged, else from what has changed, into the box of its repository, and can be
 * stopped. However it ends without a message, the box holds what it held before. Nothing is committed.
 */
import * as vscode from 'vscode';
import { countsOf } from '../engine/countTokens';
import type { SidecarClient } from '../engine/sidecarClient';
import { SidecarError, toSidecarError } from '../engine/sidecarError';
import { exactCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import { BoxWriter } from './boxWriter';
import { commitPrompt, commitSystem, type CommitFacts } from './commitPrompt';
import { fitDiff } from './fitDiff';
import { messageText } from './messageText';
import { chosenRepository, gitRepositories, repositoryName, untrackedPaths, type Repository } from './repositories';

/** Tokens of a diff at most: more is slow to read and says no more of what the change is for. */
const mostDiffTokens = 4000;
/** Less of a diff says nothing. */
const leastDiffTokens = 100;
/** Parts of what fits which are tried when the model's memory has no room for more. */
const attempts = [1, 1 / 2, 1 / 4];
const maxTokens = 300;
/** Commits whose subjects show the style. */
const shownCommits = 8;
/** Milliseconds between two states of the box: it reports each of them back. */
const refresh = 100;
/** Milliseconds that a word in the status bar stays. */
const wordStays = 8000;

type Changes = Pick<CommitFacts, 'diff' | 'staged' | 'added'>;

export class CommitMessage {
  readonly #running = new Set<string>();

  constructor(
    private readonly client: Pick<SidecarClient, 'ask' | 'request' | 'load' | 'status'>,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  /**
   * @param argument what a menu of the source control view hands over
   * @returns the message; nothing when none was written, and the person knows why
   */
  async write(argument: unknown): Promise<string | undefined> {
    const { t } = this;
    if (!vscode.workspace.isTrusted) return this.#tell(t('Bonsai reads nothing from a workspace that is not trusted.'));
    const git = await gitRepositories();
    if (!git || git.repositories.length === 0)
      return this.#tell(t('No Git repository is open, or the Git extension of the editor is off.'));
    const repository = await chosenRepository(git, argument, t('Write a commit message for'));
    if (!repository) return undefined;
    const name = repositoryName(repository);
    const root = repository.rootUri.toString();
    const changes = await changesOf(repository);
    if (!changes) return this.#tell(t('There is nothing to commit in {0}.', name));
    if (this.#running.has(root))
      return this.#tell(t('A message for {0} is still being written. Stop it, or wait until it is finished.', name));
    this.#running.add(root);
    try {
      return await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: t('Commit message for {0}', name), cancellable: true },
        (_, token) => this.#write(repository, changes, token),
      );
    } finally {
      this.#running.delete(root);
    }
  }

  async #write(repository: Repository, changes: Changes, token: vscode.CancellationToken): Promise<string | undefined> {
    const box = new BoxWriter(repository.inputBox);
    const source = new vscode.CancellationTokenSource();
    const link = token.onCancellationRequested(() => source.cancel());
    let answer = '';
    let shown = -Infinity;
    const take = (delta: string) => {
      answer += delta;
      if (performance.now() - shown < refresh) return;
      shown = performance.now();
      box.write(messageText(answer));
      if (box.typed) source.cancel();
    };
    try {
      const facts = { ...changes, subjects: await subjectsOf(repository), draft: box.before.trim() };
      answer = await this.#ask(facts, take, source.token);
      if (source.token.isCancellationRequested) throw new SidecarError('stopped', this.t('Stopped.'));
      const message = messageText(answer);
      box.finish(message);
      if (message !== '') return message;
      void this.#tell(this.t('The model wrote no message.'));
      return undefined;
    } catch (error) {
      box.restore();
      const { code, message } = toSidecarError(error);
      if (code !== 'stopped') throw error;
      this.log.debug(message);
      const why = box.typed ? this.t('Stopped, because the box was edited.') : this.t('Stopped. The message is unchanged.');
      vscode.window.setStatusBarMessage(`$(info) ${why}`, wordStays);
      return undefined;
    } finally {
      link.dispose();
      source.dispose();
    }
  }

  /** @throws SidecarError */
  async #ask(facts: CommitFacts, take: (delta: string) => void, token: vscode.CancellationToken): Promise<string> {
    await this.client.load();
    const count = countsOf(this.client, token);
    const [beside = 0] = await count([`${commitSystem()}\n${commitPrompt({ ...facts, diff: '' })}`]);
    const limit = Math.max(leastDiffTokens, Math.min(mostDiffTokens, (this.client.status.limits?.inputTokens ?? 0) - beside));
    for (const part of attempts) {
      const room = Math.floor(limit * part);
      const { text, cut, files } = await fitDiff(facts.diff, room, count);
      try {
        const question = commitPrompt({ ...facts, diff: text });
        const answer = await this.client.ask({ system: commitSystem(), question, maxTokens }, (delta) => take(delta.text), token);
        if (cut > 0) this.#tellCut(cut, files, room);
        return answer.text;
      } catch (error) {
        if (toSidecarError(error).code !== 'context-full' || part === attempts.at(-1)) throw error;
      }
    }
    return '';
  }

  #tellCut(cut: number, files: number, room: number): void {
    const note = this.t(
      'The diff is long: the model saw only a part of {0} of its {1} files ({2} tokens in total).',
      cut,
      files,
      exactCount(room),
    );
    this.log.info(note);
    vscode.window.setStatusBarMessage(`$(info) ${note}`, wordStays);
  }

  #tell(message: string): Promise<undefined> {
    void vscode.window.showInformationMessage(message);
    return Promise.resolve(undefined);
  }
}

/** What would be committed; undefined: nothing. */
async function changesOf(repository: Repository): Promise<Changes | undefined> {
  await repository.status();
  const staged = await repository.diff(true);
  if (staged.trim() !== '') return { diff: staged, staged: true, added: [] };
  const diff = await repository.diff(false);
  const added = untrackedPaths(repository);
  return diff.trim() === '' && added.length === 0 ? undefined : { diff, staged: false, added };
}

/** None in a repository without commits. */
function subjectsOf(repository: Repository): Promise<string[]> {
  return repository.log({ maxEntries: shownCommits }).then(
    (commits) => commits.map(({ message }) => message),
    () => [],
  );
}
