/** The way of a suggestion, in scenes of an editor; `[…]` is what is shown, as accepting it would leave it. */
import { describe, expect, it } from 'vitest';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import type { Outcome } from '../../../../src/extension/ghostText/ghostText';
import { patience } from '../../../../src/extension/ghostText/flight';
import { editorWaits } from './fakeEditor';
import { scene } from './scene';

describe('one suggestion', () => {
  it('is asked for after a key, and shown', async () => {
    const { editor, engine, waits, answers } = scene('const a = █;\n');
    editor.type('f');
    await waits();
    expect(engine.last.params).toEqual({
      path: 'a.ts',
      languageId: 'typescript',
      startLine: 1,
      prefix: 'const a = f',
      suffix: ';\n',
      singleLine: true,
    });
    await answers('oo(1)');
    expect(editor.seen).toBe('const a = f[oo(1)];\n');
  });

  it('is silence when the engine has nothing, and the same place is not asked about again', async () => {
    const { editor, engine, waits, answers } = scene('a█\n');
    editor.type('b');
    await waits();
    await answers('  \n ');
    expect(editor.outcome).toEqual({});
    editor.request();
    await waits();
    expect(engine.calls).toHaveLength(1);
  });

  it('covers the closers that the text writes again, and only those', async () => {
    const { editor, waits, answers } = scene('foo(█)\n');
    editor.type('a');
    await waits();
    await answers(', b);', 1);
    expect(editor.seen).toBe('foo(a[, b);]\n');
    editor.type('x');
    await waits();
    await answers('y', 1);
    expect(editor.seen).toBe('foo(ax█)\n');
  });

  it('asked for by hand comes without waiting, with several lines, whatever the taste', async () => {
    const { editor, engine, timer, answers } = scene('const a = 1;█\n');
    editor.situation = { ...editor.situation, enabled: false };
    editor.trigger();
    await timer.advance(0);
    expect(engine.last).toMatchObject({ urgency: 'explicit', params: { singleLine: false } });
    await answers('\nconst b = 2;');
    expect(editor.seen).toBe('const a = 1;[\nconst b = 2;]\n');
  });

  it('goes on from the entry that is selected in the list, and from nothing else', async () => {
    const { editor, engine, waits, answers } = scene('console.l█\n');
    editor.request();
    await waits();
    await answers('ist()');
    editor.entry = { start: 8, end: 9, text: 'log' };
    editor.request();
    await waits();
    expect(engine.last.params.prefix).toBe('console.log');
    await answers('(a)');
    expect(editor.seen).toBe('console.[log(a)]\n');
    editor.request();
    await waits();
    await answers('(a);', 1);
    expect(engine.calls).toHaveLength(2);
  });

  it('that would cover more than the entry does is not shown beside the list', async () => {
    const { editor, waits, answers } = scene('f(g.l█)\n');
    editor.entry = { start: 4, end: 5, text: 'log' };
    editor.request();
    await waits();
    await answers('(a));', 1);
    expect(editor.outcome).toEqual({});
  });
});

describe('waiting before a question', () => {
  it('asks once for keys that come quickly, about the last of them', async () => {
    const { editor, engine, timer, waits } = scene('█');
    for (const key of 'const') {
      editor.type(key);
      await timer.advance(editorWaits - 10);
    }
    await waits();
    expect(engine.calls.map(({ params }) => params.prefix)).toEqual(['const']);
  });

  it('a request that is cancelled while it waits is never sent', async () => {
    const { editor, engine, timer, waits } = scene('█');
    editor.type('a');
    await timer.advance(editorWaits + 5);
    editor.cancel();
    await waits();
    expect(engine.calls).toHaveLength(0);
    expect(editor.pending).toBe(0);
  });
});

