/**
 * The editor's own Git extension knows the repositories, their changes and their boxes; it may be missing or switched
 * off. The repository is the one the menu was opened on, else the only one, else the one of the file in front, else one is asked for.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';

interface Change {
  readonly uri: vscode.Uri;
  readonly status: number;
}

/** The part of the Git extension's API, version 1, that is needed. */
export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly state: {
    readonly workingTreeChanges: readonly Change[];
    /** Older versions have them among the others alone. */
    readonly untrackedChanges?: readonly Change[];
  };
  /** As text; of the index when `cached`, else of the working tree. */
  diff(cached?: boolean): Promise<string>;
  log(options: { maxEntries: number }): Promise<readonly { readonly message: string }[]>;
  /** Looks at the disk again. */
  status(): Promise<void>;
}

interface Git {
  readonly repositories: readonly Repository[];
  getRepository(uri: vscode.Uri): Repository | null;
}

/** Of a file that Git does not follow yet, in the API's list of states. */
const untracked = 7;

/** @returns undefined when there is no Git extension, or it is switched off */
export async function gitRepositories(): Promise<Git | undefined> {
  const extension = vscode.extensions.getExtension<{ readonly enabled: boolean; getAPI(version: 1): Git }>('vscode.git');
  const git = await extension?.activate();
  return git?.enabled === true ? git.getAPI(1) : undefined;
}

/** @param argument what a menu of the source control view hands over */
export async function chosenRepository(git: Git, argument: unknown, title: string): Promise<Repository | undefined> {
  const { repositories } = git;
  const root = rootOf(argument)?.toString();
  if (root !== undefined) return repositories.find(({ rootUri }) => rootUri.toString() === root);
  if (repositories.length === 1) return repositories[0];
  const front = vscode.window.activeTextEditor?.document.uri;
  const known = front && git.getRepository(front);
  if (known) return known;
  const items = repositories.map((repository) => ({
    label: repositoryName(repository),
    description: repository.rootUri.fsPath,
    repository,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.repository;
}

export function repositoryName({ rootUri }: Repository): string {
  return basename(rootUri.fsPath);
}

/** Paths, relative to the repository, of files that Git does not follow yet. */
export function untrackedPaths({ rootUri, state }: Repository): string[] {
  const changes = [...state.workingTreeChanges, ...(state.untrackedChanges ?? [])].filter(({ status }) => status === untracked);
  const paths = changes.map(({ uri }) => uri.path.slice(rootUri.path.length).replace(/^\//, ''));
  return [...new Set(paths)];
}

function rootOf(argument: unknown): vscode.Uri | undefined {
  const named = typeof argument === 'object' && argument !== null && 'rootUri' in argument;
  return named && argument.rootUri instanceof vscode.Uri ? argument.rootUri : undefined;
}
