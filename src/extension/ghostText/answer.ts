/** What the engine answered, and where it was asked. */
import type { CursorPlace } from './cursorPlace';

export interface AnswerText {
  text: string;
  /** Characters right behind the cursor, on its line, that the text writes again and stands for. */
  replaces: number;
}

export interface GhostAnswer extends AnswerText {
  place: CursorPlace;
}

/** What is left of an answer at a later place. */
export interface Rest extends AnswerText {
  /** The beginning of the answer that has been typed since it was asked for. */
  typed: string;
}
