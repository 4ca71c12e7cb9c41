/**
 * Text from tokens, one at a time. A token may end inside a character: such bytes are held back until the rest comes.
 * So is text that may turn out to be the beginning of a stop text, which is never shown.
 */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { isToken } from './modelTokens';

/** Tokens; no character is spread over more. */
const longestCharacter = 8;
const contextTokens = 4;
const replacement = '\ufffd';

export class TextStream {
  private pending: Token[] = [];
  private last: Token[] = [];
  private held = '';
  private ended: string | undefined;

  constructor(
    private readonly model: Pick<LlamaModel, 'detokenize'>,
    private readonly stopTexts: readonly string[] = [],
  ) {}

  /** Whether a stop text has come. */
  get stopped(): boolean {
    return this.ended !== undefined;
  }

  /** The stop text that has come. */
  get stoppedBy(): string | undefined {
    return this.ended;
  }

  /** @returns what may be shown now, often '' */
  push(token: number): string {
    if (this.stopped || !isToken(token)) return '';
    this.pending.push(token);
    const text = this.model.detokenize(this.pending, false, this.last);
    if (text.endsWith(replacement) && this.pending.length < longestCharacter) return '';
    this.last = [...this.last, ...this.pending].slice(-contextTokens);
    this.pending = [];
    return this.release(text);
  }

  /** @returns what was held back to the end */
  end(): string {
    const rest = this.pending.length > 0 ? this.release(this.model.detokenize(this.pending, false, this.last)) : '';
    this.pending = [];
    const text = this.stopped ? '' : this.held;
    this.held = '';
    return rest + text;
  }

  private release(text: string): string {
    const all = this.held + text;
    const [stop] = this.stopTexts
      .map((stopText) => ({ stopText, at: all.indexOf(stopText) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at);
    if (stop) {
      this.ended = stop.stopText;
      this.held = '';
      return all.slice(0, stop.at);
    }
    const keep = Math.max(0, ...this.stopTexts.map((stopText) => overlap(all, stopText)));
    this.held = keep > 0 ? all.slice(-keep) : '';
    return keep > 0 ? all.slice(0, -keep) : all;
  }
}

/** Length of the longest end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
