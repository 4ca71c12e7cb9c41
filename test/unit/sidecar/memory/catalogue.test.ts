/** What the person is told of how a repository was read, and what is never taken for a part of it. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogueOf, mustHaveFiles, type Catalogue } from '../../../../src/sidecar/memory/catalogue';
import { readText } from '../../../../src/repo';
import { sandbox } from '../../repo/sandbox';

const box = sandbox();
const model = { tokenize: (text: string) => text.split(' ').map((_, i) => i) };
const tokens = { fileSeparator: 1, repoName: 2 };

function look(own: string[] = [], encodings: Parameters<typeof catalogueOf>[1]['encodings'] = [], before?: Catalogue) {
  const nothing = { get: () => undefined, set: () => undefined };
  const options = { folders: [box.root], name: undefined, signal: undefined, facts: nothing, marks: nothing, own, encodings, before };
  return catalogueOf({ model, tokens } as unknown as Parameters<typeof catalogueOf>[0], options);
}

it('names the encodings that were guessed, with a file of each, and none that was declared', async () => {
  box.git('init', '-q');
  box.put('a.ts', '// Größe\n');
  expect((await look()).notes).toEqual([]);
  for (const name of ['b.ts', 'c.ts']) box.put(name, Buffer.from('// Gr\xf6\xdfe\n', 'latin1'));
  const [note] = (await look()).notes;
  expect(note).toContain('2 files as windows-1252 (such as b.ts)');
  expect(note).toContain('working-tree-encoding');
  box.put('.gitattributes', '*.ts working-tree-encoding=ISO-8859-1\n');
  expect((await look()).notes).toEqual([]);
});

it('reads what is not UTF-8 as the editor does, by folder and name, unless .gitattributes says otherwise', async () => {
  box.git('init', '-q');
  // Each of these would be guessed to be something else.
  box.put('stock.py', Buffer.from([0x23, 0x8f, 0xe3, 0x8c, 0xc0, 0x0a]));
  box.put('price.c', Buffer.from('// 5 \x80 = 5\n', 'latin1'));
  box.put('old.txt', Buffer.from('在庫の上限を計算\n', 'utf16le'));
  box.put('plain.py', '# 在庫\n');
  const rules = [
    { folder: box.root, encoding: 'shift_jis', names: ['.py'] },
    { folder: box.root, encoding: 'utf-16le', names: ['old.txt'] },
    { folder: join(box.root, 'other'), encoding: 'koi8-r' },
    { folder: box.root, encoding: 'windows-1252' },
  ];
  const textsOf = async ({ files }: Catalogue) => {
    const read = await Promise.all(files.map(({ folder, file }) => readText(folder, file)));
    return Object.fromEntries(files.map(({ path }, i) => [path, 'text' in read[i]! ? read[i].text.trim() : '']));
  };
  const found = await look([], rules);
  expect(await textsOf(found)).toEqual({
    'old.txt': '在庫の上限を計算',
    'plain.py': '# 在庫',
    'price.c': '// 5 € = 5',
    'stock.py': '#上限',
  });
  expect([found.notes, found.skipped]).toEqual([[], []]);
  // A file that is as it was is opened again when it counts as another encoding.
  const changed = await look([], [{ folder: box.root, encoding: 'gb18030', names: ['.py'] }], found);
  expect((await textsOf(changed))['stock.py']).not.toBe('#上限');
  expect(changed.files.find(({ path }) => path === 'stock.py')?.hash).not.toBe(found.files.find(({ path }) => path === 'stock.py')?.hash);
  box.put('.gitattributes', '*.py working-tree-encoding=euc-jp\n');
  box.put('stock.py', Buffer.from([0x23, 0xbe, 0xe5, 0xb8, 0xc2, 0x0a]));
  expect((await textsOf(await look([], rules)))['stock.py']).toBe('#上限');
});

it('names what is guessed all the same where the editor is wrong', async () => {
  box.git('init', '-q');
  box.put('b.ts', Buffer.from('// Gr\xf6\xdfe\n', 'latin1'));
  const [note] = (await look([], [{ folder: box.root, encoding: 'utf-8' }])).notes;
  expect(note).toContain('1 file as windows-1252 (such as b.ts)');
  expect(note).toContain('files.encoding');
});

it('leaves out what was written into a folder of our own', async () => {
  box.put('a.ts');
  box.put('memory/states/manifest.json', '{}\n');
  const { files, skipped } = await look([join(box.root, 'memory/states')]);
  expect(files.map(({ path }) => path)).toEqual(['a.ts']);
  expect(skipped).toEqual([{ path: 'memory/states/manifest.json', reason: "one of Bonsai's own files" }]);
});

it('says why there is nothing to read: the commonest reason, and what is known of the listing', async () => {
  for (const name of ['a/.env', 'b/.env', 'yarn.lock']) box.put(name, 'A=1\n');
  const catalogue = await look();
  expect(() => {
    mustHaveFiles({ ...catalogue, notes: ['git was not found.'] });
  }).toThrow(
    /3 files skipped, most of them for this reason: held back: \.env files hold secrets \(such as a\/\.env\)\. git was not found\.$/,
  );
});
