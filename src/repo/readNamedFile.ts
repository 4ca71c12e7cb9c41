/**
 * A file that a person named, read like every other one, whatever its size and wherever links lead to; and what reading
 * a repository would say against it, for callers that must report it.
 */
import { realpath } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { bonsaiIgnore } from './bonsaiIgnore';
import { judge } from './judge';
import { readAt, type ReadResult } from './readText';
import { isLeftOutByGit } from './gitFiles';
import { gitIgnore, plainIgnore } from './rules/gitIgnore';
import { trackedFiles } from './rules/gitIndex';
import { gitPlace, type GitPlace } from './rules/gitPlace';
import { secretByName } from './secretFiles';
import { findSecret } from './secrets';
import { codeOf, ignoredByGit, keptFromModel, reasonOf } from './skipReasons';
import { skipByName } from './skipRules';

/** @param path absolute, or relative to the folder of the process */
export async function readNamedFile(path: string): Promise<ReadResult> {
  try {
    return await readAt(await realpath(resolve(path)), Infinity);
  } catch (error) {
    return { reason: codeOf(error) === 'ENOENT' ? 'there is no such file' : reasonOf(error) };
  }
}

export interface Against {
  /** Why nothing of the file may be given to a model: it holds a secret, or the person said so. */
  heldBack?: string;
  /** Why it is not read with its repository, though it may be. */
  leftOut?: string;
}

/** @param text of the file, with nothing left out */
export async function reasonsAgainst(path: string, text: string): Promise<Against> {
  const absolute = await realpath(resolve(path));
  const place = await gitPlace(dirname(absolute));
  const root = place?.root ?? dirname(absolute);
  const name = relative(root, absolute).split(sep).join('/');
  const kept = (await bonsaiIgnore(root)(absolute)) ? keptFromModel : undefined;
  const heldBack = kept ?? secretByName(name) ?? (await findSecret(name, text));
  if (heldBack !== undefined) return { heldBack };
  const ignored = place ? await isIgnored(place, absolute, name) : await plainIgnore(root).ignores(name, false);
  const leftOut = ignored ? ignoredByGit : (skipByName(name) ?? (await judge(name, text)));
  return leftOut === undefined ? {} : { leftOut };
}

/** As a listing finds it: by git, else by the same rules without it. @param name relative to the repository */
async function isIgnored(place: GitPlace, absolute: string, name: string): Promise<boolean> {
  const said = await isLeftOutByGit(absolute);
  if (said !== undefined) return said;
  if ((await trackedFiles(place)).paths.has(name)) return false;
  return (await (await gitIgnore(place, place.root))?.ignores(name, false)) ?? false;
}
