/**
 * Chat turns as tokens, in the format the model's own template asks for. They follow the repository in the same
 * sequence, so the template's start-of-text token is taken off: it belongs at the very start only.
 */
import type { ChatHistoryItem, LlamaModel } from 'node-llama-cpp';
import type { AskParams } from '../../protocol';
import { withLineFeeds } from '../../repo/text/lineEnds';
import type { ChatTemplate } from './chatTemplate';
import { commonLength } from './commonLength';
import { sourceBlock, type SourceLines } from './sourceBlock';
import { functionsOf, type ToolFormat } from './toolFormat';

export interface ChatPrompt {
  tokens: Uint32Array;
  /** Single tokens that end the answer. */
  stopTokens: Set<number>;
  /** Texts that end the answer, for templates that have no token for it. */
  stopTexts: string[];
}

/** The last turn, which alone has source added to it. */
export interface Turn extends Pick<AskParams, 'question' | 'selection' | 'attachments'> {
  recalled?: readonly SourceLines[];
}

type ChatModel = Pick<LlamaModel, 'tokenizer' | 'tokens'>;

type Earlier = Pick<AskParams, 'history' | 'system' | 'begun' | 'tools' | 'steps'>;

export function chatPrompt(model: ChatModel, template: ChatTemplate & { tools?: ToolFormat }, ask: Turn & Earlier): ChatPrompt {
  const chatHistory: ChatHistoryItem[] = ask.system === undefined ? [] : [{ type: 'system', text: withLineFeeds(ask.system) }];
  for (const { role, text } of ask.history ?? [])
    chatHistory.push(role === 'user' ? { type: 'user', text: withLineFeeds(text) } : { type: 'model', response: [withLineFeeds(text)] });
  // What is attached or selected comes from documents with line ends of any kind.
  chatHistory.push(
    { type: 'user', text: withLineFeeds(userTurn(ask)) },
    { type: 'model', response: template.tools?.response(ask.steps ?? [], ask.begun) ?? (ask.begun === undefined ? [] : [ask.begun]) },
  );
  const availableFunctions = ask.tools?.length && template.tools ? { availableFunctions: functionsOf(ask.tools) } : {};
  const { contextText, stopGenerationTriggers } = template.generateContextState({ chatHistory, ...availableFunctions });
  const whole = ask.steps?.length && template.tools ? template.tools.withResults(contextText, ask.steps) : contextText;
  const tokens = Uint32Array.from(whole.tokenize(model.tokenizer));
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

/** The tokens [from, to) of a prompt that are its earlier turns, between the system text and the last turn; empty without any. @param prompt of this conversation */
export function earlierTurns(
  model: ChatModel,
  template: ChatTemplate,
  { history, system, tools }: Earlier,
  prompt: Uint32Array,
): { from: number; to: number } {
  if (!history?.length) return { from: 0, to: 0 };
  const begin = { question: '', ...(system === undefined ? {} : { system }), ...(tools ? { tools } : {}) };
  const shared = (ask: Turn & Earlier) => commonLength(prompt, chatPrompt(model, template, ask).tokens);
  return { from: shared(begin), to: shared({ ...begin, history }) };
}

/** The question, after the exact source that it may be about: added source first, then what was attached, the selected lines last. */
export function userTurn({ question, selection, attachments = [], recalled = [] }: Turn): string {
  const sources = [...recalled, ...attachments, ...(selection ? [selection] : [])];
  return sources.map((lines) => `${sourceBlock(lines)}\n\n`).join('') + question;
}
