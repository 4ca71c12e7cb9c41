/** An editor tab that asks for the map twice a second while the cache is changing, and only while it can be seen. */
import * as vscode from 'vscode';
import { messageOf } from '../../protocol/messageOf';
import type { CacheMap, CacheMapParams, State, FileActionParams, ToCache } from '../../protocol';
import type { MemoryRequests } from '../engine/memoryRequests';
import type { SidecarClient } from '../engine/sidecarClient';
import { parseFromCache } from '../util/fromWebview';
import { openLink } from '../util/openLink';
import type { Translate } from '../util/text';
import { webviewHtml } from '../util/webviewHtml';
import { exactCount } from '../../protocol/numbers';
import { cacheStrings } from './cacheStrings';
import { pinPrice } from './pinPrice';

const everything: CacheMapParams = { buckets: 512 };
/** Milliseconds between two maps while the cache is changing. */
const period = 500;
/** A map that takes long comes more rarely: at least so many times as long passes until the next one. */
const rest = 4;
const changing: readonly State[] = ['restoring', 'reading', 'answering', 'completing'];

export class CachePanel implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly type = 'bonsai.cache';
  #panel: vscode.WebviewPanel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #askAgain = false;
  /** What the page looks at. */
  #look = everything;
  #map: CacheMap | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly client: SidecarClient,
    private readonly memory: Pick<MemoryRequests, 'fileAction'>,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  show(): void {
    if (this.#panel) {
      this.#panel.reveal();
      return;
    }
    this.#adopt(vscode.window.createWebviewPanel(CachePanel.type, this.t('Bonsai cache'), vscode.ViewColumn.Active));
  }

  /** The tab was open when the window closed. It comes back late; one that was opened meanwhile gives way to it. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#panel?.dispose();
    this.#adopt(panel);
    return Promise.resolve();
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    const assets = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    const asset = (name: string) => panel.webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
    panel.webview.options = { enableScripts: true, localResourceRoots: [assets] };
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      panel.onDidChangeViewState(() => this.#refresh()),
      this.client.onStatus(() => this.#refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#refresh()),
    ];
    panel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      if (this.#panel !== panel) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#panel = undefined;
    });
    panel.webview.html = webviewHtml({
      cspSource: panel.webview.cspSource,
      script: asset('cache.js'),
      styles: [asset('codicon.css'), asset('cache.css')],
      element: 'bonsai-cache',
      title: this.t('Bonsai cache'),
      language: vscode.env.language,
    });
  }

  #receive(raw: unknown): void {
    const message = parseFromCache(raw);
    if (message?.type === 'ready') {
      this.#look = everything;
      this.#refresh();
    } else if (message?.type === 'look') {
      const { layer, file } = message;
      this.#look = { ...everything, ...(layer === null ? {} : { layer }), ...(file === null ? {} : { file }) };
      this.#refresh();
    } else if (message?.type === 'fileAction') void this.#fileAction({ path: message.path, action: message.action });
    else if (message?.type === 'open') void openLink(message.path).catch((error: unknown) => this.log.warn(String(error)));
    else if (message?.type === 'command') void vscode.commands.executeCommand(`bonsai.${message.command}`);
    else this.log.warn('The cache view sent a message that is not part of the protocol; it was ignored.');
  }

  /** Asks for the map now, or right after the answer that is on its way, but never more often than the period. */
  #refresh(): void {
    if (!this.#panel?.visible) return;
    if (this.#asking || this.#timer) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    const began = performance.now();
    void this.#send().finally(() => {
      this.#asking = false;
      this.#timer = setTimeout(
        () => {
          this.#timer = undefined;
          const again = this.#askAgain || changing.includes(this.client.status.state);
          this.#askAgain = false;
          if (again) this.#refresh();
        },
        Math.max(period, rest * (performance.now() - began)),
      );
    });
  }

  async #fileAction(params: FileActionParams): Promise<void> {
    if (params.action === 'pin' && !(await this.#agrees(params.path))) {
      await this.#panel?.webview.postMessage({ type: 'fileActionDone', note: '', failed: false } satisfies ToCache);
      return;
    }
    const [note, failed] = await this.memory.fileAction(params).then(
      (done) => [done.note, false] as const,
      (error: unknown) => [messageOf(error), true] as const,
    );
    await this.#panel?.webview.postMessage({ type: 'fileActionDone', note, failed } satisfies ToCache);
    this.#refresh();
  }

  /** Pins that are more than is sure to stay push out everything else: the price is told before. */
  async #agrees(path: string): Promise<boolean> {
    const price = this.#map && pinPrice(this.#map, path);
    if (!price || price.pinned <= price.sure) return true;
    const { t } = this;
    const pin = t('Pin');
    const detail = t('Less of the rest of the repository will be kept. Pin a smaller file, or set a larger budget.');
    const what = t('{0} would be pinned; only {1} tokens are sure to stay.', exactCount(price.pinned), exactCount(price.sure));
    return (await vscode.window.showWarningMessage(what, { modal: true, detail }, pin)) === pin;
  }

  async #send(): Promise<void> {
    const strings = cacheStrings(this.t);
    const trusted = vscode.workspace.isTrusted;
    let message: ToCache;
    try {
      const map = await this.client.cacheMap(this.#look);
      const { status } = this.client;
      this.#map = map;
      message = map && map.tokens > 0 ? { type: 'map', map, status, strings } : { type: 'empty', status, strings, trusted };
    } catch (error) {
      this.log.debug(`cache map: ${String(error)}`);
      if (this.client.pid !== undefined) return;
      message = { type: 'empty', status: this.client.status, strings, trusted };
    }
    await this.#panel?.webview.postMessage(message);
  }
}
