/**
 * What a completion costs is shown, not guessed: the engine's own figures of the last one, and the middle and the
 * slow end of the latest hundred. What was served without the engine is not among them.
 */
import { quantile } from 'simple-statistics';
import { Emitter } from 'vscode-jsonrpc/node';
import type { Completion } from '../../protocol';

export type CompletionFigures = Pick<Completion, 'reusedTokens' | 'readTokens' | 'generatedTokens' | 'milliseconds'>;

export interface CompletionSummary {
  last: CompletionFigures;
  /** Milliseconds, of the latest `count`. */
  p50: number;
  p95: number;
  count: number;
}

export class CompletionNumbers {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #latencies: number[] = [];
  #last: CompletionFigures | undefined;

  constructor(private readonly limit = 100) {}

  add({ reusedTokens, readTokens, generatedTokens, milliseconds }: CompletionFigures): void {
    this.#last = { reusedTokens, readTokens, generatedTokens, milliseconds };
    this.#latencies.push(milliseconds);
    if (this.#latencies.length > this.limit) this.#latencies.shift();
    this.#changed.fire();
  }

  /** Nothing while nothing was completed. */
  get summary(): CompletionSummary | undefined {
    if (!this.#last) return undefined;
    const [p50 = 0, p95 = 0] = quantile(this.#latencies, [0.5, 0.95]);
    return { last: this.#last, p50, p95, count: this.#latencies.length };
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
