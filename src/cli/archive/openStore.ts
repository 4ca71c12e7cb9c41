/** Which store a person means. */
import { resolve } from 'node:path';
import { BonsaiError } from '../../sidecar/errors';
import { FolderStore } from './folderStore';
import type { SharedStore } from './sharedStore';

/**
 * @param address a folder, or `s3://bucket/prefix`
 * @param endpoint of a store that is not Amazon's, with its scheme
 * @throws BonsaiError `bad-request`
 */
export async function openStore(address: string, endpoint?: string): Promise<SharedStore> {
  const scheme = /^[a-z][a-z0-9+.-]+:\/\//i.exec(address)?.[0];
  if (scheme === undefined) {
    if (endpoint !== undefined) throw new BonsaiError('bad-request', `--endpoint is for s3://bucket/prefix, and ${address} is a folder.`);
    return new FolderStore(resolve(address));
  }
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/(.*))?$/i.exec(address) ?? [];
  const parts = prefix.split('/').filter((part) => part !== '');
  if (bucket === undefined || parts.some((part) => part === '.' || part === '..'))
    throw new BonsaiError('bad-request', `${address} is no place for an archive. Give a folder, or s3://bucket/prefix.`);
  if (endpoint !== undefined && !isHttp(endpoint))
    throw new BonsaiError('bad-request', `${endpoint} is no endpoint. Give its whole address, such as https://minio.example.org:9000.`);
  // Much code for two commands, and the only one that goes to a network for them.
  const { S3Store } = await import('./s3Store');
  return new S3Store({ bucket, prefix: parts.join('/'), endpoint });
}

function isHttp(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
}
