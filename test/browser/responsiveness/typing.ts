/**
 * Typing as a person does, so many keys a second, and for every key the time from the key event to the character standing
 * in the rendered line. Both are taken inside the page; the time of the event is that of the browser's own process, so a
 * page that is busy counts as late. What ghost text shows is not what was typed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { command, openFile, page } from '../editor';

/** Milliseconds between two keys. */
const pace = 100;

/** Keys of letters and blanks only: nothing closes a bracket, and no line begins like another or like what is there. */
const lines = [
  'quotient equals wanted divided by the number of va',
  'zero is returned when no value of the list is long',
  'joined values keep the order in which they were re',
  'keys that were seen once are never looked at again',
];
export const keysTyped = lines.join('').length;

export interface Key {
  /** Milliseconds since the epoch. */
  at: number;
  /** Milliseconds until the character was in the line. */
  latency: number;
}

interface Watch {
  keys: { at: number; shown: number }[];
}

/** Runs in the page: notes every key from now on, and when each of these lines has grown by it. */
function watch(expected: string[]): void {
  const keys: Watch['keys'] = [];
  Object.assign(window, { bonsaiTyping: { keys } satisfies Watch });
  const places = expected.flatMap((line) => Array.from(line, (_, index) => line.slice(0, index + 1)));
  let next = 0;
  const ownText = (node: Node): string =>
    node instanceof Element && /ghost-text/.test(node.className)
      ? ''
      : node.nodeType === Node.TEXT_NODE
        ? (node.textContent ?? '')
        : [...node.childNodes].map(ownText).join('');
  const root = document.querySelector('.editor-instance .monaco-editor .view-lines');
  if (!root) throw new Error('no editor');
  const look = () => {
    for (;;) {
      const place = places[next];
      const key = keys[next];
      if (place === undefined || !key) return;
      const typed = [...root.children].some((line) => ownText(line).replaceAll('\u00a0', ' ').trimStart().startsWith(place.trimEnd()));
      if (!typed) return;
      key.shown = performance.now();
      next++;
    }
  };
  new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key.length === 1) keys.push({ at: event.timeStamp, shown: NaN });
    },
    true,
  );
}

/** Keys between two pauses of somebody who looks up now and then. */
const burst = 10;

/**
 * Types into the file, at the end of this line, and takes everything back.
 * @param path of a file in the workspace
 * @param line counted from 0
 * @param pause milliseconds after every ten keys
 */
export async function type(path: string, line: number, pause = 0): Promise<Key[]> {
  await (await openFile(path)).click();
  await page().keyboard.press('Control+Home');
  for (let i = 0; i < line; i++) await page().keyboard.press('ArrowDown');
  await page().keyboard.press('End');
  await page().evaluate(watch, lines);
  let due = performance.now();
  let count = 0;
  const inTime = async (key: string) => {
    due += count++ % burst === 0 ? pace + pause : pace;
    await delay(due - performance.now());
    await page().keyboard.press(key);
  };
  for (const text of lines) {
    await inTime('Enter');
    for (const character of text) await inTime(character === ' ' ? 'Space' : character);
  }
  await delay(1000);
  const origin = await page().evaluate(() => performance.timeOrigin);
  const { keys } = await page().evaluate(() => (window as unknown as { bonsaiTyping: Watch }).bonsaiTyping);
  await command('View: Revert and Close Editor');
  if (keys.length !== keysTyped || keys.some(({ shown }) => !(shown > 0)))
    throw new Error(`${keys.filter(({ shown }) => shown > 0).length} of ${keysTyped} characters were shown; ${keys.length} keys were seen`);
  return keys.map(({ at, shown }) => ({ at: origin + at, latency: shown - at }));
}
