/** What a store's refusal, or its silence, means to the person: what is wrong, and the way out. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../../sidecar/errors';
import { errorCode } from '../../sidecar/privateFiles';

const unreachable = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|CERT_\w+|\w+_CERT\w*)$/;
const expired = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'];

export const isGone = (error: unknown): boolean => error instanceof S3ServiceException && error.name === 'NoSuchKey';

/** There is nothing from this byte on. */
export const isBehindTheEnd = (error: unknown): boolean => error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416;

/** Whether asking once more is worth it: a body that broke off, as Node tells it. */
export function isPassing(error: unknown): boolean {
  return (
    ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'].includes(String(errorCode(error))) ||
    (error instanceof Error && error.name === 'TimeoutError')
  );
}

/** @param endpoint who was asked, for people */
export function storeFailure(error: unknown, address: string, endpoint: string): BonsaiError {
  const options = { cause: error };
  const name = error instanceof Error ? error.name : '';
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (/^(CredentialsProvider|TokenProvider)Error$/.test(name))
    return new BonsaiError(
      'storage',
      `There are no credentials for ${address}. Log in with your provider's own tool, name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      options,
    );
  if (messageOf(error) === 'Region is missing')
    return new BonsaiError(
      'storage',
      `Nothing says in which region ${address} is. Set AWS_REGION, or --endpoint for a store that is not Amazon's.`,
      options,
    );
  if (name === 'NoSuchBucket' || (status === 404 && name !== 'NoSuchKey'))
    return new BonsaiError(
      'folder-missing',
      `${endpoint} has no bucket for ${address}. Create it, or correct its name or the endpoint.`,
      options,
    );
  if (expired.includes(name)) return new BonsaiError('storage', `The login for ${address} has expired. Log in again.`, options);
  if (status === 401 || status === 403)
    return new BonsaiError(
      'storage',
      `${endpoint} refuses access to ${address} (${name}). Export needs the right to list and to write there, import to list and to read: ask whoever owns the bucket, or use other credentials (AWS_PROFILE).`,
      options,
    );
  if (name === 'TimeoutError' || unreachable.test(String(errorCode(error))))
    return new BonsaiError(
      'storage',
      `${endpoint} cannot be reached (${typeof errorCode(error) === 'string' ? String(errorCode(error)) : 'no answer in time'}). What has been copied stays: look at the address and the connection, and type the same command again.`,
      options,
    );
  return new BonsaiError(
    'storage',
    `${endpoint} failed for ${address}: ${name}: ${messageOf(error)}. What has been copied stays.`,
    options,
  );
}
