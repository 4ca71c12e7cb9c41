/** Proposed changes in the window: read in every theme, decided by keyboard and by mouse, stopped while they are written. */
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { choose, command, eventually, openFile, page } from './editor';
import { options } from './options';

const greeting = `/** Greets people in the language they speak. */
const greetings = new Map([
  ['en', 'Hello'],
  ['de', 'Hallo'],
]);

export interface Person {
  name: string;
  language: string;
}

export function greet(person: Person): string {
  const word = greetings.get(person.language);
  if (!word) throw new Error('unknown language');
  return word + ', ' + person.name;
}

/** Greets everybody, one line each. */
export function greetAll(people: Person[]): string {
  let text = '';
  for (const person of people) text += greet(person) + '\\n';
  return text;
}
`;
const block = (path: string, search: string, replace: string) =>
  `${path}\n\`\`\`ts\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n\`\`\`\n`;
const answer = [
  'I add French, fall back to English and join the lines.\n',
  block('src/greeting.ts', "  ['de', 'Hallo'],", "  ['de', 'Hallo'],\n  ['fr', 'Bonjour'],"),
  block(
    'src/greeting.ts',
    "  const word = greetings.get(person.language);\n  if (!word) throw new Error('unknown language');\n  return word + ', ' + person.name;",
    "  const word = greetings.get(person.language) ?? 'Hello';\n  return `${word}, ${person.name}`;",
  ),
  block(
    'src/greeting.ts',
    "  let text = '';\n  for (const person of people) text += greet(person) + '\\n';\n  return text;",
    "  return people.map(greet).join('\\n');",
  ),
].join('\n');
const second = block('src/farewell.ts', 'bye', 'goodbye')
  .replaceAll('\nbye\n', "\nexport const farewell = 'Bye';\n")
  .replace('goodbye', "export const farewell = 'Goodbye';");

const put = (path: string, text: string) => {
  mkdirSync(join(options.workspace, 'src'), { recursive: true });
  writeFileSync(join(options.workspace, path), text);
};
const get = (path: string) => readFileSync(join(options.workspace, path), 'utf8');
const review = () => page().locator('.tab.active[data-resource-name="Bonsai: greeting.ts"]');
const actions = () => page().locator('.editor-instance .codelens-decoration a', { hasText: /^\s*Accept$/ });
const screenshot = (name: string) => page().screenshot({ path: join(options.screenshots, `edits-${name}.png`) });

/** Opens the answer as a file and has it reviewed, as someone would who got it from elsewhere. */
async function propose(text: string): Promise<void> {
  put('answer.md', text);
  await openFile('answer.md');
  await command('Bonsai: Apply Edit Blocks');
}

const themes = [
  { name: 'dark', theme: 'Dark Modern' },
  { name: 'light', theme: 'Light Modern' },
  { name: 'high-contrast', theme: 'Dark High Contrast' },
  { name: 'high-contrast-light', theme: 'Light High Contrast' },
];

