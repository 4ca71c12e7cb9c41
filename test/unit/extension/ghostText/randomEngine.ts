/**
 * An engine that takes its time, and sometimes knows how the text goes on: it answers with a piece of what the person is
 * about to type, or with something else; a stopped question takes a while to leave, and may still be answered. Now and
 * then it fails.
 */
import { below, type Random } from '../../../../src/sidecar/random';
import type { GhostEngine } from '../../../../src/extension/ghostText/ghostText';
import type { CompleteParams, Completion } from '../../../../src/protocol';
import type { FakeTimer } from './fakeTimer';

export interface Answered {
  params: CompleteParams;
  text: string;
  replaces: number;
}

const strange = ['x', 'foo(a, b);', ' {\n  bar();\n}', '()', '"text"', '', '  ', '\n\n', 'größe', '}', '🙂', '; y'];

/** What it says when it fails. */
export const engineFailure = 'the engine has failed';
const failing = 0.06;

export class RandomEngine implements GhostEngine {
  readonly answered: Answered[] = [];
  readonly inFlight = new Map<string, number>();
  asked = 0;
  most = 0;
  stopped = 0;
  failed = 0;

  /** @param latency milliseconds of an answer: at least and at most */
  constructor(
    private readonly timer: FakeTimer,
    private readonly random: Random,
    private readonly target: string,
    private readonly latency: readonly [number, number] = [5, 900],
  ) {}

  complete(params: CompleteParams, _urgency: string, signal: AbortSignal): Promise<Completion> {
    const { timer, random } = this;
    const milliseconds = this.latency[0] + below(random, this.latency[1] - this.latency[0]);
    this.asked++;
    this.#count(params.path, 1);
    return new Promise<Completion>((resolve, reject) => {
      const leave = (end: () => void) => {
        this.#count(params.path, -1);
        end();
      };
      const answer = () => {
        signal.removeEventListener('abort', stop);
        if (random() < failing) {
          this.failed++;
          leave(() => reject(new Error(engineFailure)));
          return;
        }
        const { text, replaces } = this.#answer(params);
        this.answered.push({ params, text, replaces });
        leave(() => resolve({ text, replaces, reusedTokens: 100, readTokens: 10, archivedTokens: 0, generatedTokens: 5, milliseconds }));
      };
      const takeBack = timer.after(milliseconds, answer);
      const stop = () => {
        this.stopped++;
        if (random() < 0.1) return;
        takeBack();
        timer.after(below(random, 60), () => leave(() => reject(new Error('stopped'))));
      };
      signal.addEventListener('abort', stop);
    });
  }

  #answer({ prefix, suffix, singleLine }: CompleteParams): { text: string; replaces: number } {
    const { random } = this;
    const tail = prefix.slice(-12);
    const known = tail.length === 12 ? this.target.indexOf(tail) : -1;
    const guess =
      known >= 0 && random() < 0.7
        ? this.target.slice(known + 12, known + 12 + 1 + below(random, 60))
        : strange[below(random, strange.length)];
    const text = (singleLine ? guess?.split('\n', 1)[0] : guess) ?? '';
    const closers = /^[)\]}"'`;]+(?=\n|$)/.exec(suffix)?.[0] ?? '';
    return closers !== '' && random() < 0.3 ? { text: `${text}${closers} {`, replaces: closers.length } : { text, replaces: 0 };
  }

  #count(path: string, by: number): void {
    const count = (this.inFlight.get(path) ?? 0) + by;
    this.inFlight.set(path, count);
    this.most = Math.max(this.most, count);
  }
}
