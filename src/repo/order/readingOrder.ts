/**
 * The reading order: what is old and has few dependants first; what much depends on, or was changed lately, last, where the memory
 * keeps most and a later change costs least. Four stages do it, each read folder by folder, so that a package is met in
 * a few long pieces rather than file by file.
 *
 * A file's stage is the later of two: by its last change and by its PageRank among the files. Both go by rank, not by
 * value: 50, 30, 15 and 5 % of the files are in the first, second, third and last stage. Files that share a rank share
 * the earliest place of it, so that what says nothing (a repository with one commit, a commit that touched every file)
 * moves nothing. A file that changes moves to the last stage and pushes at most one other over each border. Code copied
 * from others (`vendor`) is not moved by those who depend on it: it is large, and the model has often seen it.
 *
 * Within a stage, folders come in the order of their most depended-upon file, compared in steps of four, so that no
 * small change moves them; then by path, as do the files of a folder.
 *
 * What introduces the repository, the README and the manifests of its top folder, opens its stage: everything after is
 * read in its light. Unless it was changed lately, that is the very beginning, where a newcomer would start too. In the
 * same way each folder begins with its own.
 */
import { posix } from 'node:path';
import { changeInWords, dependentsInWords } from './because';
import { fileGraph } from './fileGraph';
import { introduction, isVendored, topFolders } from './pathRoles';
import { pageRank } from './pageRank';
import type { OrderedInput, Placed } from './types';

/** Shares of all files that stand before the second, third and last stage. */
const borders = [0.5, 0.8, 0.95];
/** How many times more attention makes a folder more important than another. */
const step = 4;

interface Place extends Placed {
  stage: number;
  folder: string;
  /** Opens its stage rather than its folder. */
  top: boolean;
  introduction: number;
  /** How many times more attention than the average file, in steps; 0 for all that have less. */
  attention: number;
}

/**
 * @param inputs every file once, in any order: the result does not depend on it
 * @param now seconds since 1970, for the words alone
 */
export function readingOrder(inputs: readonly OrderedInput[], now = Date.now() / 1000): Placed[] {
  const files = inputs.toSorted((a, b) => compare(a.path, b.path));
  const { edges, dependents } = fileGraph(files);
  const ranks = pageRank(edges);
  const importance = files.map(({ path }, file) => (isVendored(path) || !dependents[file] ? 0 : (ranks[file] ?? 0)));
  const byChange = stagesOf(files.map(({ changedAt }) => changedAt ?? -Infinity));
  const byImportance = stagesOf(importance);
  const tops = topFolders(files.map(({ path }) => path));
  const places = files.map(({ path, changedAt }, file): Place => {
    const folder = posix.dirname(path);
    return {
      path,
      why: [changeInWords(changedAt, now), dependentsInWords(dependents[file] ?? 0)].filter((words) => words !== '').join('; '),
      stage: Math.max(byChange[file] ?? 0, byImportance[file] ?? 0),
      folder,
      top: tops.has(folder) && introduction(path) < 2,
      introduction: introduction(path),
      attention: Math.floor(Math.log(Math.max(1, (importance[file] ?? 0) * files.length)) / Math.log(step)),
    };
  });
  return inOrder(places).map(({ path, why }) => ({ path, why }));
}

function inOrder(places: readonly Place[]): Place[] {
  const folderOf = ({ stage, folder }: Place) => `${stage}\0${folder}`;
  const attention = new Map<string, number>();
  for (const place of places) attention.set(folderOf(place), Math.max(place.attention, attention.get(folderOf(place)) ?? 0));
  const folderAttention = (place: Place) => attention.get(folderOf(place)) ?? 0;
  return places.toSorted(
    (a, b) =>
      a.stage - b.stage ||
      Number(b.top) - Number(a.top) ||
      (a.top ? a.introduction - b.introduction : 0) ||
      folderAttention(a) - folderAttention(b) ||
      compareFolders(a.folder, b.folder) ||
      a.introduction - b.introduction ||
      compare(a.path, b.path),
  );
}

/** @returns 0 to 3 for each value, by the share of values that are smaller */
function stagesOf(values: readonly number[]): number[] {
  const smaller = new Map<number, number>();
  for (const [place, value] of values.toSorted((a, b) => a - b).entries())
    if (!smaller.has(value)) smaller.set(value, place / values.length);
  return values.map((value) => borders.filter((border) => (smaller.get(value) ?? 0) >= border).length);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The root first, and what is in a folder before what is in the folders within it. */
function compareFolders(a: string, b: string): number {
  const key = (folder: string) => (folder === '.' ? '' : folder.replaceAll('/', '\0'));
  return compare(key(a), key(b));
}
