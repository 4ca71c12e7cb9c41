/** Other agents may ask the repository memory that is there. Asking reads nothing, starts nothing and changes nothing. */
import * as vscode from 'vscode';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import { languageModelError } from './failure';
import { cannotAnswer, resultParts } from './toolResult';

export const toolName = 'bonsai_askRepository';

/** As the manifest's schema says. */
export interface ToolInput {
  question: string;
  maxTokens?: number;
}

/** Characters of a question shown when the person is asked. */
const shownQuestion = 500;

export class RepositoryTool implements vscode.LanguageModelTool<ToolInput> {
  constructor(
    private readonly client: Pick<SidecarClient, 'status' | 'ask'>,
    private readonly t: Translate,
  ) {}

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<ToolInput>): vscode.PreparedToolInvocation {
    const name = this.client.status.repository?.name ?? '';
    const question = input.question.slice(0, shownQuestion);
    const message = new vscode.MarkdownString();
    message.appendText(this.t('The model on this machine answers from its memory of {0}:', name));
    message.appendMarkdown('\n\n');
    message.appendText(question);
    return {
      invocationMessage: this.t('Asking Bonsai'),
      confirmationMessages: { title: this.t('Ask Bonsai about this repository'), message },
    };
  }

  async invoke(
    { input, tokenizationOptions }: vscode.LanguageModelToolInvocationOptions<ToolInput>,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const refusal = cannotAnswer(vscode.workspace.isTrusted, this.client.status);
    if (refusal !== undefined) return result([refusal]);
    try {
      const { maxTokens } = input;
      const answer = await this.client.ask(
        { question: input.question, ...(maxTokens === undefined ? {} : { maxTokens }) },
        () => undefined,
        token,
      );
      return result(await withinBudget(resultParts(answer, this.client.status), tokenizationOptions, token));
    } catch (error) {
      throw languageModelError(error);
    }
  }
}

/** Whole parts from the front; the first one always. */
async function withinBudget(
  parts: string[],
  options: vscode.LanguageModelToolTokenizationOptions | undefined,
  token: vscode.CancellationToken,
): Promise<string[]> {
  if (!options) return parts;
  const kept: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += await options.countTokens(part, token);
    if (kept.length > 0 && used > options.tokenBudget) break;
    kept.push(part);
  }
  return kept;
}

function result(parts: string[]): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult(parts.map((part) => new vscode.LanguageModelTextPart(part)));
}
