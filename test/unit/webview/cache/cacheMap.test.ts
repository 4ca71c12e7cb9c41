/** What the map, its table and its legend say, from the numbers of the engine; without a browser. */
import { describe, expect, test } from 'vitest';
import type { CacheMap, MappedSymbol } from '../../../../src/protocol';
import { cacheStrings } from '../../../../src/extension/cache/cacheStrings';
import { parseFromCache } from '../../../../src/extension/util/fromWebview';
import { untranslated } from '../../../../src/extension/util/text';
import { heldState, stateWords } from '../../../../src/webview/cache/heldWords';
import { layerShares } from '../../../../src/webview/cache/layerShare';
import { closedBelow, fileTree, leavesOf, nodeAt, wayTo, type MapFile, type MapNode } from '../../../../src/webview/cache/mapTree';
import { createPalette } from '../../../../src/webview/cache/palette';
import { withSymbols } from '../../../../src/webview/cache/symbolTree';
import { sortedBy, tableRows } from '../../../../src/webview/cache/tableRows';
import { actionsOf } from '../../../../src/webview/cache/tileActions';
import { tileLooks, type TileLook } from '../../../../src/webview/cache/tileLook';
import { drawable, tileAt } from '../../../../src/webview/cache/treemapLayout';

const strings = cacheStrings(untranslated);
const palette = createPalette({
  ink: '#388a34',
  background: '#ffffff',
  text: '#333333',
  edge: undefined,
  chosen: '#0000ff',
  lit: '#ff8800',
  font: 'serif',
});
const size = { width: 1000, height: 500 };

/** `src/a.ts 100 0.5` is a file of 100 tokens, half of them held; files lie one behind the other. */
function filesOf(...lines: string[]): MapFile[] {
  let at = 10;
  return lines.map((line) => {
    const [path = '', tokens = '0', held = '0', mark] = line.split(' ');
    const start = at;
    at += Number(tokens);
    return { path, start, end: at, held: Number(held), replaced: mark === 'replaced', ...(mark === 'pinned' ? { pinned: true } : {}) };
  });
}
const outline = (node: MapNode): unknown => (node.children.length === 0 ? node.name : { [node.name]: node.children.map(outline) });

/** Every file once, none twice: the property that the picture stands on. */
function manyFiles(count: number): MapFile[] {
  let seed = 7;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  return filesOf(
    ...Array.from({ length: count }, (_, i) => {
      const depth = Math.floor(random() * 5);
      const folders = Array.from({ length: depth }, (__, level) => `folder${level}-${Math.floor(random() * 8)}/`).join('');
      return `${folders}file${i}.ts ${10 + Math.floor(random() * 2000)} ${random().toFixed(3)}`;
    }),
  );
}

