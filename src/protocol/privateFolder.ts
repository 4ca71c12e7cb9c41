/** A folder that only its owner may enter. What lies at its path is not trusted to be ours. */
import { chmod, lstat, mkdir } from 'node:fs/promises';

/**
 * @returns whether it was made now; the folder around it must be there
 * @throws when something else is there, or the folder is another user's
 */
export async function ensurePrivateFolder(path: string): Promise<boolean> {
  let made = true;
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    made = false;
  }
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`);
  if (process.getuid && found.uid !== process.getuid()) throw new Error(`${path} belongs to another user`);
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700);
  return made;
}
