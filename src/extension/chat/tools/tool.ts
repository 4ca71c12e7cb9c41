/**
 * A tool is what the model may ask for: what it takes, and what is done. The words are English, since models read them. What
 * the model asked for is not trusted: each tool checks its arguments, and says what the person must agree to first.
 */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { ToolDefinition } from '../../../protocol';

export interface Tool {
  definition: ToolDefinition;
  /** Which end of a long result says more. */
  keep: 'start' | 'end';
  /** @returns why the arguments make no sense, for the model to read; else what is to be done. Nothing is done yet. */
  prepare(given: unknown): { refused: string } | PreparedCall;
}

export interface PreparedCall {
  /** A command that the person must agree to before `run` is called; absent: it changes nothing and runs nothing. */
  command?: string;
  /** @returns what the model reads @throws what is told to the model as the reason of a failure */
  run(token: CancellationToken): Promise<string>;
}
