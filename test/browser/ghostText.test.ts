/** Ghost text: it appears while typing in a TypeScript file, and Tab puts it into the file. */
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, openFile, page } from './editor';
import { options } from './options';

const path = 'src/protocol/launchCheck.ts';
/** Several places, because a small model has nothing to say at some; which they are changes with what is in memory. */
const code = `import { planLaunch } from './launch';

/** The engine that a launch from this folder would take. */
export function engineOf(folder: string) {
  return
}

export function isLong(value: string): boolean {
  return
}

export function sum(values: number[]): number {
  return
}
`;
const lines = code.split('\n');
const places = lines.flatMap((line, index) => (line === '  return' ? [index] : []));
// A blank, because a letter opens the editor's own list, and while that is open ghost text only goes on from its entry.
const typed = ' ';

async function goTo(line: number): Promise<void> {
  await page().keyboard.press('Control+Home');
  for (let i = 0; i < line; i++) await page().keyboard.press('ArrowDown');
  await page().keyboard.press('End');
}

describe('ghost text', function () {
  this.timeout(180_000);
  const file = join(options.workspace, path);
  before(() => writeFileSync(file, code));

  it('appears after typing, and Tab accepts it', async () => {
    await (await openFile(path)).click();
    const ghost = page().locator('.editor-instance .ghost-text-decoration, .editor-instance .ghost-text');
    let tries = 0;
    const place = await eventually(
      'ghost text is shown',
      async () => {
        const line = places[tries++ % places.length] ?? 0;
        await goTo(line);
        await page().keyboard.type(typed);
        const shown = await ghost
          .first()
          .waitFor({ timeout: 15_000 })
          .then(
            () => true,
            () => false,
          );
        if (!shown) await page().keyboard.press('Backspace');
        return shown ? { line } : undefined;
      },
      120_000,
    );
    const suggested = (await ghost.allInnerTexts()).join('').replaceAll(/\s/g, '');
    assert.ok(suggested.length > 0);
    await page().keyboard.press('Tab');
    await ghost.first().waitFor({ state: 'detached' });
    await page().keyboard.press('Control+s');
    await eventually('the accepted text is on disk', () => {
      const saved = readFileSync(file, 'utf8').split('\n');
      const line = saved[place.line] ?? '';
      return line.startsWith(`  return${typed}`) && line.trim().length > 'return'.length && saved[0] === lines[0];
    });
  });
});
