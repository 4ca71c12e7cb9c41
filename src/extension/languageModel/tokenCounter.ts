/**
 * Tokens are counted by the engine's own tokenizer and nothing else. What is asked for at the same time goes in
 * one request, what was counted once is remembered while the model stays, and a count nobody waits for is stopped.
 */
import { createHash } from 'node:crypto';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/node';
import type { CountedText, TokenCounts } from '../../protocol';
import { SidecarError } from '../engine/sidecarError';
import type { CountText } from './fitQuestion';

export type Count = (texts: CountedText[], token: CancellationToken) => Promise<TokenCounts>;

interface Waiting {
  text: CountedText;
  key: string;
  token: CancellationToken;
  resolve: (tokens: number) => void;
  reject: (error: unknown) => void;
}

const mostKnown = 2000;
const mostAtOnce = 200;

export class TokenCounter {
  readonly #known = new Map<string, number>();
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(private readonly send: Count) {}

  /** @throws SidecarError `stopped` when cancelled, or as the engine fails */
  count(text: CountedText, token: CancellationToken): Promise<number> {
    const key = createHash('sha256')
      .update(`${text.role ?? ''}\0${text.text}`)
      .digest('base64');
    const known = this.#known.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const link = token.onCancellationRequested(() => reject(stopped()));
      this.#waiting.push({
        text,
        key,
        token,
        resolve: (tokens) => {
          link.dispose();
          resolve(tokens);
        },
        reject: (error) => {
          link.dispose();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
      this.#schedule();
    });
  }

  /** What counts texts and messages for one request. */
  texts(token: CancellationToken): CountText {
    return (text, role) => this.count({ text, ...(role ? { role } : {}) }, token);
  }

  /** Another model counts otherwise. */
  forget(): void {
    this.#known.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#waiting.splice(0, mostAtOnce);
      if (this.#waiting.length > 0) this.#schedule();
      void this.#request(batch.filter(({ token }) => !token.isCancellationRequested));
    });
  }

  async #request(batch: Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const source = new CancellationTokenSource();
    const links = batch.map(({ token }) =>
      token.onCancellationRequested(() => {
        if (batch.every((each) => each.token.isCancellationRequested)) source.cancel();
      }),
    );
    try {
      const { tokens } = await this.send(
        batch.map(({ text }) => text),
        source.token,
      );
      for (const [i, waiting] of batch.entries()) {
        const count = tokens[i] ?? 0;
        this.#remember(waiting.key, count);
        waiting.resolve(count);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const link of links) link.dispose();
      source.dispose();
    }
  }

  #remember(key: string, tokens: number): void {
    this.#known.set(key, tokens);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
  }
}

function stopped(): SidecarError {
  return new SidecarError('stopped', 'Stopped.');
}
