/** A contribution that fails is logged and the others go on. */
import * as vscode from 'vscode';
import { messageOf } from '../protocol/messageOf';

/** What `vscode.Disposable` is in shape; ours are not made by its constructor. */
export interface Disposable {
  dispose(): unknown;
}

export class Contributions implements Disposable {
  readonly #disposables: Disposable[] = [];

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** Registers one thing that must not take the others down with it. */
  add(name: string, register: () => Disposable): void {
    try {
      this.#disposables.push(register());
    } catch (error) {
      this.log.error(`${name} is not available`, error instanceof Error ? error : String(error));
    }
  }

  /** Registers a command; its failure is shown to the person, since they asked for it. */
  command(id: string, run: (argument: unknown, selected: unknown) => unknown): void {
    this.add(id, () =>
      vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown): Promise<unknown> => {
        try {
          return await run(argument, selected);
        } catch (error) {
          const message = messageOf(error);
          this.log.error(`${id}: ${message}`);
          void vscode.window.showErrorMessage(message);
          return undefined;
        }
      }),
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables.reverse()) disposable.dispose();
  }
}
