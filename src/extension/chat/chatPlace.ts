/**
 * Where the chats of a window are: with the folder that is open, so that every window on it has the same ones. The editor's
 * own storage for a workspace may be another in every window.
 */
import { createHash } from 'node:crypto';

/**
 * @param workspaceFile address of the file that names the folders, where one is saved; folders may be added to it
 * @param folders addresses of the open folders, in the editor's order
 * @returns a name for a folder on the disk; undefined: nothing is open
 */
export function chatPlace(workspaceFile: string | undefined, folders: readonly string[]): string | undefined {
  const about = workspaceFile ?? folders[0];
  return about === undefined ? undefined : createHash('sha256').update(about.replace(/\/+$/, '')).digest('hex').slice(0, 32);
}
