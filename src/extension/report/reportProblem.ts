/** Gathers what there is without starting a model, and opens it as a page to copy from. */
import { homedir, userInfo } from 'node:os';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { SidecarClient } from '../engine/sidecarClient';
import { changedSettings } from '../settings';
import type { Pages } from '../util/pages';
import { problemReport } from './problemReport';

const manifest = z.object({
  version: z.string(),
  contributes: z.object({ configuration: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
});

/** @param log the last lines, oldest first @param packageJson of the extension */
export async function reportProblem(
  client: Pick<SidecarClient, 'status' | 'doctor'>,
  packageJson: unknown,
  log: readonly string[],
  pages: Pages,
): Promise<void> {
  const { version, contributes } = manifest.parse(packageJson);
  const doctor = await client.doctor().catch(() => undefined);
  const folders = vscode.workspace.workspaceFolders ?? [];
  const content = problemReport({
    versions: {
      Bonsai: version,
      'VS Code': vscode.version,
      application: vscode.env.appName,
      remote: vscode.env.remoteName ?? 'no',
      platform: `${process.platform}-${process.arch}`,
    },
    status: client.status,
    doctor,
    settings: changedSettings(Object.keys(contributes.configuration.properties)),
    log,
    private: { home: homedir(), user: userName(), folders: folders.map(({ uri }) => uri.fsPath), workspace: vscode.workspace.name },
  });
  await pages.show('Bonsai Report.md', content);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list.
    return '';
  }
}
