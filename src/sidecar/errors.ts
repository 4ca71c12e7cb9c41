/** A failure that a person can act on: a stable code for programs, and one sentence that names the thing and the way out. */
import { messageOf } from '../protocol/messageOf';
import type { ErrorCode } from '../protocol';

export class BonsaiError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BonsaiError';
  }
}

/** Anything thrown, as a failure with a code. */
export function asBonsaiError(error: unknown): BonsaiError {
  if (error instanceof BonsaiError) return error;
  // What the language itself throws is a fault of ours, and says nothing to anybody else.
  const ours = [TypeError, ReferenceError, RangeError].some((kind) => error instanceof kind);
  const message = ours ? `A fault inside Bonsai: ${messageOf(error)}. Nothing is lost; try again, and please report it.` : messageOf(error);
  return new BonsaiError('engine-failed', message, { cause: error });
}

/** Work that was stopped on purpose: no failure, and nothing to tell anybody. */
export class Cancelled extends Error {
  constructor(reason = 'cancelled') {
    super(reason);
    this.name = 'Cancelled';
  }
}

/** Of whatever is asked for, or still runs, when the process ends. */
export const closing = () => new Cancelled('Bonsai is closing.');

/** What a client waited for when its connection ended: others may still wait for the same. */
export class Departed extends Cancelled {
  constructor() {
    super('The client has left.');
    this.name = 'Departed';
  }
}
