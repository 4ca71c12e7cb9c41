/**
 * Chat turns as tokens, in the format the model's own template asks for. They follow the repository in the same
 * sequence, so the template's start-of-text token is taken off: it belongs at the very start only.
 */
import type { ChatHistoryItem, ChatWrapper, LlamaModel } from 'node-llama-cpp';
import type { AskParams } from '../../protocol';

export interface ChatPrompt {
  tokens: Uint32Array;
  /** Single tokens that end the answer. */
  stopTokens: Set<number>;
  /** Texts that end the answer, for templates that have no token for it. */
  stopTexts: string[];
}

type ChatModel = Pick<LlamaModel, 'tokenizer' | 'tokens'>;

export function chatPrompt(
  model: ChatModel,
  wrapper: ChatWrapper,
  ask: Pick<AskParams, 'question' | 'history' | 'selection' | 'system'>,
): ChatPrompt {
  const chatHistory: ChatHistoryItem[] = ask.system === undefined ? [] : [{ type: 'system', text: ask.system }];
  for (const turn of ask.history ?? [])
    chatHistory.push(turn.role === 'user' ? { type: 'user', text: turn.text } : { type: 'model', response: [turn.text] });
  chatHistory.push({ type: 'user', text: userTurn(ask) }, { type: 'model', response: [] });
  const { contextText, stopGenerationTriggers } = wrapper.generateContextState({ chatHistory });
  const tokens = Uint32Array.from(contextText.tokenize(model.tokenizer));
  const stopTokens = new Set<number>();
  const stopTexts: string[] = [];
  for (const trigger of stopGenerationTriggers) {
    const [first, ...rest] = trigger.tokenize(model.tokenizer);
    if (first === undefined) continue;
    if (rest.length === 0) stopTokens.add(first);
    else stopTexts.push(trigger.toString());
  }
  return { tokens: tokens[0] === model.tokens.bos && tokens.length > 1 ? tokens.subarray(1) : tokens, stopTokens, stopTexts };
}

/** The question, after the selected lines it is about. */
export function userTurn({ question, selection }: Pick<AskParams, 'question' | 'selection'>): string {
  if (!selection) return question;
  const { path, startLine, endLine, text } = selection;
  const fence = '`'.repeat(Math.max(3, 1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))));
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  return `${path}, ${lines}:\n${fence}\n${text.replace(/\n$/, '')}\n${fence}\n\n${question}`;
}