describe('the tree', () => {
  test('counts the lines of a file that were read again to the file', () => {
    const tree = fileTree(filesOf('a.ts 100 0.5', 'b.ts 10 1', 'a.ts 20 1'), 'acme');
    expect(leavesOf(tree).map(({ path, tokens, held }) => [path, tokens, Math.round(held * 1000) / 1000])).toEqual([
      ['a.ts', 120, 0.583],
      ['b.ts', 10, 1],
    ]);
    expect(tree.files).toBe(2);
  });

  test('has folders with the sums and means of what is in them, larger ones first', () => {
    const tree = fileTree(filesOf('src/a.ts 100 1', 'src/deep/b.ts 300 0.5', 'README.md 50 0', 'src/deep/c.ts 100 0'), 'acme');
    expect(outline(tree)).toEqual({ acme: [{ src: [{ deep: ['b.ts', 'c.ts'] }, 'a.ts'] }, 'README.md'] });
    expect(tree).toMatchObject({ tokens: 550, files: 4, path: '' });
    expect(tree.held).toBeCloseTo((100 + 150) / 550);
    expect(nodeAt(tree, 'src/deep')).toMatchObject({ tokens: 400, files: 2, start: 110 });
  });

  test('takes folders that hold one folder only as one step, and keeps the roots of a workspace apart', () => {
    const one = fileTree(filesOf('src/main/java/A.java 10 1', 'src/main/java/B.java 10 1'), 'acme');
    expect(outline(one)).toEqual({ acme: ['A.java', 'B.java'] });
    const two = fileTree(filesOf('web/src/a.ts 10 1', 'api/src/a.ts 20 1'), 'acme');
    expect(outline(two)).toEqual({ acme: [{ 'api/src': ['a.ts'] }, { 'web/src': ['a.ts'] }] });
  });

  test('knows the newest version of a file only, and no file without tokens', () => {
    const tree = fileTree(filesOf('a.ts 100 0.1 replaced', 'b.ts 10 1', 'a.ts 90 1', 'empty.ts 0 0'), 'acme');
    expect(leavesOf(tree).map(({ path, tokens }) => [path, tokens])).toEqual([
      ['a.ts', 90],
      ['b.ts', 10],
    ]);
    // Changed lines stand apart, and are a part of their file.
    const parts = fileTree(filesOf('a.ts 100 0.1', 'b.ts 10 1', 'a.ts 100 0.9'), 'acme');
    expect(parts).toMatchObject({ tokens: 210, files: 2 });
    expect(nodeAt(parts, 'a.ts')).toMatchObject({ tokens: 200, held: 0.5, start: 10 });
    expect(fileTree([], 'acme')).toMatchObject({ tokens: 0, held: 0, children: [] });
  });

  test('is found by path, and what is gone leads to the folder that is left', () => {
    const tree = fileTree(filesOf('src/a.ts 100 1', 'src/b/c.ts 10 1', 'd.ts 1 1'), 'acme');
    expect(nodeAt(tree, 'src/b').path).toBe('src/b');
    expect(nodeAt(tree, 'src/gone.ts').path).toBe('src');
    expect(wayTo(tree, 'src/b/c.ts').map(({ name }) => name)).toEqual(['acme', 'src', 'b', 'c.ts']);
    // A name that another one begins with is another one.
    expect(nodeAt(fileTree(filesOf('src/a.ts 1 1', 'src2/a.ts 1 1'), 'x'), 'src2/a.ts').path).toBe('src2/a.ts');
  });

  test('of 5,000 files has each of them once, and becomes a picture in a moment', () => {
    const files = manyFiles(5000);
    const picture = () => {
      const tree = fileTree(files, 'acme');
      const shown = drawable(tree, size);
      return { tree, shown, tiles: tileLooks(shown, { palette, chosen: undefined, size }) };
    };
    // As it is drawn twice a second, not as it is drawn first. Ten times what is wanted, for machines that do much else.
    const times = Array.from({ length: 5 }, () => {
      const began = performance.now();
      picture();
      return performance.now() - began;
    });
    expect(Math.min(...times)).toBeLessThan(500);
    const { tree, shown, tiles } = picture();
    expect(new Set(leavesOf(tree).map(({ path }) => path)).size).toBe(5000);
    expect(tree.tokens).toBe(files.reduce((sum, { start, end }) => sum + end - start, 0));
    expect(leavesIn(tiles)).toHaveLength(leavesOf(shown).length);
    expect(leavesIn(tiles).reduce((sum, { node }) => sum + node.tokens, 0)).toBe(tree.tokens);
  });
});

const leavesIn = (tiles: TileLook[]): TileLook[] => tiles.filter(({ isOpen }) => !isOpen);
const tileOf = (tiles: TileLook[], path: string) => tiles.find(({ node }) => node.path === path);

