/** A file that a command was given, by the same reader as everything else. */
import { readNamedFile, type FileText } from '../repo';
import { BonsaiError } from '../sidecar/errors';

/** @throws BonsaiError `bad-request` that says why there is no text */
export async function namedFile(path: string): Promise<FileText> {
  const read = await readNamedFile(path);
  if ('reason' in read) throw new BonsaiError('bad-request', `${path} cannot be read as text: ${read.reason}.`);
  return read;
}
