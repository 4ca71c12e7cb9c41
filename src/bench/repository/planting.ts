/**
 * Constants that are planted in a copy of a repository: values that no model can have seen, and pairs of which the second
 * is defined by the first in another file.
 */
import { shuffle } from 'simple-statistics';
import { below, type Random } from '../../sidecar/random';

export interface SourceFile {
  path: string;
  text: string;
}

export interface Planted {
  name: string;
  value: string;
  path: string;
  /** Counted from 1. */
  line: number;
  text: string;
  /** For the second of a pair: the constant it is defined by. */
  by?: Planted;
}

const first = ['harbor', 'lantern', 'meadow', 'copper', 'violet', 'anchor', 'saddle', 'timber', 'glacier', 'willow', 'falcon', 'pebble'];
const second = ['limit', 'window', 'quota', 'offset', 'margin', 'interval', 'ceiling', 'floor', 'depth', 'width', 'weight', 'span'];

/** How a language writes a constant at the top of a file; `undefined`: not known here. */
function declaration(path: string, name: string, value: string): string | undefined {
  if (/\.(?:ts|tsx|js|mjs)$/.test(path)) return `export const ${name} = ${value};`;
  if (/\.py$/.test(path)) return `${name} = ${value}`;
  return undefined;
}

/**
 * @param pairs how many pairs, and `singles` how many constants by themselves, spread over the files
 * @returns the files with a declaration appended to those that were chosen, and what was planted
 */
export function plant(
  files: readonly SourceFile[],
  { pairs, singles }: { pairs: number; singles: number },
  random: Random,
): { files: SourceFile[]; pairs: Planted[]; singles: Planted[] } {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const places = files.map(({ path }) => path).filter((path) => declaration(path, 'A', '1') !== undefined);
  const names = shuffle(
    first.flatMap((a) => second.map((b) => `${a}_${b}`.toUpperCase())),
    random,
  );
  let next = 0;
  const add = (path: string, value: string, by?: Planted): Planted | undefined => {
    const name = names[next++];
    const text = name === undefined ? undefined : declaration(path, name, by?.name ?? value);
    if (name === undefined || text === undefined) return undefined;
    const before = (texts.get(path) ?? '').replace(/\n*$/, '\n');
    texts.set(path, `${before}\n${text}\n`);
    return { name, value, path, line: before.split('\n').length + 1, text, ...(by ? { by } : {}) };
  };
  const number = () => String(1000 + below(random, 9000));
  const planted: Planted[] = [];
  const spread = (i: number, count: number) => places[Math.min(places.length - 1, Math.floor(((i + random()) * places.length) / count))];
  for (let i = 0; i < pairs; i++) {
    const from = spread(i, pairs);
    const others = places.filter((path) => path !== from);
    const to = others[below(random, others.length)];
    const by = from === undefined || to === undefined ? undefined : add(from, number());
    const pair = by && to !== undefined ? add(to, by.value, by) : undefined;
    if (pair) planted.push(pair);
  }
  const alone: Planted[] = [];
  for (let i = 0; i < singles; i++) {
    const path = spread(i, singles);
    const single = path === undefined ? undefined : add(path, number());
    if (single) alone.push(single);
  }
  return { files: files.map(({ path }) => ({ path, text: texts.get(path) ?? '' })), pairs: planted, singles: alone };
}
