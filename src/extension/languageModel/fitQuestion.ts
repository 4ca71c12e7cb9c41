/**
 * The question goes whole; then as much of the attached source as there is room for, from the front; then the
 * newest part of the conversation. Counted by the engine, with the path and the fence that will stand around each source.
 */
import type { ChatTurn, SourceLines } from '../../protocol';
import { firstThatFit, newestPairs } from './fitting';

/** Tokens of a text, or of it as a message of that role. */
export type CountText = (text: string, role?: ChatTurn['role']) => Promise<number>;

export interface FittedQuestion {
  attachments: SourceLines[];
  history: ChatTurn[];
  /** Sources that did not fit, whole. */
  leftSources: SourceLines[];
  /** Messages at the start of the conversation that did not fit. */
  leftTurns: number;
}

/** @param limit tokens that question, source and conversation may take together */
export async function fitQuestion(
  { question, sources, history }: { question: string; sources: readonly SourceLines[]; history: readonly ChatTurn[] },
  limit: number,
  count: CountText,
): Promise<FittedQuestion> {
  const [asked, sourceTokens, turnTokens] = await Promise.all([
    count(question, 'user'),
    Promise.all(sources.map(({ path, text }) => count(`${path}, lines 00000-00000:\n\`\`\`\n${text}\n\`\`\`\n\n`))),
    Promise.all(history.map(({ role, text }) => count(text, role))),
  ]);
  const room = Math.max(0, limit - asked);
  const { kept, left } = firstThatFit(sources, sourceTokens, room);
  const used = kept.reduce((sum, source) => sum + (sourceTokens[sources.indexOf(source)] ?? 0), 0);
  const past = newestPairs(history, turnTokens, room - used);
  return { attachments: kept, history: past.kept, leftSources: left, leftTurns: past.left.length };
}
