/** Opens the editor before all tests and keeps what can be seen when one of them fails. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeEditor, consoleLines, openEditor, page, statusText } from './editor';
import { options } from './options';

const tail = (text: string, lines: number) => text.split('\n').slice(-lines).join('\n');

async function keep(title: string): Promise<void> {
  const name = title.replaceAll(/[^\w]+/g, '-').slice(0, 80);
  await page().screenshot({ path: join(options.artifacts, `${name}.png`) });
  writeFileSync(
    join(options.artifacts, `${name}.txt`),
    [
      `status: ${await statusText()}`,
      `\nconsole:\n${consoleLines.slice(-60).join('\n')}`,
      `\nserver:\n${tail(readFileSync(options.serverLog, 'utf8'), 30)}`,
    ].join('\n'),
  );
}

before(openEditor);
after(closeEditor);
afterEach(async function () {
  if (this.currentTest?.state === 'failed') await keep(this.currentTest.fullTitle()).catch((error: unknown) => console.error(error));
});
