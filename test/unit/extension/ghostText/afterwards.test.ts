/** What follows a suggestion: it was accepted, its document is another, another editor asks too, its cost is noted. */
import { describe, expect, it } from 'vitest';
import { scene } from './scene';

describe('after a suggestion was accepted', () => {
  async function accepted(text: string, marked = 'a = █\n') {
    const all = scene(marked);
    all.editor.type('f');
    await all.waits();
    await all.answers(text);
    all.editor.accept();
    await all.timer.advance(0);
    return all;
  }

  it('the next one is asked for at once, with several lines', async () => {
    const { engine } = await accepted('oo();');
    expect(engine.calls).toHaveLength(2);
    expect(engine.last.params).toMatchObject({ prefix: 'a = foo();', suffix: '\n', singleLine: false });
  });

  it('and kept back at the end of the line until the next key', async () => {
    const { editor, engine, waits, answers } = await accepted('oo();');
    await answers('\nb = 2;');
    await waits();
    expect(editor.outcome).toEqual({ suppressed: 'accepted' });
    editor.type('\n');
    await waits();
    expect(editor.seen).toBe('a = foo();\n[b = 2;]\n');
    expect(engine.calls).toHaveLength(2);
  });

  it('a key that comes before its answer waits for it', async () => {
    const { editor, engine, waits, answers } = await accepted('oo();');
    editor.type('\n');
    await waits();
    expect(engine.calls).toHaveLength(2);
    await answers('\nb = 2;');
    expect(editor.seen).toBe('a = foo();\n[b = 2;]\n');
  });

  it('it is shown at once where the line plainly goes on', async () => {
    const { editor, answers } = await accepted('oo(');
    await answers('1, 2)');
    expect(editor.seen).toBe('a = foo([1, 2)]\n');
  });

  it('it is shown at once in the middle of a line', async () => {
    const { editor, answers } = await accepted('oo', 'g(█)\n');
    await answers(', 1');
    expect(editor.seen).toBe('g(foo[, 1])\n');
  });

  it('it goes on behind what was covered', async () => {
    const { editor, engine, timer, waits, answers } = scene('f(█)\n');
    editor.type('a');
    await waits();
    await answers(', b);', 1);
    editor.accept();
    await timer.advance(0);
    expect(engine.last.params).toMatchObject({ prefix: 'f(a, b);', suffix: '\n' });
  });

  it('a question asked ahead is stopped when the person goes elsewhere', async () => {
    const { editor, engine, waits } = await accepted('oo();');
    editor.move(0);
    editor.type('z');
    await waits();
    expect(engine.calls[1]?.signal.aborted).toBe(true);
    expect(engine.most).toBe(1);
  });

  it('it is not asked for twice when the editor was faster', async () => {
    const { editor, engine, ghost, timer, waits } = scene('g(█)\n');
    editor.type('f');
    await waits();
    engine.last.answer('oo');
    await timer.advance(0);
    editor.edit(editor.offset, editor.offset, 'oo');
    editor.request();
    await timer.advance(100);
    await ghost.accepted(editor.address);
    expect(engine.calls).toHaveLength(2);
    expect(engine.last.signal.aborted).toBe(false);
  });

  it('a question asked ahead runs on when the one who waited for it has left', async () => {
    const { editor, engine, waits } = await accepted('oo', 'g(█)\n');
    await waits();
    editor.cancel();
    await waits();
    expect(engine.calls).toHaveLength(2);
    expect(engine.last.signal.aborted).toBe(false);
  });

  it('a request that waits for another place meanwhile comes back empty, not failed', async () => {
    const { editor, engine, ghost, timer, waits, answers } = scene('█');
    editor.type('f');
    await waits();
    await answers('oo');
    editor.type('x');
    await waits();
    await ghost.accepted(editor.address);
    await timer.advance(0);
    expect(engine.calls[1]?.signal.aborted).toBe(true);
    expect([editor.pending, editor.failures, editor.shown]).toEqual([0, [], undefined]);
  });

  it('it is not asked for when it is known', async () => {
    const { editor, engine, timer, answers } = await accepted('oo();');
    await answers('\nb = 2;');
    editor.edit(5, 10, '');
    editor.request();
    await timer.advance(1000);
    expect(editor.seen).toBe('a = f[oo();]\n');
    editor.accept();
    await timer.advance(1000);
    expect(engine.calls).toHaveLength(2);
  });

  it('it is not asked for when the document is closed before the engine is free', async () => {
    const { editor, engine, ghost, waits } = scene('█', { prompt: false });
    editor.type('f');
    await waits();
    engine.last.answer('oo');
    await waits();
    editor.type('x');
    await waits();
    void ghost.accepted(editor.address);
    editor.close();
    engine.last.fail(new Error('stopped'));
    await waits();
    expect(engine.calls).toHaveLength(2);
  });

  it('asking by hand shows what was kept back', async () => {
    const { editor, answers, timer } = await accepted('oo();');
    await answers('\nb = 2;');
    editor.trigger();
    await timer.advance(0);
    expect(editor.seen).toBe('a = foo();[\nb = 2;]\n');
  });
});

