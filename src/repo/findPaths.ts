/**
 * The paths of a folder: git's answer where git gives one, and otherwise the same rules followed without it. Whoever
 * reads the list is told which of the two it is, when that is not what they would expect, and what to do about it.
 */
import { readdir } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { gitAttributes, type FileAttributes } from './gitAttributes';
import { gitFiles, isIgnoredByGit } from './gitFiles';
import { attributesWithoutGit } from './rules/attributeFiles';
import { gitIgnore, plainIgnore } from './rules/gitIgnore';
import { trackedFiles } from './rules/gitIndex';
import { gitPlace, type GitPlace } from './rules/gitPlace';
import type { GitFailure } from './runGit';
import type { FoundPaths } from './types';
import { walkFiles } from './walkFiles';

export interface Found extends FoundPaths {
  attributes: Map<string, FileAttributes>;
  /** Whether git named the files. */
  git: boolean;
  /** Sentences for the person. */
  notes: string[];
}

/**
 * @param folder absolute, links resolved
 * @param git whether git may be asked
 * @throws the error of `readdir` when the folder cannot be read
 */
export async function findPaths(folder: string, git: boolean): Promise<Found> {
  const place = await gitPlace(folder);
  const answer = git ? await gitFiles(folder) : undefined;
  if (!answer || 'failed' in answer) return place ? withoutGit(folder, place, answer) : plain(folder, []);
  // A bare repository, or one named by the environment, has no place.
  const within = place && place.root !== folder && (await isIgnoredByGit(folder)) ? place.root : undefined;
  if (within !== undefined && answer.paths.length === 0) return plain(folder, [outerIgnores(folder, within)]);
  const notes = within === undefined ? await nothingNamed(folder, answer.paths) : [onlyTracked(folder, within)];
  return { ...answer, attributes: await gitAttributes(folder, answer.paths), git: true, notes };
}

async function plain(folder: string, notes: string[]): Promise<Found> {
  return { ...(await walkFiles(folder, plainIgnore(folder), 'entered')), attributes: new Map(), git: false, notes };
}

async function withoutGit(folder: string, place: GitPlace, failure: GitFailure | undefined): Promise<Found> {
  const notes = failure ? [gitFailed(place.root, failure)] : [];
  const rules = await gitIgnore(place, folder);
  const tracked = await trackedFiles(place);
  const top = relative(place.root, folder).split(sep).join('/');
  const below = (path: string) => (top === '' ? [path] : path.startsWith(`${top}/`) ? [path.slice(top.length + 1)] : []);
  const trackedHere = [...tracked.paths].flatMap(below);
  if (!rules && trackedHere.length === 0) return plain(folder, [...notes, outerIgnores(folder, place.root)]);
  if (!rules) notes.push(onlyTracked(folder, place.root));
  const walked = rules ? await walkFiles(folder, rules, 'named') : { paths: [], skipped: [] };
  const paths = [...new Set([...walked.paths, ...trackedHere])];
  return {
    paths,
    skipped: walked.skipped,
    tracked: new Set(trackedHere),
    notCheckedOut: new Set([...tracked.notCheckedOut].flatMap(below)),
    attributes: await attributesWithoutGit(place, folder, paths),
    git: false,
    notes,
  };
}

function gitFailed(root: string, { failed, words }: GitFailure): string {
  const followed =
    'Bonsai followed .gitignore, .git/info/exclude, core.excludesFile and .gitattributes itself, and files are not ordered by history';
  switch (failed) {
    case 'missing':
      return `git was not found, so it could not be asked about ${root}: ${followed}. Install git, or put it on the PATH.`;
    case 'foreign':
      return `git refuses to read ${root}, which belongs to another user: ${followed}. If you trust the repository, type: git config --global --add safe.directory '${root}'`;
    case 'slow':
      return `git did not answer within 20 s about ${root}: ${followed}.`;
    case 'no repository':
    case 'other': {
      const why = words.replace(/^(?:fatal|error): /, '').split('\n', 1)[0] ?? '';
      return `git cannot read ${root}${why === '' ? '' : ` (${why.slice(0, 200)})`}: ${followed}.`;
    }
  }
}

function outerIgnores(folder: string, outer: string): string {
  return `${folder} lies in the repository ${outer}, which ignores it, so git names no file in it: Bonsai lists it like a folder without git. Where it is a project of its own, type: git init '${folder}'`;
}

function onlyTracked(folder: string, outer: string): string {
  return `${folder} lies in the repository ${outer}, which ignores it: of its files only those are read that were added to that repository all the same. Where it is a project of its own, type: git init '${folder}'`;
}

async function nothingNamed(folder: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length > 0) return [];
  const others = (await readdir(folder)).filter((name) => name !== '.git');
  return others.length === 0
    ? []
    : [`Everything in ${folder} is ignored by git, so there is nothing to read. "git check-ignore -v <file>" names the rule.`];
}
