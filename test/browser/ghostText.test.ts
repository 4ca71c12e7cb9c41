/** Ghost text: it appears while typing in a TypeScript file, and Tab puts it into the file. */
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, openFile, page } from './editor';
import { options } from './options';

const path = 'src/protocol/launchCheck.ts';
const head = `import { planLaunch } from './launch';\n\n/** The engine that a launch from this folder would take. */\nexport function engineOf(folder: string) {\n  return`;
// A blank, because a letter opens the editor's own list, and while that is open ghost text only goes on from its entry.
const typed = ' ';

describe('ghost text', function () {
  this.timeout(180_000);
  const file = join(options.workspace, path);
  before(() => writeFileSync(file, `${head}\n}\n`));

  it('appears after typing, and Tab accepts it', async () => {
    await (await openFile(path)).click();
    // To the end of the line of code: the last line but two of the file, which ends with a line feed.
    await page().keyboard.press('Control+End');
    await page().keyboard.press('ArrowUp');
    await page().keyboard.press('ArrowUp');
    await page().keyboard.press('End');
    const ghost = page().locator('.editor-instance .ghost-text-decoration, .editor-instance .ghost-text');
    await eventually(
      'ghost text is shown',
      async () => {
        await page().keyboard.type(typed);
        const shown = await ghost
          .first()
          .waitFor({ timeout: 20_000 })
          .then(
            () => true,
            () => false,
          );
        if (!shown) await page().keyboard.press('Backspace');
        return shown;
      },
      120_000,
    );
    const suggested = (await ghost.allInnerTexts()).join('').replaceAll(/\s/g, '');
    assert.ok(suggested.length > 0);
    await page().keyboard.press('Tab');
    await ghost.first().waitFor({ state: 'detached' });
    await page().keyboard.press('Control+s');
    await eventually('the accepted text is on disk', () => {
      const text = readFileSync(file, 'utf8');
      return text.startsWith(head + typed) && text.slice(head.length + typed.length, -'\n}\n'.length).trim().length > 0;
    });
  });
});
