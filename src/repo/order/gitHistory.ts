/**
 * When files were last changed, from git: the newest commit that touched each, renames counting as changes, and for
 * what is not committed the time on disk. History is read from the newest commit on and only as far as needed. Whatever
 * git cannot say is left out: a map with fewer entries, or none, is the answer for a folder without git, without
 * commits, with a shallow history, and for the files of submodules.
 */
import { randomUUID } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { gitRecords } from './gitRecords';
import { uncommittedSince } from './uncommitted';

const mostCommits = 50_000;
const longestMs = 15_000;

/**
 * @param folder absolute path; may be a part of a repository
 * @param paths the listed files, relative to the folder, with forward slashes
 * @returns seconds since 1970 by path
 */
export async function changedAt(folder: string, paths: Iterable<string>): Promise<Map<string, number>> {
  const listed = new Set(paths);
  const { times, newest } = await committedTimes(folder, listed);
  if (newest !== undefined) for (const [path, time] of await uncommittedSince(folder, newest, listed)) times.set(path, time);
  return times;
}

async function committedTimes(
  folder: string,
  listed: ReadonlySet<string>,
): Promise<{ times: Map<string, number>; newest: number | undefined }> {
  // No file name can begin with what nobody could know.
  const mark = randomUUID();
  const wanted = new Set(listed);
  const times = new Map<string, number>();
  let newest: number | undefined;
  let time: number | undefined;
  let first = false;
  const log = [
    'log',
    `--format=${mark}%ct`,
    '--name-only',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--no-show-signature',
    '--no-mailmap',
  ];
  const limits = [`--max-count=${mostCommits}`, '--relative', '--', '.'];
  for await (const record of gitRecords(folder, [...log, ...limits], longestMs)) {
    if (!isUtf8(record)) continue;
    const text = record.toString('utf8');
    if (text.startsWith(mark)) {
      time = Number(text.slice(mark.length));
      newest = Math.max(newest ?? time, time);
      first = true;
      continue;
    }
    // A line break stands between a commit and its first file.
    const path = first ? text.slice(1) : text;
    first = false;
    if (time === undefined || !wanted.delete(path)) continue;
    times.set(path, time);
    if (wanted.size === 0) break;
  }
  return { times, newest };
}
