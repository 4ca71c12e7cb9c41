/**
 * Whether a text is worth reading and may be read, by what is in it. The verdict depends on the arguments and on nothing
 * else, so it can be kept by path, content hash and hints.
 */
import { dataReason } from './dataLike';
import { generatedReason } from './generated';
import { minifiedReason } from './minified';
import { findSecret } from './secrets';
import type { RepositoryFile } from './types';

/**
 * @param path relative to the listed folder, with forward slashes
 * @param hints what `.gitattributes` says of it; a listed file can be passed as it is
 * @returns why the file is not read, in words for people, or undefined
 */
export async function judge(path: string, text: string, hints: Pick<RepositoryFile, 'notGenerated'> = {}): Promise<string | undefined> {
  const useless = hints.notGenerated ? undefined : (generatedReason(path, text) ?? minifiedReason(path, text) ?? dataReason(path, text));
  return useless ?? (await findSecret(path, text));
}
