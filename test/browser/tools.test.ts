/** The chat's tools in a real window, with a sidecar that says what a script tells it: the trail, the card, and what runs. */
import { strict as assert } from 'node:assert';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { answers, ask, lastAnswer, newChat } from './chatView';
import { chat, choose, command, eventually, page } from './editor';
import { options } from './options';
import { contrast, themes } from './theme';

const data = dirname(options.serverLog);
const settingsFile = join(data, 'user/Machine/settings.json');
const installed = readdirSync(join(data, 'ext')).find((name) => name.startsWith('bonsai-dev.bonsai-')) ?? '';
const sidecar = join(data, 'ext', installed, 'dist/sidecar.mjs');
const real = `${sidecar}.real`;
const made = (name: string) => join(options.workspace, name);

function setTools(on: boolean): void {
  const settings = JSON.parse(readFileSync(settingsFile, 'utf8')) as object;
  writeFileSync(settingsFile, JSON.stringify({ ...settings, 'bonsai.chat.tools': on }));
}

const card = () => chat().getByTestId('chat-approval');

describe('tools in the chat', function () {
  this.timeout(240_000);
  before(async () => {
    copyFileSync(sidecar, real);
    writeFileSync(sidecar, readFileSync(join(process.cwd(), 'test/browser/scriptedSidecar.mjs')));
    await command('Bonsai: Restart');
    await newChat();
  });
  after(async () => {
    setTools(false);
    renameSync(real, sidecar);
    await command('Bonsai: Restart');
    await newChat();
  });

  it('are off by default, however well the model could call them', async () => {
    await ask('run touch by-default.txt');
    assert.match((await (await lastAnswer('done')).textContent()) ?? '', /There are no tools/);
  });

  it('show the whole command before it runs, with what misleads in it marked, readable in every theme', async () => {
    setTools(true);
    await eventually(
      'the setting is known and a card is there',
      async () => {
        await newChat();
        await ask('run touch decl\u202eined.txt && echo \u0440wned');
        await card().or(chat().locator('[data-testid="chat-message"][data-state="done"][data-role="assistant"]')).first().waitFor();
        return card().isVisible();
      },
      120_000,
    );
    const shown = await chat().getByTestId('chat-approval-command').textContent();
    assert.equal(shown, 'touch decl[U+202E]ined.txt && echo \u0440wned');
    assert.match((await chat().getByTestId('chat-approval-marked').textContent()) ?? '', /U\+202E, \u0440 U\+0440/);
    mkdirSync(options.screenshots, { recursive: true });
    for (const { name, theme, kind } of themes) {
      await command('Preferences: Color Theme');
      await choose(theme);
      await eventually(`the view is ${kind}`, async () => (await chat().locator('body').getAttribute('data-vscode-theme-kind')) === kind);
      for (const part of ['chat-approval-command', 'chat-approval-marked', 'chat-approval-run', 'chat-approval-decline']) {
        const ratio = await chat().getByTestId(part).evaluate(contrast);
        assert.ok(ratio >= 4.5, `${part} in ${name} has a contrast of ${ratio.toFixed(1)}`);
      }
      const marked = await card().locator('mark').first().evaluate(contrast);
      assert.ok(marked >= 4.5, `what is marked in ${name} has a contrast of ${marked.toFixed(1)}`);
      await page().screenshot({ path: join(options.screenshots, `approval-${name}.png`) });
    }
  });

  it("run nothing after Don't Run, and the answer goes on", async () => {
    await chat().getByTestId('chat-approval-decline').click();
    const answer = await lastAnswer('done');
    assert.match((await answer.locator('.answer').textContent()) ?? '', /The person declined/);
    const calls = answer.getByTestId('chat-call');
    assert.deepEqual(await calls.evaluateAll((all) => all.map((each) => `${each.dataset['call'] ?? ''} ${each.dataset['state'] ?? ''}`)), [
      'find done',
      'run declined',
    ]);
    await calls.first().locator('summary').click();
    assert.match((await calls.first().getByTestId('chat-call-result').textContent()) ?? '', /<\|im_end\|>/);
    await page().screenshot({ path: join(options.screenshots, 'tool-trail.png') });
    assert.deepEqual(
      readdirSync(options.workspace).filter((name) => name.startsWith('decl')),
      [],
    );
  });

  it('run nothing when the answer is stopped while the card is there', async () => {
    await ask('run touch stopped.txt');
    await card().waitFor();
    await chat().getByTestId('chat-stop').click();
    await lastAnswer('stopped');
    assert.equal(await card().count(), 0);
    assert.equal(existsSync(made('stopped.txt')), false);
  });

  it('run a command once it was approved, and that one alone', async () => {
    await ask('run touch approved.txt && echo was-run');
    await card().waitFor();
    assert.equal(existsSync(made('approved.txt')), false);
    await chat().getByTestId('chat-approval-run').click();
    const answer = await lastAnswer('done');
    assert.match((await answer.locator('.answer').textContent()) ?? '', /Exit code 0\.\s+was-run/);
    assert.equal(existsSync(made('approved.txt')), true);
    // The next one is asked for again.
    const before = await answers().count();
    await ask('run touch approved-again.txt');
    await card().waitFor();
    await chat().getByTestId('chat-approval-decline').click();
    await lastAnswer('done');
    assert.equal(await answers().count(), before + 1);
    assert.equal(existsSync(made('approved-again.txt')), false);
  });
});
