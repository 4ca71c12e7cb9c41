/**
 * What a true line costs in nats behind the very prompt the completer builds, whatever goes into that: it listens where
 * the prompt is handed to the ghost sequence, and scores the line on a copy of the sequence before the completer goes on.
 * For a small model this says more than what it writes.
 */
import type { LoadedModel } from '../../sidecar/engine/loadedModel';
import { BonsaiError } from '../../sidecar/errors';
import { concatTokens, tokenizeText } from '../../sidecar/prompt/modelTokens';

export class LineScorer {
  #line: Uint32Array = new Uint32Array();
  /** Of the completion that is being listened to. */
  #heard: number[] = [];

  /** From now on every completion of this model is listened to. */
  constructor(private readonly loaded: LoadedModel) {
    const { ghost, chat } = loaded.sequences;
    const generate = ghost.generate.bind(ghost);
    const score = async (...[prompt, , work]: Parameters<typeof generate>) => {
      await work.session.unit(() => chat.forkFrom(ghost), work.signal);
      const last = prompt.length - 1;
      await chat.evaluate(prompt.subarray(0, last), work);
      const sampler = loaded.sampler({ temperature: 0 });
      try {
        const scores = await chat.logProbabilities(concatTokens(prompt.subarray(last), this.#line), sampler, work);
        this.#heard.push(-scores.reduce((sum, value) => sum + value, 0) / scores.length);
      } finally {
        sampler.dispose();
      }
    };
    ghost.generate = async function* (...asked) {
      await score(...asked);
      yield* generate(...asked);
    };
  }

  /**
   * @param complete asks for the completion at the line's place
   * @returns what it returned, and the mean loss of the line's tokens
   */
  async score<T>(truth: string, complete: () => Promise<T>): Promise<{ completion: T; nats: number }> {
    this.#line = tokenizeText(this.loaded.model, truth);
    this.#heard = [];
    const completion = await complete();
    const [nats] = this.#heard;
    if (nats === undefined) throw new BonsaiError('engine-failed', 'The completer asked nothing, so the true line could not be scored.');
    return { completion, nats };
  }
}
