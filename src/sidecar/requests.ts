/**
 * The requests of one connection: each is validated, can be stopped, and is answered whatever happens, with a code and a
 * sentence where it failed. When the process ends, nothing new is begun and what was begun is answered first.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ErrorCodes, ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import type { RequestErrorData } from '../protocol';
import { asBonsaiError, BonsaiError, Cancelled, closing } from './errors';

export type Schema<P> = z.ZodMiniType<P>;
type Handler = (raw: unknown, signal: AbortSignal) => Promise<unknown>;

interface Open {
  stop: AbortController;
  /** Answers it in place of the work, which is left to itself. */
  giveUp: (why: Error) => void;
}

/** JSON-RPC's own number for a failure that the method itself reports. */
const requestFailed = -32803;
/** And for a request that was stopped by whoever sent it, or by a newer one. */
const requestCancelled = -32800;

export class Requests {
  private readonly handlers = new Map<string, Handler>();
  private readonly endings = new Map<string, () => Promise<null>>();
  private readonly open = new Set<Open>();
  private ending: Promise<void> | undefined;

  /** @param refusal why a request is not begun; undefined: it is */
  constructor(
    connection: Pick<MessageConnection, 'onRequest'>,
    private readonly refusal: (method: string) => BonsaiError | undefined = () => undefined,
  ) {
    // One handler for all gets the parameters as they came, absent ones and lists too.
    connection.onRequest((method: string, params: unknown, token: CancellationToken) => this.handle(method, params, token));
  }

  on<P, R>({ method }: { method: string }, schema: Schema<P>, run: (params: P, signal: AbortSignal) => Promise<R> | R): void {
    this.handlers.set(method, async (raw, signal) => run(parse(schema, raw, method), signal));
  }

  /** The request that ends everything: it waits for the end itself. */
  onEnd({ method }: { method: string }, run: () => Promise<null>): void {
    this.endings.set(method, run);
  }

  /**
   * Refuses what comes from now on, stops what runs and does `last`; what did not end by then is answered without its end.
   * @param why told to what runs
   */
  end(last: () => Promise<void>, why: Error = closing()): Promise<void> {
    this.ending ??= (async () => {
      for (const { stop } of this.open) stop.abort(why);
      await last();
      for (const { giveUp } of this.open) giveUp(why);
      // The answers are handed to the writer in this turn.
      await nextTurn();
    })();
    return this.ending;
  }

  private async handle(method: string, raw: unknown, token: CancellationToken): Promise<unknown> {
    const refused = this.refusal(method);
    if (refused) return failure(refused);
    const ending = this.endings.get(method);
    if (ending) return ending().catch(failure);
    const handler = this.handlers.get(method);
    if (!handler)
      return new ResponseError(ErrorCodes.MethodNotFound, `The sidecar knows no request ${JSON.stringify(method.slice(0, 80))}.`);
    if (this.ending) return failure(closing());
    const stop = new AbortController();
    const cancel = () => stop.abort(new Cancelled());
    if (token.isCancellationRequested) cancel();
    token.onCancellationRequested(cancel);
    let entry: Open | undefined;
    try {
      const givenUp = new Promise<never>((_, giveUp) => this.open.add((entry = { stop, giveUp })));
      return await Promise.race([handler(raw, stop.signal), givenUp]);
    } catch (error) {
      return failure(error);
    } finally {
      if (entry) this.open.delete(entry);
    }
  }
}

function parse<P>(schema: Schema<P>, raw: unknown, method: string): P {
  const result = z.safeParse(schema, raw);
  if (result.success) return result.data;
  throw new BonsaiError('bad-request', `${method} was sent wrong parameters: ${z.prettifyError(result.error)}`);
}

function failure(error: unknown): ResponseError<RequestErrorData> {
  if (error instanceof Cancelled) return new ResponseError(requestCancelled, error.message);
  const { message, code } = asBonsaiError(error);
  return new ResponseError(requestFailed, message, { code });
}