describe('states', () => {
  test.each([
    [1, 100, 'held', 'held'],
    [0.99, 100, 'held', 'held'],
    [0.989, 100, 'thinned', 'thinned, 1 in 1 kept'],
    [0.5, 100, 'thinned', 'thinned, 1 in 2 kept'],
    [0.34, 100, 'thinned', 'thinned, 1 in 2.9 kept'],
    [0.01, 5000, 'thinned', 'thinned, 1 in 100 kept'],
    [0.01, 100, 'thinned', 'thinned, 1 in 100 kept'],
    [0.009, 100, 'gone', 'gone'],
    [0, 1, 'gone', 'gone'],
  ])('%d of %d tokens: %s', (share, tokens, state, said) => {
    expect(heldState(share, tokens)).toBe(state);
    expect(stateWords(strings, share, tokens)).toBe(said);
  });

  test('what is gone can be recalled where the archive has it, and of what is thinned the rest', () => {
    expect([heldState(0, 100, true), heldState(1, 100, true)]).toEqual(['recallable', 'held']);
    expect(stateWords(strings, 0, 100, true)).toBe('recallable');
    expect(stateWords(strings, 0.5, 100, true)).toBe('thinned, 1 in 2 kept, the rest recallable');
    const fills = [palette.fill(0, 1000), palette.fill(0, 1000, true), palette.fill(0.001, 1000, true)];
    expect(new Set(fills).size).toBe(3);
  });

  test('a folder is recallable when all in it is, and what the last answer recalled is lit and counted', () => {
    const files = filesOf('src/a.ts 100 0', 'src/b.ts 100 0', 'c.ts 100 0').map((file) => ({
      ...file,
      ...(file.path === 'c.ts' ? {} : { archived: true as const }),
      ...(file.path === 'src/a.ts' ? { recalled: 40 } : {}),
    }));
    const tree = fileTree(files, 'acme');
    expect([tree.archived, tree.recalled]).toEqual([false, 40]);
    expect(nodeAt(tree, 'src')).toMatchObject({ archived: true, recalled: 40 });
    const tiles = leavesIn(tileLooks(tree, { palette, chosen: 'src/b.ts', size }));
    const edges = new Map(tiles.map(({ node, rings, lines }) => [node.path, [rings[0]?.color, lines.join().includes('\u21ba')]]));
    expect(edges.get('src/a.ts')).toEqual(['#ff8800', true]);
    expect(edges.get('src/b.ts')).toEqual(['#0000ff', false]);
    expect(edges.get('c.ts')).toEqual([undefined, false]);
    // A theme of high contrast may have one colour for both: a chosen tile has one line more, inside.
    const both = tileOf(tileLooks(tree, { palette, chosen: 'src/a.ts', size }), 'src/a.ts');
    expect(both?.rings.map(({ color }) => color)).toEqual(['#0000ff', palette.text, '#ff8800']);
    const folder = tileOf(tileLooks(tree, { palette, chosen: undefined, size }), 'src');
    expect([folder?.fill, folder?.rings]).toEqual([palette.folder, []]);
  });

  test('have colours of their own, with text that can be read on each', () => {
    const fills = [1, 0.98, 0.5, 0.1, 0].map((share) => palette.fill(share, 1000));
    expect(new Set(fills).size).toBe(5);
    expect(fills[0]).toBe('rgb(56, 138, 52)');
    expect(fills[4]).toBe('rgb(255, 255, 255)');
    for (const background of ['#000000', '#1f1f1f', '#ffffff'])
      for (const share of [0, 0.01, 0.2, 0.5, 0.9, 1]) {
        const own = createPalette({ ink: '#89d185', background, text: '#888', edge: '#fff', chosen: '#fff', lit: '#fa0', font: '' });
        expect(contrast(own.fill(share, 1000) as string, own.ink(share, 1000)), `${background} ${share}`).toBeGreaterThanOrEqual(4.5);
      }
  });

  test('have patterns where there are patterns, drawn once for each shade', () => {
    const drawn: string[] = [];
    const patterned = createPalette(
      { ink: '#89d185', background: '#000', text: '#fff', edge: '#6fc3df', chosen: '#f38518', lit: '#fa0', font: '' },
      (state, shade) => (drawn.push(state), shade),
    );
    for (const share of [0, 0, 0.5, 0.5, 1, 1]) patterned.fill(share, 100);
    expect(drawn).toEqual(['gone', 'thinned', 'held']);
  });

  test('survive colours that no program understands', () => {
    const odd = createPalette({
      ink: 'color-mix(in srgb, red, blue)',
      background: '',
      text: 'nonsense',
      edge: undefined,
      chosen: '',
      lit: '',
      font: '',
    });
    expect(odd.fill(1, 10)).toMatch(/^rgb\(\d+, \d+, \d+\)$/);
  });
});

/** As WCAG defines it. */
function contrast(a: string, b: string): number {
  const luminance = (text: string) => {
    const parts = text.startsWith('#') ? [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16)) : text.match(/\d+/g)!.map(Number);
    const [r, g, bl] = parts.map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * bl!;
  };
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

