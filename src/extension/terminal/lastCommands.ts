/**
 * Of every terminal the last command that ended is remembered with the end of its output, in memory alone and only as
 * long as the terminal is there. Terminals whose shell does not report its commands have none.
 */
import * as vscode from 'vscode';
import { OutputTail } from './outputTail';

export interface LastCommand {
  /** As it was typed, as far as the shell tells. */
  commandLine: string;
  /** Undefined: the shell does not tell. */
  exitCode: number | undefined;
  output: string;
}

interface Running {
  commandLine: string;
  tail: OutputTail;
  /** Resolves when all of the output has come. */
  read: Promise<void>;
}

export class LastCommands implements vscode.Disposable {
  readonly #running = new WeakMap<vscode.TerminalShellExecution, Running>();
  readonly #last = new WeakMap<vscode.Terminal, Omit<LastCommand, 'output'> & { tail: OutputTail }>();
  readonly #subscriptions = [
    vscode.window.onDidStartTerminalShellExecution(({ execution }) => this.#started(execution)),
    vscode.window.onDidEndTerminalShellExecution((event) => void this.#ended(event)),
  ];

  of(terminal: vscode.Terminal): LastCommand | undefined {
    const last = this.#last.get(terminal);
    // Made readable only now: few commands are ever asked about.
    return last && { commandLine: last.commandLine, exitCode: last.exitCode, output: last.tail.text };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #started(execution: vscode.TerminalShellExecution): void {
    const tail = new OutputTail();
    this.#running.set(execution, { commandLine: execution.commandLine.value, tail, read: follow(execution, tail) });
  }

  async #ended({ execution, terminal, exitCode }: vscode.TerminalShellExecutionEndEvent): Promise<void> {
    const running = this.#running.get(execution);
    if (!running) return;
    await running.read;
    // The shell may know better by now what was typed.
    const commandLine = execution.commandLine.value || running.commandLine;
    this.#last.set(terminal, { commandLine, exitCode, tail: running.tail });
  }
}

/** A terminal that is closed meanwhile ends its output early; what came counts. */
async function follow(execution: vscode.TerminalShellExecution, tail: OutputTail): Promise<void> {
  try {
    for await (const data of execution.read()) tail.add(data);
  } catch {
    // Nothing more will come.
  }
}
