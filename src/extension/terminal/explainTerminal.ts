/**
 * What a terminal shows is explained in the chat, where the conversation can go on: what is selected, or the last
 * command with its exit code. Of a long output the end counts, as much of it as the model can read beside the question.
 */
import * as vscode from 'vscode';
import type { Answer, AskParams } from '../../protocol';
import { countsOf } from '../engine/countTokens';
import type { SidecarClient } from '../engine/sidecarClient';
import { cutToTokens, type Cut } from '../util/cutToTokens';
import type { Translate } from '../util/text';
import type { LastCommands } from './lastCommands';
import { readable } from './outputTail';
import { commandPrompt, selectionPrompt } from './terminalPrompt';
import { terminalSelection } from './terminalSelection';

type Attached = NonNullable<AskParams['selection']>;

/** Opens the chat with a question: `text` is what the person did, `prompt` what the model is asked. @param attached what it is about */
export type AskInChat = (question: { text: string; prompt: string }, attached: Attached) => Promise<Answer | undefined>;

export interface Explained {
  question: string;
  attached: Attached;
  answer: Answer | undefined;
}

/** Characters of a command that are shown. */
const longestShown = 120;

/** Tokens of output at most; more is slow to read, and what failed stands at the end. */
const mostTokens = 2000;

export class ExplainTerminal {
  constructor(
    private readonly last: LastCommands,
    private readonly ask: AskInChat,
    private readonly client: Pick<SidecarClient, 'request' | 'load' | 'status'>,
    private readonly t: Translate,
  ) {}

  /** @returns what was asked; nothing when nothing is selected, which the person is told */
  async selection(): Promise<Explained | undefined> {
    const { t } = this;
    const terminal = vscode.window.activeTerminal;
    const text = terminal ? readable(await terminalSelection()) : '';
    if (!terminal || text === '') return this.#tell(t('Select some text in a terminal first.'));
    const { text: shown } = await this.#end(text);
    return this.#explain({ text: t('Explain the selection in terminal {0}', terminal.name), prompt: selectionPrompt() }, terminal, shown);
  }

  /** @param argument the terminal that a menu was opened on @returns what was asked; nothing when no command is known */
  async lastCommand(argument: unknown): Promise<Explained | undefined> {
    const { t } = this;
    const terminal = vscode.window.terminals.find((one) => one === argument) ?? vscode.window.activeTerminal;
    const last = terminal && this.last.of(terminal);
    if (!last)
      return this.#tell(t('No finished command is known. Turn on shell integration for this terminal, or select the text to explain.'));
    const { text, lines } = await this.#end(last.output);
    const { commandLine, exitCode } = last;
    const did =
      exitCode === undefined
        ? t('Explain the output of `{0}`', oneLine(commandLine))
        : t('Explain the output of `{0}` (exit code {1})', oneLine(commandLine), exitCode);
    return this.#explain({ text: did, prompt: commandPrompt(last, lines) }, terminal, text);
  }

  /** As much of the end as leaves the model half of its room. */
  async #end(text: string): Promise<Cut> {
    await this.client.load();
    const room = Math.floor((this.client.status.limits?.inputTokens ?? 0) / 2);
    return cutToTokens(text, Math.min(mostTokens, room), 'end', countsOf(this.client));
  }

  async #explain(question: { text: string; prompt: string }, { name }: vscode.Terminal, text: string): Promise<Explained> {
    const attached = { path: this.t('Terminal {0}', name), startLine: 1, endLine: text.split('\n').length, text };
    return { question: question.prompt, attached, answer: await this.ask(question, attached) };
  }

  #tell(message: string): Promise<undefined> {
    void vscode.window.showInformationMessage(message);
    return Promise.resolve(undefined);
  }
}

function oneLine(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ').replaceAll('`', "'").trim();
  return line.length > longestShown ? `${line.slice(0, longestShown)}…` : line;
}
