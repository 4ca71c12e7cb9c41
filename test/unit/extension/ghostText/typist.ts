/**
 * A person at two editors, drawn from a seed: types a text, errs and takes it back, undoes, pastes, accepts, jumps about, closes,
 * renames and changes languages, and does all of it at the pace of a person.
 */
import { below, seeded, type Random } from '../../../../src/sidecar/random';
import { GhostText } from '../../../../src/extension/ghostText/ghostText';
import { CompletionNumbers } from '../../../../src/extension/ghostText/completionNumbers';
import { FakeEditor } from './fakeEditor';
import { FakeTimer } from './fakeTimer';
import { RandomEngine } from './randomEngine';

export interface Session {
  timer: FakeTimer;
  engine: RandomEngine;
  numbers: CompletionNumbers;
  editors: FakeEditor[];
  /** How often each thing was done. */
  done: Record<string, number>;
  shown: number;
}

export interface TypistOptions {
  seed: number;
  keystrokes: number;
  /** What the person types; they begin each document with the given part of it. */
  target: string;
  opening: string;
  latency?: readonly [number, number];
  watch?: (editor: FakeEditor, session: Session) => void;
  /** Around what the extension does for one key: everything until the next one. */
  around?: (work: () => Promise<void>) => Promise<void>;
}

const languages = ['typescript', 'python', 'markdown', 'css'];
const pairs: Record<string, string> = { '(': ')', '{': '}', '[': ']', '"': '"' };

export async function typeAway(options: TypistOptions): Promise<Session> {
  const { seed, keystrokes, target, opening, watch } = options;
  const random = seeded(seed);
  const timer = new FakeTimer();
  const engine = new RandomEngine(timer, random, target, options.latency);
  const numbers = new CompletionNumbers();
  const ghost = new GhostText(engine, timer, numbers);
  const session: Session = { timer, engine, numbers, editors: [], done: {}, shown: 0 };
  let opened = 0;
  const open = (): FakeEditor => {
    const editor = new FakeEditor(ghost, timer, `${opening}█`, `file:///${opened++}.ts`);
    editor.onReturn = ({ suggestion }) => {
      if (suggestion) session.shown++;
    };
    watch?.(editor, session);
    session.editors.push(editor);
    return editor;
  };
  const desk = [open(), open()];
  let at = 0;
  for (let key = 0; key < keystrokes; key++) {
    if (random() < 0.04) {
      at = 1 - at;
      session.done['switch'] = (session.done['switch'] ?? 0) + 1;
    }
    const editor = desk[at] ?? open();
    const named = act(editor, target, random);
    if (named === 'close' || named === 'rename' || editor.document.text.length > opening.length + 4000) {
      editor.close();
      desk[at] = open();
    }
    desk[at]?.look();
    session.done[named] = (session.done[named] ?? 0) + 1;
    const gap = random() < 0.06 ? 1500 + below(random, 3000) : 15 + below(random, 350);
    const work = () => timer.advance(gap);
    await (options.around ?? ((each) => each()))(work);
  }
  await timer.advance(60_000);
  return session;
}

/** Does one thing in an editor. @returns what it was */
function act(editor: FakeEditor, target: string, random: Random): string {
  const { text } = editor.document;
  const draw = random();
  if (draw < 0.12 && editor.shown) {
    editor.accept();
    return 'accept';
  }
  if (draw < 0.2) {
    editor.backspace(1 + below(random, 2));
    return 'backspace';
  }
  if (draw < 0.23) {
    const from = below(random, target.length);
    editor.edit(editor.offset, editor.offset, target.slice(from, from + below(random, 80)));
    return 'paste';
  }
  if (draw < 0.28) {
    editor.move(below(random, text.length + 1));
    return 'jump';
  }
  if (draw < 0.29) return 'close';
  if (draw < 0.3) return 'rename';
  if (draw < 0.31) {
    editor.document.languageId = languages[below(random, languages.length)] ?? '';
    return 'language';
  }
  if (draw < 0.33) {
    editor.trigger();
    return 'trigger';
  }
  if (draw < 0.36 && editor.shown) {
    // A word of it, by the editor's own key.
    const ahead = editor.shown.text.slice(editor.cursor.character - editor.shown.start);
    editor.edit(editor.offset, editor.offset, /^\s*\S\w*/.exec(ahead)?.[0] ?? '');
    return 'word';
  }
  if (draw < 0.39) {
    editor.undo();
    return 'undo';
  }
  const tail = text.slice(Math.max(0, editor.offset - 12), editor.offset);
  const known = target.indexOf(tail);
  const next = known >= 0 && random() < 0.9 ? target.charAt(known + tail.length) || '\n' : 'x';
  const other = pairs[next];
  if (other && random() < 0.5) editor.typeAndClose(next, other);
  else editor.type(next);
  return 'type';
}
