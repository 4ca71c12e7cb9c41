/** What was said to and by the participant before, as turns: questions that were answered, with their answers. */
import type { ChatTurn } from '../../protocol';
import { questionOf } from './slashCommands';

/** The shape of `vscode.ChatRequestTurn` or `vscode.ChatResponseTurn`. */
export type PastTurn = { prompt: string; command?: string | undefined } | { response: readonly unknown[] };

/** Always pairs, oldest first. */
export function historyOf(past: readonly PastTurn[]): ChatTurn[] {
  return past.flatMap((turn, i): ChatTurn[] => {
    const next = past[i + 1];
    if (!('prompt' in turn) || !next || !('response' in next)) return [];
    const question = questionOf(turn.command, turn.prompt);
    const answer = next.response.map(partText).join('').trim();
    if (!question || !answer) return [];
    return [
      { role: 'user', text: question },
      { role: 'assistant', text: answer },
    ];
  });
}

/** Markdown and links; buttons and the like are no part of what was said. */
function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return '';
  if ('title' in part && typeof part.title === 'string') return part.title;
  if (!('value' in part)) return '';
  const { value } = part;
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'string' ? value.value : '';
}
