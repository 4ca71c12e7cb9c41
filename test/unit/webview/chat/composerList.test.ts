/** The composer's list in the page: when it asks, what a choice leaves in the field, and what Escape closes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ComposerList } from '../../../../src/webview/chat/composerList';
import type { Candidate } from '../../../../src/protocol';

const item = (insert: string, goesOn = false): Candidate => ({ label: insert, detail: '', icon: 'file', insert, goesOn });

function scene() {
  const asked: { id: number; text: string }[] = [];
  const completion = new ComposerList(
    (id, text) => asked.push({ id, text }),
    () => undefined,
  );
  const type = (text: string, caret = text.length) => {
    completion.typed({ text, caret });
    vi.runAllTimers();
    return asked.at(-1)!.id;
  };
  return { asked, completion, type };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the composer', () => {
  it('asks for the word before the cursor, a moment after the last key', () => {
    const { asked, completion } = scene();
    for (const text of ['look at @', 'look at @f', 'look at @fi']) completion.typed({ text, caret: text.length });
    expect(asked).toEqual([]);
    vi.runAllTimers();
    expect(asked.map(({ text }) => text)).toEqual(['@fi']);
    completion.typed({ text: 'look at @fi more', caret: 16 });
    vi.runAllTimers();
    expect(asked).toHaveLength(1);
  });

  it('shows only the answer to its newest question', () => {
    const { completion, type } = scene();
    const old = type('@a');
    const newest = type('@ab');
    completion.received(old, [item('@file:a ')]);
    expect(completion.open).toBe(false);
    completion.received(newest, [item('@file:ab ')]);
    expect(completion.open).toBe(true);
    completion.typed({ text: 'ab', caret: 2 });
    expect(completion.open).toBe(false);
  });

  it('puts a choice in the place of what was typed, and only of that', () => {
    const { completion, type } = scene();
    completion.received(type('see @la and more', 7), [item('@file:launch.ts ')]);
    expect(completion.take()).toEqual({ text: 'see @file:launch.ts and more', caret: 20 });
    expect(completion.open).toBe(false);
  });

  it('replaces the whole mention that the cursor is in', () => {
    const { completion, type } = scene();
    completion.received(type('@file:src/a.ts?', 9), [item('@file:src/b.ts ')]);
    expect(completion.take()).toEqual({ text: '@file:src/b.ts ?', caret: 15 });
    completion.received(type('/expl it', 3), [item('/explain ')]);
    expect(completion.take()).toEqual({ text: '/explain it', caret: 9 });
  });

  it('takes nothing from a list that is behind the last key', () => {
    const { completion, type } = scene();
    completion.received(type('@la'), [item('@file:launch.ts ')]);
    const newest = type('@lab');
    expect(completion.open).toBe(true);
    expect(completion.take()).toBeUndefined();
    completion.received(newest, [item('@file:label.ts ')]);
    expect(completion.take()?.text).toBe('@file:label.ts ');
  });

  it('goes on behind a kind', () => {
    const { asked, completion, type } = scene();
    completion.received(type('@f'), [item('@file:', true)]);
    expect(completion.take()).toEqual({ text: '@file:', caret: 6 });
    expect(completion.open).toBe(false);
    vi.runAllTimers();
    expect(asked.at(-1)?.text).toBe('@file:');
  });

  it('takes nothing that cannot be taken, and goes round the ends', () => {
    const { completion, type } = scene();
    completion.received(type('/b'), [item(''), item('/bare ')]);
    expect([completion.take(), completion.takeable]).toEqual([undefined, true]);
    completion.move(-1);
    expect(completion.take()).toEqual({ text: '/bare ', caret: 6 });
  });

  it('of nothing but refusals leaves the keys to the field', () => {
    const { completion, type } = scene();
    completion.received(type('@symbol:gone'), [item('')]);
    expect([completion.open, completion.takeable]).toEqual([true, false]);
  });

  it('stays closed after Escape until the text changes', () => {
    const { asked, completion, type } = scene();
    completion.received(type('@a'), [item('@file:a ')]);
    completion.close();
    expect(completion.open).toBe(false);
    completion.typed({ text: '@a', caret: 2 });
    vi.runAllTimers();
    expect(asked).toHaveLength(1);
    type('@ab');
    expect(asked).toHaveLength(2);
  });
});
