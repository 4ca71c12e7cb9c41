/** What the chat view asks the extension for beside answers: what could be meant while typing, and whether places exist. */
import type { Candidate, ChatMessage, CheckedPlace } from '../../protocol';

export interface ChatHelp {
  /** @returns nothing when a newer question came in between */
  complete(id: number, text: string): Promise<Candidate[] | undefined>;
  /** @param messages of the conversation, which know what the model had read when they were written */
  check(
    answers: readonly { id: string; places: string[] }[],
    messages: readonly Pick<ChatMessage, 'id' | 'behind'>[],
  ): Promise<{ id: string; places: CheckedPlace[] }[]>;
}
