/**
 * The chats of the workspace in the editor's own list, newest first, the open one marked. It is searched while one
 * types; each row can be renamed, exported and deleted, and a deletion can be taken back.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../protocol/messageOf';
import { ago } from '../util/ago';
import type { Pages } from '../util/pages';
import type { Translate } from '../util/text';
import type { ChatController } from './chatController';
import { exportChat } from './exportChat';
import { longestTitle, titleOf, type Session } from './session';
import { sessionSearch } from './sessionSearch';

interface Row extends vscode.QuickPickItem {
  session: Session;
}

type Buttons = Record<'rename' | 'export' | 'delete', vscode.QuickInputButton>;

export class ChatHistory {
  readonly #buttons: Buttons;

  constructor(
    private readonly controller: ChatController,
    private readonly reveal: () => Promise<void>,
    private readonly pages: Pages,
    private readonly t: Translate,
  ) {
    const button = (icon: string, tooltip: string) => ({ iconPath: new vscode.ThemeIcon(icon), tooltip });
    this.#buttons = {
      rename: button('edit', t('Rename Chat')),
      export: button('export', t('Export Chat')),
      delete: button('trash', t('Delete Chat')),
    };
  }

  async show(): Promise<void> {
    const { controller, t } = this;
    await controller.sessions.ready();
    let sessions = await controller.sessions.list();
    let search = sessionSearch(sessions);
    const pick = vscode.window.createQuickPick<Row>();
    const fill = () => {
      pick.items = search(pick.value).map((session) => this.#row(session));
    };
    pick.title = t('Chats');
    pick.placeholder = sessions.length > 0 ? t('Search titles, questions and answers') : t('No chat has a question yet');
    fill();
    pick.onDidChangeValue(fill);
    pick.onDidHide(() => pick.dispose());
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      pick.hide();
      if (chosen) tell(this.#open(chosen.session));
    });
    pick.onDidTriggerItemButton(({ button, item: { session } }) => {
      if (button === this.#buttons.delete) {
        sessions = sessions.filter(({ id }) => id !== session.id);
        search = sessionSearch(sessions);
        fill();
        tell(this.#delete(session));
        return;
      }
      pick.hide();
      tell(button === this.#buttons.export ? exportChat(session, this.pages, t) : this.#rename(session));
    });
    pick.show();
  }

  async #open({ id }: Session): Promise<void> {
    if (await this.controller.open(id)) await this.reveal();
    else
      void vscode.window.showWarningMessage(this.t('This chat could not be read. The damaged file was moved aside; the log says where.'));
  }

  #row(session: Session): Row {
    const open = session.id === this.controller.sessions.current.id;
    const when = ago(session.changedAt, Date.now(), vscode.env.language);
    return {
      session,
      label: titleOf(session) ?? this.t('New chat'),
      description: open ? this.t('{0}, open', when) : when,
      // Found by us, in more than the label.
      alwaysShow: true,
      buttons: [this.#buttons.rename, this.#buttons.export, this.#buttons.delete],
    };
  }

  async #rename(session: Session): Promise<void> {
    const { t } = this;
    const title = await vscode.window.showInputBox({
      title: t('Rename Chat'),
      prompt: t('Leave it empty to name the chat after its first question.'),
      value: titleOf(session) ?? '',
      validateInput: (text) => (text.length > longestTitle ? t('At most {0} characters.', longestTitle) : undefined),
    });
    if (title === undefined) return;
    await this.controller.sessions.rename(session.id, title);
    await this.show();
  }

  async #delete({ id }: Session): Promise<void> {
    const { t, controller } = this;
    const open = id === controller.sessions.current.id;
    const removed = await controller.remove(id);
    if (!removed) return;
    const undo = t('Undo');
    const chosen = await vscode.window.showInformationMessage(t('Deleted the chat "{0}".', titleOf(removed) ?? t('New chat')), undo);
    if (chosen === undo) controller.sessions.restore(removed, open);
  }
}

function tell(work: Promise<void>): void {
  work.catch((error: unknown) => vscode.window.showErrorMessage(messageOf(error)));
}