describe('a document that is no longer what it was', () => {
  async function asked() {
    const all = scene('█', { prompt: false });
    all.editor.type('f');
    await all.waits();
    return all;
  }

  it('changed: nothing is returned for the version that is gone', async () => {
    const { editor, answers } = await asked();
    editor.document.replace(0, 0, 'x');
    await answers('oo');
    expect(editor.outcome).toEqual({});
  });

  it('closed: nothing is returned, and the question is stopped', async () => {
    const { editor, engine, answers } = await asked();
    editor.close();
    expect(engine.last.signal.aborted).toBe(true);
    await answers('oo');
    expect(editor.shown).toBeUndefined();
    expect(editor.pending).toBe(0);
  });

  it('closed and opened again: it starts again, and still one question at a time', async () => {
    const { editor, engine, timer, waits, open } = await asked();
    editor.close();
    const again = open('f█', editor.address);
    again.request();
    await waits();
    expect(engine.calls).toHaveLength(1);
    engine.last.fail(new Error('stopped'));
    await timer.advance(0);
    expect(engine.calls).toHaveLength(2);
    again.edit(0, 1, 'g');
    await waits();
    expect(engine.calls[1]?.signal.aborted).toBe(true);
    engine.last.fail(new Error('stopped'));
    await waits();
    engine.last.answer('oo');
    await timer.advance(0);
    expect(again.seen).toBe('g[oo]');
    expect(engine.most).toBe(1);
  });

  it('renamed: nothing is returned for the old name, and the new one is asked about', async () => {
    const { editor, engine, timer, waits, open } = await asked();
    editor.close();
    const renamed = open('f█', 'file:///b.ts');
    renamed.request();
    await waits();
    const [old, now] = engine.calls;
    old?.answer('oo');
    now?.answer('un');
    await timer.advance(0);
    expect([editor.shown, renamed.seen]).toEqual([undefined, 'f[un]']);
  });

  it('in another language: nothing is returned', async () => {
    const { editor, answers } = await asked();
    editor.document.languageId = 'python';
    await answers('oo');
    expect(editor.outcome).toEqual({});
  });

  it('another model forgets all answers', async () => {
    const { editor, engine, ghost, waits, answers } = await asked();
    await answers('oo');
    ghost.clear();
    editor.request();
    await waits();
    expect(engine.calls).toHaveLength(2);
  });

  it('disposing stops everything', async () => {
    const { editor, engine, ghost, timer, answers } = await asked();
    ghost.dispose();
    await answers('oo');
    expect(engine.last.signal.aborted).toBe(true);
    expect(editor.shown).toBeUndefined();
    expect(timer.waiting).toBe(0);
  });
});

describe('two editors', () => {
  it('have a question each, and neither sees the other answers', async () => {
    const { editor, engine, timer, waits, open } = scene('█');
    const other = open('x = █', 'file:///b.ts');
    editor.type('f');
    other.type('g');
    await waits();
    expect(engine.inFlight).toBe(2);
    const [first, second] = engine.calls;
    second?.answer('et()');
    first?.answer('oo()');
    await timer.advance(0);
    expect([editor.seen, other.seen]).toEqual(['f[oo()]', 'x = g[et()]']);
  });
});

describe('what completions cost', () => {
  it('is noted for each answer of the engine, and for nothing else', async () => {
    const { editor, numbers, waits, answers } = scene('█');
    expect(numbers.summary).toBeUndefined();
    editor.type('f');
    await waits();
    await answers('oo');
    editor.type('o');
    await waits();
    expect(numbers.summary).toEqual({
      last: { reusedTokens: 1000, readTokens: 10, generatedTokens: 5, milliseconds: 100 },
      p50: 100,
      p95: 100,
      count: 1,
    });
  });
});
