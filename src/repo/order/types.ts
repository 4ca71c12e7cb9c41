/** The reading order: what it is made from, and what it says about each file. */
import type { FileCode } from '../code/types';

export interface OrderedInput {
  /** With the folder's name in front when there are several folders. */
  path: string;
  code: FileCode | undefined;
  /** Seconds since 1970 of the newest commit that touched it; absent: unknown to git. */
  changedAt: number | undefined;
}

export interface Placed {
  path: string;
  /** In words for people: `changed 3 days ago`, `14 files depend on it`. */
  why: string;
}
