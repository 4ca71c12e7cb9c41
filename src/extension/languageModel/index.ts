/**
 * VS Code's own chat: the loaded model for everybody, `@bonsai`, and a tool for other agents. Each is registered where
 * this VS Code has the place for it; none starts anything by being there.
 */
import * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import type { EngineSettings } from '../engine/engineSettings';
import { countTokens } from '../engine/countTokens';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import { ChatProvider } from './chatProvider';
import { RememberedModel } from './modelInformation';
import { Participant } from './participant';
import { RepositoryTool, toolName, type ToolInput } from './repositoryTool';
import { TokenCounter } from './tokenCounter';

/** Also the vendor in the manifest. */
const vendor = 'bonsai';

/** Counts with the loaded model, which it loads first if need be. */
export function engineCounter(client: SidecarClient): TokenCounter {
  return new TokenCounter((texts, token) => countTokens(client, texts, token));
}

export function addLanguageModel(
  parts: Contributions,
  client: SidecarClient,
  counter: TokenCounter,
  settings: () => EngineSettings,
  context: Pick<vscode.ExtensionContext, 'globalState' | 'extensionUri'>,
  t: Translate,
): void {
  if (Reflect.has(vscode.lm, 'registerLanguageModelChatProvider'))
    parts.add('language model', () => {
      const provider = new ChatProvider(client, counter, new RememberedModel(context.globalState), settings, t);
      return vscode.Disposable.from(provider, vscode.lm.registerLanguageModelChatProvider(vendor, provider));
    });
  if (has(vscode.chat)) parts.add('chat participant', () => new Participant(client, counter, t).register(context.extensionUri));
  if (Reflect.has(vscode.lm, 'registerTool'))
    parts.add('repository tool', () => vscode.lm.registerTool<ToolInput>(toolName, new RepositoryTool(client, t)));
}

/** By its name, since the namespace as a value would keep every name of the API in the bundle. */
function has(part: object | undefined): boolean {
  return part !== undefined;
}
