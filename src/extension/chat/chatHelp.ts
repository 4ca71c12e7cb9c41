/** What the chat view asks the extension for beside answers: what could be meant while typing, and whether places exist. */
import type { AtHand, Candidate, ChatMessage, CheckedPlace, MentionPreview } from '../../protocol';

export interface ChatHelp {
  /** What can be attached with one press: what the person is looking at. */
  atHand(): AtHand;
  /** What would be said of the mentions of a question once it is sent. */
  preview(text: string): Promise<MentionPreview>;
  /** @returns nothing when a newer question came in between */
  complete(id: number, text: string): Promise<Candidate[] | undefined>;
  /** @param messages of the conversation, which know what the model had read when they were written */
  check(
    answers: readonly { id: string; places: string[] }[],
    messages: readonly Pick<ChatMessage, 'id' | 'behind'>[],
  ): Promise<{ id: string; places: CheckedPlace[] }[]>;
}
