/** An editor, an engine and a clock, as most tests want them. */
import { GhostText } from '../../../../src/extension/ghostText/ghostText';
import { CompletionNumbers } from '../../../../src/extension/ghostText/completionNumbers';
import { FakeEditor } from './fakeEditor';
import { FakeEngine } from './fakeEngine';
import { FakeTimer } from './fakeTimer';

export interface Scene {
  timer: FakeTimer;
  engine: FakeEngine;
  numbers: CompletionNumbers;
  ghost: GhostText;
  editor: FakeEditor;
  /** Another editor of the same window. */
  open: (marked: string, address: string) => FakeEditor;
  /** Lets the waiting before a question pass. */
  waits: () => Promise<void>;
  /** Answers what was asked last, and lets it arrive. */
  answers: (text: string, replaces?: number) => Promise<void>;
}

export function scene(marked: string, { languageId = 'typescript', prompt = true } = {}): Scene {
  const timer = new FakeTimer();
  const engine = new FakeEngine(prompt);
  const numbers = new CompletionNumbers();
  const ghost = new GhostText(engine, timer, numbers);
  return {
    timer,
    engine,
    numbers,
    ghost,
    editor: new FakeEditor(ghost, timer, marked, 'file:///a.ts', languageId),
    open: (other, address) => new FakeEditor(ghost, timer, other, address, languageId),
    waits: () => timer.advance(1000),
    answers: async (text, replaces) => {
      engine.last.answer(text, 100, replaces);
      await timer.advance(0);
    },
  };
}
