/**
 * Thousands of keys against an engine that is slow, wrong, slow to stop and fails: nothing is asked twice at once, nothing is
 * left behind, and what comes back always fits the document as it is at that moment.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fits } from '../../../../src/extension/ghostText/suggestion';
import type { FakeEditor } from './fakeEditor';
import { engineFailure } from './randomEngine';
import { typeAway, type Session } from './typist';

const target = `import { readFile } from 'node:fs/promises';

/** Counts the words of a file. */
export async function countWords(path: string): Promise<Map<string, number>> {
  const text = await readFile(path, 'utf8');
  const counts = new Map<string, number>();
  for (const word of text.split(/\\s+/)) {
    if (word === '') continue;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

export function longest(words: readonly string[]): string | undefined {
  return words.reduce<string | undefined>((best, word) => (best && best.length >= word.length ? best : word), undefined);
}

class Shape {
  constructor(private readonly name: string, private readonly sides: number[]) {}
  area(): number { return this.sides.reduce((a, b) => a * b, 1); }
  toString(): string { return \`\${this.name} of \${this.area()}\`; }
}
`;
const opening = target.slice(0, 60);

/** What accepting leaves in the document. */
function accepted(editor: FakeEditor): string {
  const { suggestion } = editor.outcome ?? {};
  if (!suggestion) throw new Error('nothing was suggested');
  const [start, end] = editor.range(suggestion);
  const { text } = editor.document;
  return text.slice(0, start) + suggestion.text + text.slice(end);
}

async function session(seed: number): Promise<{ all: Session; wrong: string[] }> {
  const wrong: string[] = [];
  const finals = new Set<string>();
  let noted = 0;
  const all = await typeAway({
    seed,
    keystrokes: 1000,
    target,
    opening,
    watch: (editor, { engine }) => {
      const count = editor.onReturn;
      editor.onReturn = (outcome, cancelled) => {
        count(outcome, cancelled);
        const { suggestion } = outcome;
        if (!suggestion) return;
        for (; noted < engine.answered.length; noted++) {
          const answer = engine.answered[noted];
          if (answer)
            finals.add(`${answer.params.languageId}:${answer.params.prefix}${answer.text}${answer.params.suffix.slice(answer.replaces)}`);
        }
        const { document, cursor } = editor;
        if (cancelled) wrong.push('came for a request that was cancelled');
        else if (!fits(suggestion, document, cursor)) wrong.push(`does not fit: ${JSON.stringify(suggestion)} in ${editor.seen}`);
        else {
          editor.outcome = outcome;
          if (!finals.has(`${document.languageId}:${accepted(editor)}`)) wrong.push(`was never answered: ${JSON.stringify(suggestion)}`);
        }
      };
    },
  });
  return { all, wrong };
}

describe('a thousand keys', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));

  it.each([1, 2, 3, 4, 5])('of session %i', async (seed) => {
    const { all, wrong } = await session(seed);
    const { engine, editors, timer, done } = all;
    expect(wrong).toEqual([]);
    expect(engine.most).toBe(1);
    expect([...engine.inFlight.values()].filter((count) => count > 0)).toEqual([]);
    expect(editors.map(({ pending }) => pending).filter((count) => count > 0)).toEqual([]);
    const failures = editors.flatMap((editor) => editor.failures.map(String));
    expect(failures.filter((failure) => failure !== `Error: ${engineFailure}`)).toEqual([]);
    expect(timer.waiting).toBe(0);
    expect(unhandled).toEqual([]);
    // All of it happened, and often enough to mean something.
    for (const what of ['type', 'backspace', 'paste', 'accept', 'word', 'jump', 'close', 'rename', 'language', 'trigger', 'undo', 'switch'])
      expect(done[what], what).toBeGreaterThan(0);
    expect(all.shown).toBeGreaterThan(100);
    expect(engine.stopped).toBeGreaterThan(20);
    expect(engine.failed).toBeGreaterThan(0);
    expect(engine.asked).toBeLessThan(700);
  });

  it('do the same again from the same seed', async () => {
    const [{ all: one }, { all: two }] = [await session(9), await session(9)];
    expect([two.shown, two.engine.asked, two.done]).toEqual([one.shown, one.engine.asked, one.done]);
  });
});