describe('typing along a suggestion', () => {
  async function shown() {
    const all = scene('let x = █;\n');
    all.editor.type('f');
    await all.waits();
    await all.answers('oo(bar)');
    return all;
  }

  it('shows the rest without asking', async () => {
    const { editor, engine, waits } = await shown();
    editor.type('o');
    await waits();
    expect(editor.seen).toBe('let x = f[oo(bar)];\n');
    expect(editor.shown).toMatchObject({ start: 9, end: 10 });
    editor.type('o');
    await waits();
    expect(editor.shown).toMatchObject({ text: 'oo(bar)', start: 9, end: 11 });
    expect(engine.calls).toHaveLength(1);
  });

  it('and back again', async () => {
    const { editor, engine, waits } = await shown();
    editor.type('oo(');
    editor.backspace(2);
    await waits();
    expect(editor.seen).toBe('let x = f[oo(bar)];\n');
    expect(engine.calls).toHaveLength(1);
  });

  it('a wrong key asks again, and taking it back brings the suggestion again', async () => {
    const { editor, engine, waits, answers } = await shown();
    editor.type('x');
    await waits();
    expect(engine.calls).toHaveLength(2);
    await answers('yz');
    expect(editor.seen).toBe('let x = fx[yz];\n');
    editor.backspace();
    await waits();
    expect(editor.seen).toBe('let x = f[oo(bar)];\n');
    editor.type('o');
    await waits();
    expect(editor.shown?.text).toBe('oo(bar)');
    expect(engine.calls).toHaveLength(2);
  });

  it('a bracket that the editor closes by itself is part of it', async () => {
    const { editor, engine, waits } = await shown();
    editor.type('oo');
    editor.typeAndClose('(', ')');
    await waits();
    // The closer is in the document already: accepting inserts what is missing before it.
    expect(editor.seen).toBe('let x = f[oo(bar]);\n');
    expect(engine.calls).toHaveLength(1);
  });

  it('deleting what stood before the suggestion ends it', async () => {
    const { editor, engine, waits } = await shown();
    editor.backspace(2);
    await waits();
    expect(engine.calls).toHaveLength(2);
  });

  it('a change elsewhere in the document ends it', async () => {
    const { editor, engine, waits } = await shown();
    const { offset } = editor;
    editor.edit(0, 3, 'var');
    editor.offset = offset;
    await waits();
    expect(engine.calls).toHaveLength(2);
  });

  it('taking it word by word asks nothing', async () => {
    const { editor, engine, waits } = await shown();
    editor.edit(editor.offset, editor.offset, 'oo');
    await waits();
    editor.edit(editor.offset, editor.offset, '(bar');
    await waits();
    expect(editor.seen).toBe('let x = f[oo(bar)];\n');
    expect(editor.shown).toMatchObject({ start: 9, end: 15 });
    expect(engine.calls).toHaveLength(1);
  });
});

describe('a question that is on its way', () => {
  it('is waited for by a newer place that lies along its answer', async () => {
    const { editor, engine, waits, answers } = scene('█');
    editor.type('f');
    await waits();
    editor.type('o');
    await waits();
    expect(engine.calls).toHaveLength(1);
    expect(engine.last.signal.aborted).toBe(false);
    await answers('oo()');
    expect(engine.calls).toHaveLength(1);
    expect(editor.seen).toBe('f[oo()]');
  });

  it('is followed by another one at once when its answer went elsewhere', async () => {
    const { editor, engine, waits, answers } = scene('█');
    editor.type('f');
    await waits();
    editor.type('u');
    await waits();
    await answers('oo()');
    expect(engine.last.params.prefix).toBe('fu');
    expect(editor.shown).toBeUndefined();
    await answers('nction');
    expect(editor.seen).toBe('fu[nction]');
  });

  it('is stopped by a place that does not lie along it', async () => {
    const { editor, engine, waits } = scene('a\nb\n█');
    editor.type('f');
    await waits();
    editor.move(1);
    editor.type('g');
    await waits();
    expect(engine.calls[0]?.signal.aborted).toBe(true);
    expect(engine.last.params.prefix).toBe('ag');
  });

  it('is stopped when nobody has waited for it during a moment', async () => {
    const { editor, engine, timer, waits } = scene('█');
    editor.type('f');
    await waits();
    editor.cancel();
    await timer.advance(patience - 1);
    expect(engine.last.signal.aborted).toBe(false);
    await timer.advance(1);
    expect(engine.last.signal.aborted).toBe(true);
    expect(timer.waiting).toBe(0);
  });

  it('has to leave the engine before the next one is sent', async () => {
    const { editor, engine, timer, waits } = scene('a\nb\n█', { prompt: false });
    editor.type('f');
    await waits();
    editor.move(1);
    editor.type('g');
    await waits();
    expect(engine.calls).toHaveLength(1);
    engine.last.fail(new Error('stopped'));
    await timer.advance(0);
    expect(engine.calls).toHaveLength(2);
    expect(engine.most).toBe(1);
  });

  it('brings its answer for later although the person has gone on', async () => {
    const { editor, engine, timer, waits, answers } = scene('█');
    editor.type('f');
    await waits();
    editor.cancel();
    await timer.advance(patience / 2);
    await answers('oo');
    editor.request();
    await timer.advance(0);
    expect(editor.seen).toBe('f[oo]');
    expect(engine.calls).toHaveLength(1);
  });

  it('that is answered at the moment it is cancelled returns nothing', async () => {
    const { editor, engine, timer, waits } = scene('█');
    editor.type('f');
    await waits();
    const returned: Outcome[] = [];
    editor.onReturn = (outcome) => returned.push(outcome);
    engine.last.answer('oo');
    editor.cancel();
    await timer.advance(0);
    expect(returned).toEqual([{}]);
  });

  it('fails for those who wait for it, and the next one is asked as though nothing had been', async () => {
    const { editor, engine, timer, waits, answers } = scene('█');
    editor.type('f');
    await waits();
    engine.last.fail(new SidecarError('engine-failed', 'The engine stopped.'));
    await timer.advance(0);
    expect(editor.failures.at(-1)).toMatchObject({ code: 'engine-failed' });
    editor.type('o');
    await waits();
    await answers('o');
    expect(editor.seen).toBe('fo[o]');
  });
});
