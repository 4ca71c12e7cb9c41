/**
 * What VS Code sends as messages becomes the turns of a conversation that every chat template can write: one
 * text of instructions, then user and assistant in turn, the user last. Nothing is dropped without a word of it.
 */
import type { AskParams, ChatTurn } from '../../protocol';

/** The shape of `vscode.LanguageModelChatRequestMessage`; 3 is the role of instructions, which VS Code itself sends. */
export interface Message {
  role: number;
  content: readonly unknown[];
}

export type ChatTurns = Pick<AskParams, 'question' | 'system' | 'history'>;

const assistantRole = 2;
const systemRole = 3;

/** Nothing when there is no user message to answer at the end. */
export function turnsOf(messages: readonly Message[]): ChatTurns | undefined {
  const system = messages.filter(({ role }) => role === systemRole).map(textOf);
  const turns: ChatTurn[] = [];
  for (const message of messages) {
    if (message.role === systemRole) continue;
    const role = message.role === assistantRole ? 'assistant' : 'user';
    const text = textOf(message);
    const last = turns.at(-1);
    // Templates refuse two messages in a row from one side.
    if (last?.role === role) last.text = [last.text, text].filter(Boolean).join('\n\n');
    else turns.push({ role, text });
  }
  const question = turns.pop();
  if (question?.role !== 'user' || question.text.trim() === '') return undefined;
  const said = system.filter(Boolean).join('\n\n');
  return { question: question.text, ...(said ? { system: said } : {}), ...(turns.length > 0 ? { history: turns } : {}) };
}

/** All that a message says, in words: tool calls and their results too, and that something was left out. */
export function textOf({ content }: Pick<Message, 'content'>): string {
  return content.map(partText).filter(Boolean).join('\n');
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (typeof part !== 'object' || part === null) return '';
  if ('value' in part && typeof part.value === 'string') return part.value;
  if ('callId' in part && 'name' in part && 'input' in part) return `[called ${String(part.name)} with ${JSON.stringify(part.input)}]`;
  if ('callId' in part && 'content' in part && Array.isArray(part.content)) return `[result]\n${textOf({ content: part.content })}`;
  const kind = 'mimeType' in part && typeof part.mimeType === 'string' ? part.mimeType : 'something';
  return `[${kind} was left out: this model reads text]`;
}
