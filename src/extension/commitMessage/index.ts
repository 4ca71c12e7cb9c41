/** Commit messages are written when asked for, in the source control view or by command; wired in one place. */
import type * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import { CommitMessage } from './commitMessage';

export function addCommitMessage(parts: Contributions, client: SidecarClient, log: vscode.LogOutputChannel, t: Translate): void {
  const commitMessage = new CommitMessage(client, log, t);
  parts.command('bonsai.writeCommitMessage', (argument) => commitMessage.write(argument));
}
