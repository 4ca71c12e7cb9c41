/** The loaded model as everything else in VS Code sees it: chosen, counted with, asked, stopped, and asked by a tool. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { bonsai, eventually, manifest, readRepository } from './bonsai';

const tool = 'bonsai_askRepository';

describe("VS Code's own language models", function () {
  this.timeout(240_000);

  const select = async (): Promise<vscode.LanguageModelChat | undefined> => (await vscode.lm.selectChatModels({ vendor: 'bonsai' }))[0];
  const textOf = async (response: vscode.LanguageModelChatResponse, onText: (text: string) => void = () => undefined): Promise<string> => {
    let all = '';
    for await (const text of response.text) {
      all += text;
      onText(text);
    }
    return all;
  };
  const user = (text: string) => vscode.LanguageModelChatMessage.User(text);

  async function model(): Promise<vscode.LanguageModelChat> {
    await readRepository();
    return eventually('the model is offered', select);
  }

  async function resultText(question: string): Promise<string> {
    const { content } = await vscode.lm.invokeTool(tool, { input: { question, maxTokens: 16 }, toolInvocationToken: undefined });
    return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('\n');
  }

  it('are offered with the numbers of the engine', async () => {
    const { maxInputTokens, family, vendor, version, name } = await model();
    const status = (await bonsai()).status();
    assert.deepEqual([vendor, family, name], ['bonsai', status.model?.architecture, status.model?.name]);
    assert.equal(version, status.model?.fingerprint?.slice(0, 12));
    assert.equal(maxInputTokens, status.limits?.inputTokens);
    assert.ok(maxInputTokens > 100);
  });

  it('count tokens as the engine does', async () => {
    const chat = await model();
    assert.equal(await chat.countTokens(''), 0);
    const one = await chat.countTokens('export function add');
    assert.ok(one > 0);
    const messages = [user('What is here?'), vscode.LanguageModelChatMessage.Assistant('A repository.'), user('And in it?')];
    const counted = (await Promise.all(messages.map((message) => chat.countTokens(message)))).reduce((sum, count) => sum + count, 0);
    const before = (await bonsai()).status().repository?.tokensRead ?? 0;
    assert.ok(counted > one && before > 0, `${counted} tokens`);
    const twice = await Promise.all([chat.countTokens('again and again'), chat.countTokens('again and again')]);
    assert.equal(twice[0], twice[1]);
  });

  it('stream an answer', async () => {
    const chat = await model();
    let pieces = 0;
    const response = await chat.sendRequest([user('What does listRepository return?')], { modelOptions: { max_tokens: 24 } });
    const text = await textOf(response, () => pieces++);
    assert.ok(text.trim().length > 0, 'no answer');
    assert.ok(pieces > 1, `${pieces} pieces: not streamed`);
  });

  it('answer one request after the other, and the engine is at rest afterwards', async () => {
    const chat = await model();
    const ask = async (question: string) => textOf(await chat.sendRequest([user(question)], { modelOptions: { max_tokens: 8 } }));
    const answers = await Promise.all([ask('What is a ledger?'), ask('What is a manifest?'), ask('What is a walk?')]);
    assert.ok(answers.every((answer) => answer.length > 0));
    await (await bonsai()).whenIdle();
  });

  it('stop when cancelled', async () => {
    const chat = await model();
    const source = new vscode.CancellationTokenSource();
    const response = await chat.sendRequest([user('Tell everything about every file.')], {}, source.token);
    const started = Date.now();
    await textOf(response, () => source.cancel()).catch((error: unknown) => assert.ok(error instanceof Error));
    const api = await bonsai();
    await eventually('the engine is at rest', () => api.status().state === 'ready');
    assert.ok(Date.now() - started < 60_000);
  });

  it('refuse what is too long, and say so', async () => {
    const chat = await model();
    const question = 'const value = compute(value, 12345);\n'.repeat(chat.maxInputTokens);
    await assert.rejects(
      async () => textOf(await chat.sendRequest([user(question)])),
      (error: unknown) => error instanceof vscode.LanguageModelError && error.code === 'Blocked' && /tokens/.test(error.message),
    );
  });

  it('can be asked by other agents with a tool that says what it does', async () => {
    await model();
    const known = vscode.lm.tools.find(({ name }) => name === tool);
    assert.ok(known && known.description.length > 100 && known.inputSchema);
    const text = await resultText('Where are files listed?');
    assert.match(text, /check what matters/);
  });

  it('and the tool starts nothing when nothing was read', async () => {
    await vscode.commands.executeCommand('bonsai.restart');
    const api = await bonsai();
    await eventually('nothing runs', () => api.status().state === 'noModel' && api.sidecarPid() === undefined);
    assert.match(await resultText('Where are files listed?'), /has not read this repository/);
    assert.equal(api.sidecarPid(), undefined);
  });

  it('stay offered after the model went away, without starting it', async () => {
    const chat = await eventually('the model is offered', select);
    assert.ok(chat.maxInputTokens > 100);
    assert.equal((await bonsai()).sidecarPid(), undefined);
  });

  it('are in the manifest with what VS Code needs to list them', () => {
    const { languageModelChatProviders, chatParticipants } = manifest().contributes;
    assert.deepEqual([languageModelChatProviders[0]?.vendor, chatParticipants[0]?.name], ['bonsai', 'bonsai']);
  });
});
