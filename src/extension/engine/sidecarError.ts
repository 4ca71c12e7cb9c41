/** Every failure of a request becomes one error with a code to switch on and a sentence to show. */
import { ResponseError } from 'vscode-jsonrpc/node';
import { messageOf } from '../../protocol/messageOf';
import { errorCodeOf, type ErrorCode } from '../../protocol/messages';

/** Beside the sidecar's codes: `stopped` (asked for by the person) and `given-up` (failed too often to start again). */
export type FailureCode = ErrorCode | 'stopped' | 'given-up';

export class SidecarError extends Error {
  override readonly name = 'SidecarError';

  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** The protocol's number for a request that was stopped, by whoever sent it or by a newer one that took its place. */
const requestCancelled = -32800;

/** Turns what a request was rejected with into a {@link SidecarError}. */
export function toSidecarError(error: unknown): SidecarError {
  if (error instanceof SidecarError) return error;
  if (error instanceof ResponseError && error.code === requestCancelled) return new SidecarError('stopped', error.message);
  if (error instanceof ResponseError) return new SidecarError(errorCodeOf(error.data) ?? 'engine-failed', error.message);
  return new SidecarError('engine-failed', messageOf(error));
}
