/** Mentions, commands and citations: chosen by keyboard, sent as exact source, refused with a reason, checked on disk. */
import { strict as assert } from 'node:assert';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatMessage } from '../../src/protocol';
import { answers, lastAnswer } from './chatView';
import { chat, choose, command, eventually, openFile, page } from './editor';
import { options } from './options';

const input = () => chat().getByTestId('chat-input');
const suggestions = () => chat().getByTestId('chat-suggestion');
const chips = () => chat().getByTestId('chat-mention');
const question = () => chat().locator('[data-testid="chat-message"][data-role="user"]').last();
const prompts = join(options.workspace, '.bonsai');

/** Waits until the list has caught up with the last key and its first line begins with this. */
async function listBegins(first: string, limit?: number): Promise<void> {
  const begins = async () => (await suggestions().first().innerText({ timeout: 3000 })).startsWith(first);
  const caughtUp = async () => (await chat().getByTestId('chat-suggestions').getAttribute('aria-busy', { timeout: 3000 })) === 'false';
  await eventually(`the list begins with ${first}`, async () => (await caughtUp()) && (await begins()), limit);
}

/** Types into the empty field, key by key, and waits until the list's first line begins with this. */
async function type(text: string, first: string): Promise<void> {
  await input().fill('');
  await input().pressSequentially(text);
  await listBegins(first);
}

/** Sends what stands in the field and waits for the end of the answer. */
async function send(): Promise<void> {
  const before = await answers().count();
  await input().press('Enter');
  await eventually('the question is taken', async () => (await answers().count()) > before);
  await lastAnswer('done');
}

const attached = async (): Promise<string[]> => question().getByTestId('chat-attached').locator('li').allInnerTexts();
const notes = async (): Promise<string[]> => question().getByTestId('chat-note').allInnerTexts();

/** First and last line of the one place of `launch.ts` that went with the question. */
async function linesAttached(): Promise<[number, number]> {
  const [, first, last] = /^src\/protocol\/launch\.ts:(\d+)-(\d+)$/.exec((await attached()).join()) ?? [];
  return [Number(first), Number(last)];
}

/** Shows a message in the page as if the extension had sent it, since nobody can make the model cite a certain line. */
async function show(message: ChatMessage): Promise<void> {
  await chat()
    .locator('body')
    .evaluate((_, data) => window.dispatchEvent(new MessageEvent('message', { data })), { type: 'message', message });
}

