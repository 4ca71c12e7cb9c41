/**
 * What was answered once is not asked again while text and language around the cursor are the same, whatever
 * the document is called. An answer of nothing is an answer too. The answers that were used longest ago are forgotten.
 */
import { createHash } from 'node:crypto';
import type { AnswerText } from './answer';
import type { CursorPlace } from './cursorPlace';

export class ResultCache {
  /** In the order of use, the latest last. */
  readonly #answers = new Map<string, AnswerText>();

  /** @param limit answers that are remembered */
  constructor(private readonly limit = 200) {}

  get size(): number {
    return this.#answers.size;
  }

  get(place: CursorPlace, singleLine: boolean): AnswerText | undefined {
    const key = keyOf(place, singleLine);
    const answer = this.#answers.get(key);
    if (answer) this.#set(key, answer);
    return answer;
  }

  put(place: CursorPlace, singleLine: boolean, { text, replaces }: AnswerText): void {
    this.#set(keyOf(place, singleLine), { text, replaces });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.limit && oldest !== undefined) this.#answers.delete(oldest);
  }

  clear(): void {
    this.#answers.clear();
  }

  #set(key: string, answer: AnswerText): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
  }
}

function keyOf({ prefix, suffix, languageId }: CursorPlace, singleLine: boolean): string {
  // The lengths keep two different splits of one text apart.
  return createHash('sha1')
    .update(`${languageId} ${singleLine} ${prefix.length} ${suffix.length} `)
    .update(prefix)
    .update(suffix)
    .digest('base64');
}
