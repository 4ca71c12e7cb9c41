/** The view only shows; what is true lives in the controller and the client, and is sent again when the view wakes. */
import * as vscode from 'vscode';
import { messageOf } from '../../protocol/messageOf';
import type { FromChat, ToChat } from '../../protocol';
import type { SidecarClient } from '../engine/sidecarClient';
import { planCard } from '../reading/planCard';
import type { Offer, ReadingController } from '../reading/readingController';
import { readingNow } from '../reading/readingText';
import { modelPath } from '../settings';
import { parseFromChat } from '../util/fromWebview';
import { openLink } from '../util/openLink';
import type { Translate } from '../util/text';
import { webviewHtml } from '../util/webviewHtml';
import type { ChatController } from './chatController';
import type { ChatHelp } from './chatHelp';
import { chatStrings } from './chatStrings';
import type { CodeActions } from './codeActions';
import { shown } from './conversation';
import { demoActive, recommendedLine } from './demoNote';
import { Starters } from './starters';

/** Milliseconds. */
const lookAfter = 150;

export class ChatView implements vscode.WebviewViewProvider {
  static readonly id = 'bonsai.chat';
  #view: vscode.WebviewView | undefined;
  #listening = false;
  #models: string | undefined;
  #demo = false;
  #offer: Offer | undefined;
  /** Added to the field before there was one. */
  #inserted = '';
  #looking: NodeJS.Timeout | undefined;
  readonly #starters: Starters;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly controller: ChatController,
    private readonly client: SidecarClient,
    private readonly reading: ReadingController,
    private readonly code: CodeActions,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
    private readonly help: ChatHelp,
  ) {
    this.#starters = new Starters(
      client,
      () => this.#postStarters(),
      (error) => log.warn(messageOf(error)),
      t,
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const assets = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    const asset = (name: string) => view.webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
    view.webview.options = { enableScripts: true, localResourceRoots: [assets] };
    const subscriptions = [
      view.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      this.controller.onChange((message) => this.#post(message)),
      this.controller.onReset(() => this.#postState()),
      this.controller.sessions.onTitle(() => this.#postTitle()),
      this.client.onStatus((status) => {
        this.#post({ type: 'status', status });
        this.#postDemo(false);
        this.#starters.update(status);
      }),
      this.reading.onChange(() => this.#postReading(false)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#postTrust()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#lookSoon()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#lookSoon()),
    ];
    view.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      clearTimeout(this.#looking);
      this.#view = undefined;
      this.#listening = false;
    });
    view.webview.html = webviewHtml({
      cspSource: view.webview.cspSource,
      script: asset('chat.js'),
      styles: [asset('codicon.css'), asset('chat.css')],
      element: 'bonsai-chat',
      title: 'Bonsai',
      language: vscode.env.language,
    });
  }

  /** Whether a person can see it now. */
  get visible(): boolean {
    return this.#view?.visible === true;
  }

  async reveal(): Promise<void> {
    await vscode.commands.executeCommand(`${ChatView.id}.focus`);
  }

  /** Puts text into the field, where a question is being typed. */
  async insert(text: string): Promise<void> {
    await this.reveal();
    if (this.#listening) this.#post({ type: 'insert', text });
    else this.#inserted = this.#inserted === '' ? text : `${this.#inserted} ${text}`;
  }

  #receive(raw: unknown): void {
    const message = parseFromChat(raw);
    if (!message) {
      this.log.warn('The chat view sent a message that is not part of the protocol; it was ignored.');
      return;
    }
    this.#act(message);
  }

  #act(message: FromChat): void {
    switch (message.type) {
      case 'ready':
        this.#listening = true;
        void this.controller.sessions.ready().then(() => this.#postState());
        return;
      case 'ask':
        void this.controller.ask(message.text);
        return;
      case 'stop':
        this.controller.stop();
        return;
      case 'approve':
        this.controller.approve(message.id, message.run);
        return;
      case 'edit':
        void this.controller.edit(message.id, message.text);
        return;
      case 'regenerate':
        void this.controller.regenerate();
        return;
      case 'goOn':
        void this.controller.goOn();
        return;
      case 'turn':
        this.controller.turn(message.id, message.by);
        return;
      case 'unqueue':
        this.controller.unqueue(message.id);
        return;
      case 'askQueued':
        this.controller.askQueued();
        return;
      case 'code':
        void this.code.run(message.action, message.block).catch((error: unknown) => this.#failed(error));
        return;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        return;
      case 'openLink':
        void openLink(message.href).catch((error: unknown) => this.log.warn(String(error)));
        return;
      case 'complete':
        void this.#complete(message.id, message.text);
        return;
      case 'preview':
        void this.#preview(message.text);
        return;
      case 'check':
        void this.#check(message.answers);
        return;
      case 'readNow':
        void vscode.commands.executeCommand('bonsai.readRepository', 'now');
        return;
      case 'dismissPlan':
        this.reading.dismissOffer();
        return;
      case 'command':
        void vscode.commands.executeCommand(`bonsai.${message.command}`);
    }
  }

  async #complete(id: number, text: string): Promise<void> {
    const items = await this.help.complete(id, text);
    if (items) this.#post({ type: 'candidates', id, items });
  }

  async #preview(text: string): Promise<void> {
    // What cannot be found out now is said once the question is sent.
    const preview = await this.help.preview(text).catch((error: unknown) => {
      this.log.warn(String(error));
      return { unknown: [], notes: [] };
    });
    this.#post({ type: 'preview', text, preview });
  }

  /** Not at every step of a selection that is being drawn. */
  #lookSoon(): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => this.#post({ type: 'atHand', atHand: this.help.atHand() }), lookAfter);
  }

  async #check(asked: readonly { id: string; places: string[] }[]): Promise<void> {
    try {
      const answers = await this.help.check(asked, this.controller.messages);
      this.#post({ type: 'checked', answers });
    } catch (error) {
      this.log.warn(String(error));
    }
  }

  #post(message: ToChat): void {
    if (this.#listening) void this.#view?.webview.postMessage(message);
  }

  #postState(): void {
    this.#post({ type: 'state', messages: this.controller.messages.map(shown), status: this.client.status, strings: chatStrings(this.t) });
    this.#postTrust();
    this.#post({ type: 'queue', questions: this.controller.queue });
    this.#postTitle();
    this.#postDemo(true);
    this.#postReading(true);
    this.#starters.update(this.client.status, this.controller.messages.length === 0);
    this.#postStarters();
    this.#post({ type: 'atHand', atHand: this.help.atHand() });
    if (this.#inserted !== '') this.#post({ type: 'insert', text: this.#inserted });
    this.#inserted = '';
  }

  #postTitle(): void {
    this.#post({ type: 'title', title: this.controller.sessions.current.title ?? '' });
  }

  #postTrust(): void {
    this.#post({ type: 'trust', trusted: vscode.workspace.isTrusted });
  }

  #postStarters(): void {
    this.#post({ type: 'starters', questions: this.#starters.questions });
  }

  #failed(error: unknown): void {
    const message = messageOf(error);
    this.log.error(message);
    void vscode.window.showErrorMessage(message);
  }

  /** @param always the page knows nothing yet: also the plan that has not changed */
  #postReading(always: boolean): void {
    const { view } = this.reading;
    this.#post({ type: 'reading', reading: readingNow(view, this.t) });
    if (!always && view.offer === this.#offer) return;
    this.#offer = view.offer;
    this.#post({ type: 'plan', card: view.offer ? planCard(view.offer.plan, view.offer.again, this.t) : null });
  }

  #postDemo(always: boolean): void {
    const active = demoActive(this.client.status, modelPath());
    if (always || active !== this.#demo) this.#post({ type: 'demo', active, models: this.#models ?? '' });
    this.#demo = active;
    if (active && this.#models === undefined && this.client.status.state === 'ready') void this.#askForModels();
  }

  async #askForModels(): Promise<void> {
    this.#models = '';
    try {
      this.#models = recommendedLine((await this.client.doctor()).recommended);
      this.#postDemo(true);
    } catch (error) {
      this.log.warn(String(error));
    }
  }
}
