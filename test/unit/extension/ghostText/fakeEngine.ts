/** An engine whose answers a test gives by hand; it notices how many questions it has at once. */
import type { CompleteParams, Completion } from '../../../../src/protocol';
import type { GhostEngine } from '../../../../src/extension/ghostText/ghostText';

export interface Call {
  params: CompleteParams;
  urgency: string;
  signal: AbortSignal;
  /** @param milliseconds what the engine says it took */
  answer(text: string, milliseconds?: number, replaces?: number): void;
  fail(error: Error): void;
}

export class FakeEngine implements GhostEngine {
  readonly calls: Call[] = [];
  /** Questions that have not been answered. */
  inFlight = 0;
  most = 0;

  /** @param prompt whether a stopped question ends at once; otherwise the test ends it */
  constructor(private readonly prompt = true) {}

  get last(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error('the engine was not asked');
    return call;
  }

  complete(params: CompleteParams, urgency: string, signal: AbortSignal): Promise<Completion> {
    this.inFlight++;
    this.most = Math.max(this.most, this.inFlight);
    return new Promise<Completion>((resolve, reject) => {
      const fail = (error: Error) => reject(error);
      const answer: Call['answer'] = (text, milliseconds = 100, replaces) =>
        resolve({
          text,
          reusedTokens: 1000,
          readTokens: 10,
          archivedTokens: 0,
          generatedTokens: 5,
          milliseconds,
          ...(replaces === undefined ? {} : { replaces }),
        });
      this.calls.push({ params, urgency, signal, answer, fail });
      if (this.prompt) signal.addEventListener('abort', () => fail(new Error('stopped')));
    }).finally(() => this.inFlight--);
  }
}