describe('mentions', function () {
  this.timeout(240_000);
  before(async () => {
    await openFile('src/protocol/launch.ts');
    // What was said before would take the room of what is mentioned.
    await command('Bonsai: New Chat');
    await chat().getByTestId('chat-message').first().waitFor({ state: 'detached' });
  });
  after(() => input().fill(''));

  it('complete a file by keyboard, and it goes with the question', async () => {
    await type('Which engine does @launch', 'launch.ts');
    assert.equal(await input().getAttribute('aria-expanded'), 'true');
    const active = await input().getAttribute('aria-activedescendant');
    assert.equal(await suggestions().first().getAttribute('id'), active);
    await input().press('Enter');
    assert.equal(await input().inputValue(), 'Which engine does @file:src/protocol/launch.ts ');
    assert.equal(await input().getAttribute('aria-expanded'), 'false');
    assert.match(await chips().innerText(), /launch\.ts/);
    await input().pressSequentially('start?');
    await send();
    assert.deepEqual(await attached(), ['src/protocol/launch.ts']);
    assert.deepEqual(await notes(), []);
    const read = Number(await answers().last().getByTestId('chat-numbers').getAttribute('data-read'));
    assert.ok(read > 300, `the file was read with the question: ${read} tokens`);
    assert.equal(await chips().count(), 0);
  });

  it('go from the kind to the folder, with the arrow keys and Tab, and say what did not fit', async () => {
    await type('@', '@file');
    await input().press('ArrowDown');
    await input().press('Tab');
    assert.equal(await input().inputValue(), '@folder:');
    await eventually('folders are offered', async () => (await suggestions().allInnerTexts()).some((text) => text.startsWith('webview')));
    await input().pressSequentially('chat');
    await listBegins('chat');
    await input().press('Enter');
    await input().pressSequentially('What is in here?');
    const before = chat().getByTestId('chat-draft-note');
    await eventually('it is said before it is sent', async () =>
      /Not all of src\/webview\/chat fits/.test((await before.allInnerTexts()).join()),
    );
    await send();
    const places = await attached();
    assert.ok(places.length > 0 && places.every((place) => place.startsWith('src/webview/chat/')), places.join());
    assert.match((await notes()).join(), /Not all of src\/webview\/chat fits\. Left out: /);
    await question().scrollIntoViewIfNeeded();
    await page().screenshot({ path: join(options.screenshots, 'mentions-left-out.png') });
  });

  it('complete a symbol, whose lines go with the question', async () => {
    // The language server needs its time to start.
    await eventually(
      'the symbol is offered',
      async () => {
        await input().fill('');
        await input().pressSequentially('@symbol:planLaun');
        return (await suggestions().first().innerText({ timeout: 3000 })).startsWith('planLaunch');
      },
      90_000,
    );
    await listBegins('planLaunch');
    await input().press('Enter');
    assert.equal(await input().inputValue(), '@symbol:src/protocol/launch.ts#planLaunch ');
    await input().pressSequentially('does what?');
    await send();
    const [first, last] = await linesAttached();
    assert.ok(first > 1 && last > first, `lines ${first} to ${last}`);
    // A line that is not saved counts too.
    await (await openFile('src/protocol/launch.ts')).click();
    await page().keyboard.press('Control+Home');
    await page().keyboard.press('Enter');
    await input().fill('@symbol:src/protocol/launch.ts#planLaunch does what now?');
    await send();
    assert.deepEqual(await linesAttached(), [first + 1, last + 1]);
    await (await openFile('src/protocol/launch.ts')).click();
    await page().keyboard.press('Control+z');
  });

  it('mean the selection of the editor', async () => {
    await (await openFile('src/protocol/launch.ts')).click();
    await page().keyboard.press('Control+Home');
    await page().keyboard.press('Shift+ArrowDown');
    await type('@sel', '@selection');
    await input().press('Enter');
    await input().pressSequentially('says what?');
    await send();
    assert.deepEqual(await attached(), ['src/protocol/launch.ts:1']);
  });

  it('mean the problems that the language server reports in a file', async () => {
    await openFile('src/protocol/launch.ts');
    // There are no types of Node in this repository.
    await eventually('problems are reported', async () => (await page().locator('.editor-instance .squiggly-error').count()) > 0);
    await type('@prob', '@problems');
    await input().press('ArrowDown');
    await input().press('Enter');
    assert.equal(await input().inputValue(), '@problems:src/protocol/launch.ts ');
    await input().pressSequentially('mean what?');
    await send();
    assert.deepEqual(await attached(), ['problems of src/protocol/launch.ts']);
  });

  it('are closed by Escape and taken out by their chip', async () => {
    await type('@launch', 'launch.ts');
    await input().press('Escape');
    await eventually('the list is gone', async () => (await suggestions().count()) === 0);
    assert.equal(await input().inputValue(), '@launch');
    await input().fill('Compare @file:src/protocol/launch.ts with @problems now');
    await eventually('two chips', async () => (await chips().count()) === 2);
    await chips().first().getByRole('button').click();
    assert.equal(await input().inputValue(), 'Compare with @problems now');
    assert.equal(await chips().count(), 1);
  });

  it('that lead out of the workspace are refused, and the question is answered all the same', async () => {
    const link = join(options.workspace, 'link.txt');
    symlinkSync('/etc/passwd', link);
    await input().fill('What says @file:../../../../../../etc/passwd or @file:/etc/passwd or @file:link.txt');
    // That they name nothing is said first.
    await input().press('Enter');
    await eventually('it is said', async () => (await chat().getByTestId('chat-draft-note').count()) === 3);
    assert.equal(await chips().count(), 0);
    await page().screenshot({ path: join(options.screenshots, 'mentions-unknown.png') });
    await send();
    rmSync(link);
    assert.deepEqual(await attached(), []);
    const refused = (path: string) => `${path} is not a file of this workspace, so it was left out.`;
    assert.deepEqual(await notes(), ['../../../../../../etc/passwd', '/etc/passwd', 'link.txt'].map(refused));
  });
});