describe('the picture', () => {
  const tree = fileTree(filesOf('src/a.ts 900 1 pinned', 'src/b.ts 900 0.25', 'tiny/c.ts 1 0', 'tiny/d.ts 1 0'), 'acme');

  const looks = (node = tree, chosen?: string, picture = size) => tileLooks(node, { palette, chosen, size: picture });

  test('says name and share where they fit, marks what is pinned and what is chosen', () => {
    const tiles = looks(tree, 'src/b.ts');
    expect(tileOf(tiles, 'src')).toMatchObject({ isOpen: true, lines: ['src  63%'], written: { ink: palette.text } });
    expect(['src/a.ts', 'src/b.ts'].map((path) => tileOf(tiles, path)?.lines)).toEqual([
      ['\u25c6 a.ts', '100%'],
      ['b.ts', '25%'],
    ]);
    expect(tileOf(tiles, 'src/b.ts')).toMatchObject({ rings: [{ color: '#0000ff', width: 3 }, { width: 1 }] });
    expect(tileOf(tiles, 'tiny/c.ts')?.written).toBeUndefined();
  });

  test('writes nothing on a tile that is too narrow for a whole percentage, or too low for a line', () => {
    const ofOne = (width: number, height: number) => looks(nodeAt(tree, 'src/b.ts'), undefined, { width, height })[0];
    expect(ofOne(20, 100)?.written).toBeUndefined();
    expect(ofOne(60, 100)).toMatchObject({
      lines: ['b.ts', '25%'],
      written: { ink: palette.ink(0.25, 900), behind: palette.plain(0.25, 900) },
    });
    expect(ofOne(60, 20)).toMatchObject({ lines: ['b.ts'], written: { ink: palette.ink(0.25, 900), behind: palette.plain(0.25, 900) } });
    expect(ofOne(60, 12)?.written).toBeUndefined();
  });

  test('closes folders that are too small to be seen, and loses no token by it', () => {
    const closed = drawable(tree, size);
    expect(outline(closed)).toEqual({ acme: [{ src: ['a.ts', 'b.ts'] }, 'tiny'] });
    expect(closedBelow(tree, 0)).toEqual(tree);
    const names = leavesIn(looks(closed)).map(({ lines }) => lines[0]);
    expect(names).toContain('tiny/');
  });

  test('of one file is that file', () => {
    expect(looks(nodeAt(tree, 'src/a.ts')).map(({ node, x, y, width, height }) => [node.path, x, y, width, height])).toEqual([
      ['src/a.ts', 0, 0, 1000, 500],
    ]);
  });

  test('gives each tile the room of its tokens, inside its folder and apart from the others', () => {
    const files = fileTree(manyFiles(300), 'acme');
    const tiles = looks(drawable(files, size));
    const leaves = leavesIn(tiles);
    for (const { node, x, y, width, height } of tiles) {
      const inside = tiles.filter((tile) => tile.node.path.startsWith(`${node.path}/`));
      for (const tile of inside) {
        expect(tile.x).toBeGreaterThanOrEqual(x);
        expect(tile.y).toBeGreaterThanOrEqual(y);
        expect(tile.x + tile.width).toBeLessThanOrEqual(x + width + 1e-6);
        expect(tile.y + tile.height).toBeLessThanOrEqual(y + height + 1e-6);
      }
      expect(x + width).toBeLessThanOrEqual(size.width + 1e-6);
      expect(y + height).toBeLessThanOrEqual(size.height + 1e-6);
    }
    // Of one folder, where heads and margins take no part.
    const flat = looks(fileTree(filesOf('a.ts 600 1', 'b.ts 300 1', 'c.ts 100 1'), 'acme'));
    expect(flat.map(({ width, height }) => Math.round((width * height) / 500))).toEqual([600, 300, 100]);
    // Every place of the picture is one tile's, as a pointer finds it.
    for (const leaf of leaves.filter(({ width, height }) => width > 0.01 && height > 0.01))
      expect(tileAt(tiles, { x: leaf.x + leaf.width / 2, y: leaf.y + leaf.height / 2 })?.node.path).toBe(leaf.node.path);
  });

  test('is pointed at: a tile, the head of a folder, nothing outside', () => {
    const tiles = looks(drawable(tree, size));
    const src = tileOf(tiles, 'src')!;
    expect(tileAt(tiles, { x: src.x + 30, y: src.y + 8 })?.node.path).toBe('src');
    expect(tileAt(tiles, { x: src.x + 30, y: src.y + 30 })?.node.path).toMatch(/^src\/[ab]\.ts$/);
    expect(tileAt(tiles, { x: -1, y: 10 })).toBeUndefined();
  });
});

describe('a file that is looked into', () => {
  const file = nodeAt(fileTree(filesOf('x.ts 100 0.5', 'a.ts 100 0.5'), 'acme'), 'a.ts');
  const symbol = (name: string, start: number, end: number, held = 0.5): MappedSymbol => ({
    ...{ name, kind: 'function', startLine: start, endLine: end, start: 110 + start, end: 110 + end, held },
  });

  test('has its definitions as they lie in one another, and the rest as parts of their own', () => {
    const whole = withSymbols(file, [symbol('f', 50, 90, 0.75), symbol('C', 10, 40), symbol('m', 20, 30, 0)], () => 'rest');
    expect(outline(whole)).toEqual({ 'a.ts': [{ C: ['m', 'rest'] }, 'f', 'rest'] });
    expect(leavesOf(whole).reduce((sum, { tokens }) => sum + tokens, 0)).toBe(100);
    expect(leavesOf(whole).reduce((sum, { tokens, held }) => sum + tokens * held, 0)).toBeCloseTo(50);
    expect(new Set(leavesOf(whole).map(({ path }) => path)).size).toBe(4);
    expect(new Set(leavesOf(whole).map((leaf) => leaf.file))).toEqual(new Set(['a.ts']));
  });

  test('without definitions is one part', () => {
    expect(withSymbols(file, [], () => 'rest')).toEqual(file);
  });
});

