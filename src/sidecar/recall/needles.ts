/**
 * Constants of the repository itself to be asked for: each name has one meaning in it, no value can be guessed, and they
 * lie spread over everything that was read, from the first file to the last. The same seed draws the same ones.
 */
import type { Definition, FileCode } from '../../repo';
import { below, seeded } from '../random';
import { plainDefinitions } from './plainDefinitions';

export interface SourceFile {
  path: string;
  text: string;
  code: FileCode | undefined;
}

export interface Needle {
  name: string;
  /** As it is written, quotes included. */
  value: string;
  path: string;
  line: number;
  /** 0 (read first) to 1 (read last), by lines. */
  depth: number;
}

const shortestName = 3;
/** Digits or letters; what is shorter is guessed too often. */
const shortestValue = 2;
const kinds: ReadonlySet<Definition['kind']> = new Set(['constant', 'macro']);
/** `name =`, `name:`, `#define name`: whatever may give the name a second meaning. */
const givesMeaning = /(?:^\s*#\s*define\s+([\p{L}_$][\p{L}\p{N}_$]*))|([\p{L}_$][\p{L}\p{N}_$]*)\s*(?:=(?![=>])|:(?!:))/gu;

/** @param files in reading order @returns by depth; fewer than `count` when there are not as many */
export function drawNeedles(files: readonly SourceFile[], count: number, seed = 1): Needle[] {
  const all = candidates(files);
  const random = seeded(seed);
  const drawn = new Set<Needle>();
  // One from each part of the way, then whatever is left until there are enough.
  for (let part = 0; part < count; part++) {
    const here = all.filter(({ depth }) => Math.min(count - 1, Math.floor(depth * count)) === part);
    const chosen = here[below(random, here.length)];
    if (chosen) drawn.add(chosen);
  }
  const left = all.filter((needle) => !drawn.has(needle));
  while (drawn.size < count && left.length > 0) for (const needle of left.splice(below(random, left.length), 1)) drawn.add(needle);
  return all.filter((needle) => drawn.has(needle));
}

function candidates(files: readonly SourceFile[]): Needle[] {
  const meanings = new Meanings();
  const found: (Needle & { place: string })[] = [];
  let lines = 0;
  for (const { path, text, code } of files) {
    const ofFile = text.split(/\r\n|\n|\r/);
    const placeOf = (line: number) => `${path}:${line}`;
    ofFile.forEach((line, i) => meanings.read(line, placeOf(i + 1)));
    for (const { name, kind, value, nameLine } of code?.definitions ?? plainDefinitions(ofFile)) {
      meanings.add(name, placeOf(nameLine));
      if (kinds.has(kind) && value !== undefined && name.length >= shortestName && !guessable(name, value))
        found.push({ name, value, path, line: nameLine, depth: lines + nameLine - 1, place: placeOf(nameLine) });
    }
    lines += ofFile.length;
  }
  return found
    .filter(({ name, place }) => meanings.onlyAt(name, place))
    .map(({ name, value, path, line, depth }) => ({ name, value, path, line, depth: depth / lines }));
}

/** Where each name is given a meaning, if that is one place. */
class Meanings {
  private readonly places = new Map<string, string | undefined>();

  add(name: string, place: string): void {
    if (!this.places.has(name)) this.places.set(name, place);
    else if (this.places.get(name) !== place) this.places.set(name, undefined);
  }

  read(line: string, place: string): void {
    for (const [, macro, name] of line.matchAll(givesMeaning)) this.add(macro ?? name ?? '', place);
  }

  onlyAt(name: string, place: string): boolean {
    return this.places.get(name) === place;
  }
}

/** Whether somebody who never saw it would name this value. */
export function guessable(name: string, value: string): boolean {
  const inner = withoutQuotes(value);
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return (
    bare(inner).length < shortestValue ||
    /^(?:true|false)$/i.test(inner) ||
    /^-?[01](?:\.0*)?[a-z]*$/i.test(inner) ||
    bare(inner) === bare(name)
  );
}

export function withoutQuotes(value: string): string {
  return value.replace(/^(["'`])(.*)\1$/su, '$2');
}