describe('commands', function () {
  this.timeout(240_000);
  before(async () => {
    const put = (name: string, text: string) => writeFileSync(join(prompts, 'prompts', name), text);
    mkdirSync(join(prompts, 'prompts'), { recursive: true });
    put('brief.md', '---\ndescription: In one sentence\n---\nSay in one sentence what {{file}} is for. {{input}}\n');
    put('broken.md', '---\ndescription: [\n---\nx\n');
    symlinkSync('/etc/passwd', join(prompts, 'prompts/leak.md'));
    await command('Bonsai: Open Chat');
  });
  after(() => rmSync(prompts, { recursive: true, force: true }));

  it('are listed with those of prompt files, and a broken one with its reason', async () => {
    await eventually('the prompt files are seen', async () => {
      await type('/', '/explain');
      return (await suggestions().allInnerTexts()).some((line) => line.startsWith('/brief'));
    });
    const broken = suggestions().filter({ hasText: '/broken' });
    assert.match(await broken.innerText(), /The header of broken\.md cannot be used/);
    assert.equal(await broken.getAttribute('aria-disabled'), 'true');
    assert.match(await suggestions().filter({ hasText: '/leak' }).innerText(), /leak\.md leads out of the workspace/);
  });

  it('of a prompt file are filled in and asked', async () => {
    await openFile('src/protocol/launch.ts');
    await type('/bri', '/brief');
    await input().press('Enter');
    assert.equal(await input().inputValue(), '/brief ');
    await input().pressSequentially('Please.');
    await send();
    assert.deepEqual(await attached(), ['src/protocol/launch.ts']);
    assert.match(await question().innerText(), /\/brief Please\./);
  });

  it('can be added as a file', async () => {
    await command('Bonsai: New Prompt File');
    const box = page().locator('.quick-input-widget .quick-input-box input');
    await eventually('the name is asked for', async () => (await box.getAttribute('placeholder')) === 'review');
    await box.fill('check');
    await page().keyboard.press('Enter');
    await page().locator('.tab.active[data-resource-name="check.md"]').waitFor();
    // The list may be a second old.
    await eventually('the new command is listed', async () => {
      await input().fill('');
      await input().pressSequentially('/che');
      return listBegins('/check', 3000).then(
        () => true,
        () => false,
      );
    });
    await input().fill('');
    await command('View: Close All Editors');
  });
});

const themes = ['Dark Modern', 'Light Modern', 'Dark High Contrast', 'Light High Contrast'];
const cited: ChatMessage = {
  ...{ id: 'cited', role: 'assistant', state: 'done' },
  text: 'It is planned in src/protocol/launch.ts:3-5, not in `src/gone.ts:7`; see [the end](src/protocol/launch.ts:99999), src/protocol/index.ts:1 and https://example.org.',
};

describe('citations', function () {
  this.timeout(240_000);
  const badges = () => answers().last().getByTestId('chat-place');
  before(async () => {
    await openFile('src/protocol/launch.ts');
    await command('Bonsai: Open Chat');
    await show({ ...cited, state: 'streaming' });
  });

  it('get their badges when the answer has ended', async () => {
    assert.equal(await badges().count(), 0);
    await show(cited);
    await eventually('four badges', async () => (await badges().count()) === 4);
    const states = await badges().evaluateAll((all) =>
      all.map((badge) => [badge.getAttribute('data-state'), badge.getAttribute('aria-label')]),
    );
    assert.deepEqual(states, [
      ['checked', 'Checked on disk'],
      ['missing', 'Not found on disk'],
      ['missing', 'Not found on disk'],
      ['checked', 'Checked on disk'],
    ]);
    const links = await answers().last().locator('.answer a[data-href]').allInnerTexts();
    assert.deepEqual(links, ['src/protocol/launch.ts:3-5', 'src/protocol/index.ts:1', 'https://example.org']);
  });

  for (const theme of themes)
    it(`${theme}: list, chips and badges can be read`, async () => {
      await command('Preferences: Color Theme');
      await choose(theme);
      await input().fill('Where does @file:src/protocol/launch.ts ');
      await input().pressSequentially('@');
      await eventually('the list is open', async () => (await suggestions().count()) > 4);
      await input().press('ArrowDown');
      await page().screenshot({ path: join(options.screenshots, `mentions-${theme.toLowerCase().replaceAll(' ', '-')}.png`) });
      await input().press('Escape');
      await input().fill('');
    });
});