describe('the table', () => {
  const tree = fileTree(filesOf('b.ts 10 0.9', 'src/a.ts 100 0', 'src/z.ts 50 1'), 'acme');
  const paths = (sorting: Parameters<typeof tableRows>[1], node = tree) => tableRows(node, sorting).map(({ node: row }) => row.path);

  test('has the folders of the folder, and every file below it, each with its place in reading order', () => {
    expect(paths({ by: 'order', descending: false })).toEqual(['src', 'b.ts', 'src/a.ts', 'src/z.ts']);
    expect(tableRows(tree, { by: 'held', descending: true }).map(({ node, place }) => [node.path, place])).toEqual([
      ['src', undefined],
      ['src/z.ts', 3],
      ['b.ts', 1],
      ['src/a.ts', 2],
    ]);
    expect(paths({ by: 'tokens', descending: true })).toEqual(['src', 'src/a.ts', 'src/z.ts', 'b.ts']);
    expect(paths({ by: 'name', descending: false }, nodeAt(tree, 'src'))).toEqual(['src/a.ts', 'src/z.ts']);
    expect(paths({ by: 'order', descending: false }, fileTree([], 'x'))).toEqual([]);
  });

  test('says of the whole what the map says: every file once, the same sums', () => {
    const many = fileTree(manyFiles(300), 'acme');
    const rows = tableRows(many, { by: 'tokens', descending: true }).filter(({ node }) => node.kind === 'file');
    expect(rows.reduce((sum, { node }) => sum + node.tokens, 0)).toBe(many.tokens);
    expect(new Set(rows.map(({ place }) => place)).size).toBe(300);
  });

  test('turns round when its head is pressed again', () => {
    expect(sortedBy('tokens', { by: 'order', descending: false })).toEqual({ by: 'tokens', descending: true });
    expect(sortedBy('tokens', { by: 'tokens', descending: true })).toEqual({ by: 'tokens', descending: false });
    expect(sortedBy('name', { by: 'tokens', descending: true })).toEqual({ by: 'name', descending: false });
  });
});

test('what can be done follows from what it is, and each has its word', () => {
  expect(actionsOf({ kind: 'file', pinned: false })).toEqual(['open', 'enter', 'pin', 'drop', 'reread']);
  expect(actionsOf({ kind: 'file', pinned: true })).toContain('unpin');
  expect(actionsOf({ kind: 'folder', pinned: false })).toEqual(['enter']);
  for (const kind of ['file', 'folder', 'symbol', 'rest'] as const)
    for (const action of actionsOf({ kind, pinned: true })) expect(strings[action]).toBeTruthy();
});

test('layers are measured against the mean of those that have a budget', () => {
  const layers: Pick<CacheMap['layers'][number], 'budget' | 'window'>[] = [
    { budget: 500 },
    { budget: 1000 },
    { budget: 1500 },
    { budget: 128, window: true },
  ];
  expect(layerShares(layers).map((share) => share.class)).toEqual(['squeezed', 'mean', 'widened', 'window']);
  expect(layerShares(layers).map(({ times }) => times)).toEqual([0.5, 1, 1.5, 0.128]);
  expect(layerShares([])).toEqual([]);
});

test('only what belongs to the protocol is taken from the page', () => {
  expect(parseFromCache({ type: 'fileAction', path: 'a.ts', action: 'pin' })).toEqual({ type: 'fileAction', path: 'a.ts', action: 'pin' });
  expect(parseFromCache({ type: 'look', layer: null, file: 'a.ts' })).toEqual({ type: 'look', layer: null, file: 'a.ts' });
  for (const bad of [
    { type: 'fileAction', path: 'a.ts', action: 'delete' },
    { type: 'fileAction', action: 'pin' },
    { type: 'look', layer: -1, file: null },
    { type: 'look', layer: 1.5, file: null },
    { type: 'look' },
  ])
    expect(parseFromCache(bad)).toBeUndefined();
});