describe('edits', function () {
  this.timeout(180_000);
  before(async () => {
    put('src/greeting.ts', greeting);
    put('src/farewell.ts', "export const farewell = 'Bye';\n");
    await command('View: Close All Editors');
    await openFile('src/greeting.ts');
    await propose(answer);
    await review().waitFor();
    await eventually('every change has its actions', async () => (await actions().count()) === 3);
    await command('Notifications: Clear All Notifications');
    await command('View: Close Primary Side Bar').catch(() => undefined);
  });

  for (const { name, theme } of themes)
    it(`${name}: removed and added lines can be told apart`, async () => {
      await command('Preferences: Color Theme');
      await choose(theme);
      await page().keyboard.press('Escape');
      await review().click();
      const marks = await eventually('lines are marked', async () => {
        const found = await page().locator('.editor-instance .view-overlays .cdr').evaluateAll(visibleMarks);
        return new Set(found).size >= 2 ? found : undefined;
      });
      assert.ok(marks.length >= 8, `${marks.length} marks: ${[...new Set(marks)].join(', ')}`);
      await screenshot(name);
    });

  it('are gone through and decided by keyboard', async () => {
    await review().click();
    await page()
      .locator('.editor-instance .monaco-editor .view-lines')
      .click({ position: { x: 300, y: 5 } });
    await page().keyboard.press('Control+Home');
    await page().keyboard.press('Alt+ArrowDown');
    await page().keyboard.press('Alt+ArrowDown');
    await page().keyboard.press('Alt+Enter');
    await eventually('one change is left out of three', async () => (await actions().count()) === 2);
    await page().keyboard.press('Alt+Backspace');
    await eventually('one is left', async () => (await actions().count()) === 1);
    await screenshot('one-left');
    await actions().first().click();
    await page().locator('.tab.active[data-resource-name="greeting.ts"]').waitFor();
    const accepted = async () => {
      const text = (await page().locator('.editor-instance .monaco-editor .view-lines').innerText()).replaceAll('\u00a0', ' ');
      return [/Bonjour/, /\?\? 'Hello'/, /people\.map/].filter((pattern) => pattern.test(text)).length;
    };
    await eventually('two of three are in the file', async () => (await accepted()) === 2);
    await page().keyboard.press('Control+z');
    await eventually('one step back', async () => (await accepted()) === 1);
    await page().keyboard.press('Control+z');
    await eventually('two steps back the file is as it was', async () => (await accepted()) === 0);
  });

  it('in two files are confirmed in the refactoring preview', async () => {
    await propose(`${block('src/greeting.ts', "  ['en', 'Hello'],", "  ['en', 'Hi'],")}${second}`);
    const all = page().locator('.codelens-decoration a', { hasText: 'Accept All in 2 Files' });
    await eventually('both files can be accepted at once', async () => (await all.count()) === 1);
    await all.click();
    const preview = page().locator('.bulk-edit-panel');
    const boxes = preview.locator('.edit-checkbox');
    await eventually('the preview lists both files and their changes', async () => (await boxes.count()) === 4);
    const ticked = async (index: number) => (await boxes.nth(index).getAttribute('aria-checked')) === 'true';
    await boxes.first().click();
    await eventually('the changes of the first file are ticked', async () => (await ticked(1)) && !(await ticked(2)));
    await screenshot('preview');
    await preview.getByText('Apply', { exact: true }).click();
    await eventually('the ticked change was made, the other one is still to be decided', async () => {
      const made = get('src/farewell.ts').includes('Goodbye') && !get('src/greeting.ts').includes("'Hi'");
      // The editor may put the file it has changed in front of the review.
      return made && (await page().locator('.tab[data-resource-name="Bonsai: greeting.ts"]').count()) === 1;
    });
    await command('Bonsai: Reject All Changes');
    await eventually(
      'nothing is left to decide',
      async () => (await page().locator('.tab[data-resource-name="Bonsai: greeting.ts"]').count()) === 0,
    );
  });

  it('that cannot be placed are said until it is seen, with what was written', async () => {
    await propose(block('src/greeting.ts', 'nothing like this is there', 'x'));
    const toast = page().locator('.notification-toast', { hasText: 'A change was refused.' });
    await toast.waitFor();
    // A message that the editor hides is hidden after 15 s at most, counted while nothing is over it.
    await page().mouse.move(5, 5);
    await delay(17_000);
    assert.equal(await toast.count(), 1);
    await screenshot('refused');
    await toast.getByText('Show Answer', { exact: true }).click();
    await eventually('the answer is shown with the reason', async () =>
      /What\sthe\smodel\swrote/.test(await page().locator('.editor-instance .view-lines').innerText()),
    );
    await eventually('the message has been dealt with', async () => (await toast.count()) === 0);
    await command('View: Revert and Close Editor');
  });

  it('that are being written can be stopped', async () => {
    // With a repository in memory the demonstration model is done before anybody could stop it.
    await command('Bonsai: Restart');
    await openFile('src/farewell.ts');
    const before = get('src/farewell.ts');
    await command('Bonsai: Edit Selection…');
    const box = page().locator('.quick-input-widget .quick-input-box input');
    await eventually(
      'the instruction is asked for',
      async () => (await box.getAttribute('placeholder')) === 'Return an error instead of throwing',
    );
    await box.fill('Say it in ten languages.');
    await page().keyboard.press('Enter');
    const progress = page().locator('.notification-toast', { hasText: 'Edit src/farewell.ts:1' });
    await progress.getByText('Cancel', { exact: true }).click();
    await eventually(
      'it says so',
      async () => (await page().locator('.statusbar-item', { hasText: 'Stopped. Nothing was changed.' }).count()) === 1,
    );
    assert.equal(get('src/farewell.ts'), before);
  });
});

/** The background or border of every marked line that can be seen. Runs in the page. */
function visibleMarks(elements: (HTMLElement | SVGElement)[]): string[] {
  return elements.flatMap((element) => {
    const { backgroundColor, borderLeftWidth, borderLeftColor } = getComputedStyle(element);
    const border = borderLeftWidth === '4px' ? borderLeftColor : 'none';
    const mark = `${backgroundColor} ${border}`;
    return /ced-/.test(element.getAttribute('class') ?? '') && mark !== 'rgba(0, 0, 0, 0) none' ? [mark] : [];
  });
}
