/** The log is written as ever, and its last lines stay in memory, whatever level is shown, for a problem report. */
import type * as vscode from 'vscode';

export const rememberedLines = 100;
/** Characters of one line; a longer one is no line. */
const longestLine = 2000;

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export class RememberedLog implements vscode.LogOutputChannel {
  readonly #lines: string[] = [];

  constructor(
    private readonly channel: vscode.LogOutputChannel,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** The newest ones, oldest first, with time and level. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get name(): string {
    return this.channel.name;
  }

  get logLevel(): vscode.LogLevel {
    return this.channel.logLevel;
  }

  get onDidChangeLogLevel(): vscode.Event<vscode.LogLevel> {
    return this.channel.onDidChangeLogLevel;
  }

  trace(message: string, ...values: unknown[]): void {
    this.#keep('trace', message);
    this.channel.trace(message, ...values);
  }

  debug(message: string, ...values: unknown[]): void {
    this.#keep('debug', message);
    this.channel.debug(message, ...values);
  }

  info(message: string, ...values: unknown[]): void {
    this.#keep('info', message);
    this.channel.info(message, ...values);
  }

  warn(message: string, ...values: unknown[]): void {
    this.#keep('warn', message);
    this.channel.warn(message, ...values);
  }

  error(error: string | Error, ...values: unknown[]): void {
    this.#keep('error', error);
    for (const value of values) if (value instanceof Error) this.#keep('error', value);
    this.channel.error(error, ...values);
  }

  append(value: string): void {
    this.channel.append(value);
  }

  appendLine(value: string): void {
    this.channel.appendLine(value);
  }

  replace(value: string): void {
    this.channel.replace(value);
  }

  clear(): void {
    this.channel.clear();
  }

  show(): void {
    this.channel.show();
  }

  hide(): void {
    this.channel.hide();
  }

  dispose(): void {
    this.channel.dispose();
  }

  #keep(level: Level, message: string | Error): void {
    const text = typeof message === 'string' ? message : (message.stack ?? message.message);
    for (const line of text.split('\n'))
      if (line.trim() !== '') this.#lines.push(`${this.now().toISOString()} [${level}] ${line.slice(0, longestLine)}`);
    this.#lines.splice(0, this.#lines.length - rememberedLines);
  }
}
