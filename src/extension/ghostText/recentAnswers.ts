/**
 * The latest few answers of a document stay at hand, the one that was shown last before the others. So a wrong
 * key that is taken back brings the same suggestion again, and a right one never changes what is shown.
 */
import type { GhostAnswer, Rest } from './answer';
import type { CursorPlace } from './cursorPlace';
import { restOf } from './typedThrough';

export class RecentAnswers {
  /** The latest first. */
  #answers: GhostAnswer[] = [];

  constructor(private readonly limit = 8) {}

  add(answer: GhostAnswer): void {
    if (answer.text === '') return;
    this.#answers = [answer, ...this.#answers.filter((other) => other !== answer)].slice(0, this.limit);
  }

  /** The rest of the first answer that fits and is not used up, and that answer. */
  at(place: CursorPlace): { answer: GhostAnswer; rest: Rest } | undefined {
    for (const answer of this.#answers) {
      const rest = restOf(answer, place);
      if (rest === undefined || rest.text.trim() === '') continue;
      this.add(answer);
      return { answer, rest };
    }
    return undefined;
  }

  clear(): void {
    this.#answers = [];
  }
}
