/**
 * The loaded model is offered to everything in VS Code that talks to language models, on top of the repository
 * memory. Being looked at starts nothing; being asked, or chosen by hand, does. What is too long is refused, never cut.
 */
import * as vscode from 'vscode';
import type { SidecarClient } from '../engine/sidecarClient';
import type { EngineSettings } from '../engine/engineSettings';
import type { Translate } from '../util/text';
import { languageModelError } from './failure';
import { informationOf, type Information, type RememberedModel } from './modelInformation';
import type { TokenCounter } from './tokenCounter';
import { textOf, turnsOf } from './chatTurns';

export class ChatProvider implements vscode.LanguageModelChatProvider<Information> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.#changed.event;
  readonly #subscription: { dispose(): void };
  #told = '';

  constructor(
    private readonly client: SidecarClient,
    private readonly counter: TokenCounter,
    private readonly remembered: RememberedModel,
    private readonly settings: () => EngineSettings,
    private readonly t: Translate,
  ) {
    this.#subscription = client.onStatus(() => this.#look());
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async provideLanguageModelChatInformation({ silent }: vscode.PrepareLanguageModelChatModelOptions): Promise<Information[]> {
    if (!vscode.workspace.isTrusted) return [];
    if (!silent && !this.#information()) await this.client.load();
    const known = this.#information();
    return known ? [known] : [];
  }

  async provideLanguageModelChatResponse(
    model: Information,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    try {
      await this.#checkRequest(model, options);
      const turns = turnsOf(messages);
      if (!turns) throw new vscode.LanguageModelError(this.t('There is no question: the last message is not from the user, or empty.'));
      await this.#checkLength(model, messages, token);
      await this.client.ask(
        { ...turns, maxTokens: wantedTokens(options, model.maxOutputTokens) },
        ({ text }) => {
          if (text !== '') progress.report(new vscode.LanguageModelTextPart(text));
        },
        token,
      );
    } catch (error) {
      throw languageModelError(error);
    }
  }

  async provideTokenCount(
    _model: Information,
    text: string | vscode.LanguageModelChatRequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number> {
    try {
      return await this.counter.count(typeof text === 'string' ? { text } : countable(text), token);
    } catch (error) {
      throw languageModelError(error);
    }
  }

  #information(): Information | undefined {
    return informationOf(this.client.status, this.t) ?? (this.client.loaded ? undefined : this.remembered.recall(this.settings()));
  }

  #look(): void {
    const known = informationOf(this.client.status, this.t);
    if (known) this.remembered.remember(this.settings(), known);
    const telling = JSON.stringify(this.#information() ?? null);
    if (telling === this.#told) return;
    this.#told = telling;
    this.counter.forget();
    this.#changed.fire();
  }

  async #checkRequest(model: Information, { tools = [], toolMode }: vscode.ProvideLanguageModelChatResponseOptions): Promise<void> {
    if (!vscode.workspace.isTrusted)
      throw vscode.LanguageModelError.NoPermissions(this.t('This workspace is not trusted, so Bonsai answers nothing in it.'));
    if (tools.length > 0 && toolMode === vscode.LanguageModelChatToolMode.Required)
      throw new vscode.LanguageModelError(this.t('{0} cannot call tools. Ask without them, or choose another model.', model.name));
    await this.client.load();
    const known = this.#information();
    if (known && known.id !== model.id)
      throw vscode.LanguageModelError.NotFound(this.t('{0} is no longer loaded; {1} is. Choose the model again.', model.name, known.name));
  }

  async #checkLength(
    model: Information,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    token: vscode.CancellationToken,
  ): Promise<void> {
    const counts = await Promise.all(messages.map((message) => this.counter.count(countable(message), token)));
    const tokens = counts.reduce((sum, count) => sum + count, 0);
    const limit = this.#information()?.maxInputTokens ?? model.maxInputTokens;
    if (tokens > limit)
      throw vscode.LanguageModelError.Blocked(
        this.t('The conversation has {0} tokens; {1} takes {2}. Start a new one, or raise bonsai.cache.budget.', tokens, model.name, limit),
      );
  }
}

function countable(message: vscode.LanguageModelChatRequestMessage) {
  const assistant = message.role === vscode.LanguageModelChatMessageRole.Assistant;
  const user = message.role === vscode.LanguageModelChatMessageRole.User;
  return { text: textOf(message), role: assistant ? ('assistant' as const) : user ? ('user' as const) : ('system' as const) };
}

/** What the caller asks for under the name that other providers use, within the limit. */
function wantedTokens({ modelOptions }: vscode.ProvideLanguageModelChatResponseOptions, limit: number): number {
  const wanted: unknown = modelOptions?.['max_tokens'];
  return typeof wanted === 'number' && Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, limit) : limit;
}
