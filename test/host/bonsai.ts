/**
 * What every host test stands on: the extension's exported surface, waiting for a condition instead of for time, and
 * a repository that has been read.
 */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ReadSummary, Status } from '../../src/protocol';

/** What `activate` returns, as the extension promises it. */
export interface BonsaiApi {
  whenIdle(): Promise<void>;
  status(): Status;
  sidecarPid(): number | undefined;
  /** From the first line of the bundle to the end of `activate`, and of these to evaluate the bundle. */
  activationMilliseconds: number;
  evaluationMilliseconds: number;
}

interface Manifest {
  contributes: {
    commands: { command: string }[];
    languageModelChatProviders: { vendor: string }[];
    chatParticipants: { name: string }[];
    configuration: { properties: Record<string, { type: string | string[]; default?: unknown }> };
  };
}

export function extension(): vscode.Extension<BonsaiApi> {
  const found = vscode.extensions.getExtension<BonsaiApi>('bonsai-dev.bonsai');
  assert.ok(found, 'the extension bonsai-dev.bonsai is not there');
  return found;
}

export const manifest = (): Manifest => extension().packageJSON as Manifest;

export const bonsai = (): Promise<BonsaiApi> => Promise.resolve(extension().activate());

/**
 * Waits until `probe` returns something truthy and returns it.
 * @param limit milliseconds; two cores and a processor-only model need patience
 */
export async function eventually<T>(what: string, probe: () => T | PromiseLike<T>, limit = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + limit;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) assert.fail(`${what}: not within ${limit / 1000} s; status is ${JSON.stringify((await bonsai()).status())}`);
    await delay(50);
  }
}

/** Reads the workspace folder by the command, agreed to in advance; the status afterwards, and the engine's summary. */
export async function readRepository(): Promise<{ status: Status; summary: ReadSummary }> {
  const api = await bonsai();
  // The command does nothing while changed files are being read again unasked.
  const summary = await eventually('the command reads', () =>
    vscode.commands.executeCommand<ReadSummary | undefined>('bonsai.readRepository', 'now'),
  );
  assert.ok(summary.stopped === undefined, `not everything was read (${summary.stopped}): ${JSON.stringify(api.status())}`);
  await eventually('the status says that all is read', () => api.status().state === 'ready' && api.status().repository?.complete);
  return { status: api.status(), summary };
}

export function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the suite needs a workspace folder');
  return folder.uri;
}
