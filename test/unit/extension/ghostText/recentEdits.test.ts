/** What was edited lately elsewhere: which places are remembered, as which lines, and what is told of them. */
import { describe, expect, it } from 'vitest';
import { GhostText } from '../../../../src/extension/ghostText/ghostText';
import { CompletionNumbers } from '../../../../src/extension/ghostText/completionNumbers';
import { placeAt, type CursorPlace } from '../../../../src/extension/ghostText/cursorPlace';
import { RecentEdits } from '../../../../src/extension/ghostText/recentEdits';
import { FakeDocument, FakeEditor } from './fakeEditor';
import { FakeEngine } from './fakeEngine';
import { FakeTimer } from './fakeTimer';

const lines = (name: string, count = 200) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`).join('\n');

class Desk {
  readonly edits = new RecentEdits();
  readonly documents = new Map<string, FakeDocument>();

  open(name: string, text = lines(name)): FakeDocument {
    const document = new FakeDocument(text);
    this.documents.set(name, document);
    return document;
  }

  /** Replaces lines [start, end], counted from 1, and notes it as the editor does. */
  edit(name: string, start: number, end: number, text: string): void {
    const document = this.documents.get(name) ?? this.open(name);
    const all = document.text.split('\n');
    const from = all.slice(0, start - 1).reduce((sum, line) => sum + line.length + 1, 0);
    document.replace(from, from + all.slice(start - 1, end).join('\n').length, text);
    const change = { start: start - 1, end: end - 1, added: text.split('\n').length - 1 };
    this.edits.note(document, { document: name, path: `${name}.ts` }, change);
  }

  at(name: string, line: number): CursorPlace {
    const document = this.documents.get(name) ?? this.open(name);
    return placeAt(document, { document: name, path: `${name}.ts` }, { line: line - 1, character: 0 }).place;
  }

  told(name = 'here', line = 1): [string, number, number][] {
    return this.edits.elsewhere(this.at(name, line)).map(({ path, startLine, endLine }) => [path, startLine, endLine]);
  }
}

describe('recent edits', () => {
  it('are told with a line around them, the latest last, as they read now', () => {
    const desk = new Desk();
    desk.edit('a', 10, 10, 'one');
    desk.edit('b', 20, 20, 'two');
    desk.edit('a', 11, 11, 'three');
    expect(desk.edits.elsewhere(desk.at('here', 1))).toEqual([
      { path: 'b.ts', startLine: 19, endLine: 21, text: 'b19\ntwo\nb21' },
      { path: 'a.ts', startLine: 9, endLine: 12, text: 'a9\none\nthree\na12' },
    ]);
  });

  it('move with the lines before them', () => {
    const desk = new Desk();
    desk.edit('a', 100, 100, 'edited');
    desk.edit('a', 10, 10, 'x\ny\nz');
    desk.edit('a', 20, 21, '');
    const found = desk.edits.elsewhere(desk.at('here', 1));
    expect(found.find(({ text }) => text.includes('edited'))).toMatchObject({ startLine: 100, endLine: 102 });
    expect(found[0]?.text.split('\n')[1]).toBe('edited');
  });

  it('are gone where the lines are gone', () => {
    const desk = new Desk();
    desk.edit('a', 50, 50, 'edited');
    desk.edit('a', 30, 80, 'x');
    expect(desk.edits.elsewhere(desk.at('here', 1)).every(({ text }) => !text.includes('edited'))).toBe(true);
    expect(desk.told()).toEqual([['a.ts', 29, 31]]);
  });

  it('are not of the place itself, but may be far away in its document', () => {
    const desk = new Desk();
    desk.open('a', Array.from({ length: 5000 }, (_, i) => `const value${i} = ${i};`).join('\n'));
    desk.edit('a', 4000, 4000, 'edited');
    expect(desk.told('a', 3990)).toEqual([]);
    expect(desk.told('a', 100)).toEqual([['a.ts', 3999, 4001]]);
  });

  it('are ten at most, of a size that can be told, and never said twice', () => {
    const desk = new Desk();
    for (let i = 0; i < 15; i++) desk.edit(`f${i}`, 5, 5, `edit ${i}`);
    expect(desk.told().map(([path]) => path)).toEqual(Array.from({ length: 10 }, (_, i) => `f${i + 5}.ts`));
    for (let i = 0; i < 10; i++) desk.edit('long', 5 + i, 5 + i, 'x\ny\nz\nu\nv');
    const long = desk.told().find(([path]) => path === 'long.ts');
    expect(long![2] - long![1]).toBeLessThan(30);
    desk.open('copy', desk.documents.get('f14')!.text);
    desk.edit('copy', 5, 5, 'edit 14');
    expect(desk.told().filter(([path]) => path === 'copy.ts' || path === 'f14.ts')).toEqual([['copy.ts', 4, 6]]);
  });

  it('are no pastes, no documents that were closed, no lines that a machine wrote, no empty ones', () => {
    const desk = new Desk();
    desk.edit('paste', 5, 5, lines('p', 100));
    desk.edit('minified', 5, 5, 'x'.repeat(1000));
    desk.open('blank', '\n'.repeat(50));
    desk.edit('blank', 5, 5, '  ');
    desk.edit('closed', 5, 5, 'x');
    desk.documents.get('closed')!.isClosed = true;
    desk.edit('forgotten', 5, 5, 'x');
    desk.edits.forget('forgotten');
    expect(desk.told()).toEqual([]);
  });

  it('hold lines that exist, whatever is done to a document', () => {
    const desk = new Desk();
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    for (let i = 0; i < 500; i++) {
      const name = `d${random(3)}`;
      const count = (desk.documents.get(name) ?? desk.open(name)).lineCount;
      const start = 1 + random(count);
      const end = Math.min(count, start + random(4));
      desk.edit(name, start, end, Array.from({ length: 1 + random(5) }, () => `e${i}`).join('\n'));
      for (const { path, startLine, endLine, text } of desk.edits.elsewhere(desk.at('here', 1)))
        expect(text).toBe(
          desk.documents
            .get(path.replace('.ts', ''))!
            .text.split('\n')
            .slice(startLine - 1, endLine)
            .join('\n'),
        );
    }
  });
});

it('a question carries them, and the line that its text begins with', async () => {
  const timer = new FakeTimer();
  const engine = new FakeEngine();
  const told = [{ path: 'b.ts', startLine: 3, endLine: 3, text: 'x' }];
  const ghost = new GhostText(engine, timer, new CompletionNumbers(), ({ path }) => (path === 'a.ts' ? told : []));
  for (const address of ['file:///a.ts', 'file:///c.ts']) {
    const editor = new FakeEditor(ghost, timer, `${'line();\n'.repeat(4000)}const a = █`, address);
    editor.request();
    await timer.advance(1000);
  }
  const [first, second] = engine.calls.map(({ params }) => params);
  expect(first).toMatchObject({ recent: told, startLine: expect.any(Number) as number });
  expect(first!.startLine! % 64).toBe(1);
  expect(second).not.toHaveProperty('recent');
});
