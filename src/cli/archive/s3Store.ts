/**
 * A bucket of an object store that speaks S3: Amazon's, or any other by its endpoint. Who is asking, and where, is found as
 * every tool of that world finds it (environment, profiles, the role of a machine); nothing of it is kept.
 */
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type ListObjectsV2CommandOutput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { BonsaiError } from '../../sidecar/errors';
import { isBehindTheEnd, isGone, isPassing, storeFailure } from './s3Failure';
import { Gone, type SharedStore } from './sharedStore';

/** A body that breaks off so often, without a byte more, is given up. */
const mostTries = 3;
/** Milliseconds. */
const connectTimeout = 10_000;
const silenceTimeout = 60_000;

export interface S3Options {
  bucket: string;
  /** Without a slash at its ends; may be empty. */
  prefix: string;
  /** Absent: the environment's, or Amazon's. */
  endpoint?: string | undefined;
  /** A connection that says nothing for so long is given up. Milliseconds. */
  silence?: number;
}

export class S3Store implements SharedStore {
  readonly address: string;
  private readonly bucket: string;
  private readonly client: S3Client;
  private readonly before: string;

  constructor({ bucket, prefix, endpoint: given, silence = silenceTimeout }: S3Options) {
    this.bucket = bucket;
    this.address = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.before = prefix === '' ? '' : `${prefix}/`;
    // To whoever types a command it says what only we could do something about.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    const endpoint = given ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
    this.client = new S3Client({
      ...(endpoint === undefined ? {} : elsewhere(endpoint)),
      followRegionRedirects: true,
      // What others than Amazon understand; the signature and the object's own checksums say whether it came whole.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: connectTimeout, socketTimeout: silence },
    });
  }

  async list(signal: AbortSignal): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.ask(signal, () =>
        this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: this.before, ContinuationToken: token }), {
          abortSignal: signal,
        }),
      );
      for (const { Key, Size } of page.Contents ?? [])
        if (Key?.startsWith(this.before)) found.set(Key.slice(this.before.length), Size ?? 0);
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return found;
  }

  /** Goes on where it broke off. */
  async *read(name: string, bytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    let got = 0;
    for (let tries = 1; ; tries++) {
      const begun = got;
      try {
        const body = await this.body(name, got, signal);
        for await (const chunk of body) {
          if (!(chunk instanceof Uint8Array)) continue;
          got += chunk.length;
          yield chunk;
        }
        if (got >= bytes) return;
      } catch (error) {
        signal.throwIfAborted();
        if (isGone(error)) throw new Gone();
        if (got > 0 && isBehindTheEnd(error)) return;
        if (!isPassing(error)) throw storeFailure(error, this.address, await this.endpoint());
      }
      if (got > begun) tries = 1;
      if (tries === mostTries)
        throw new BonsaiError(
          'storage',
          `${this.address}/${name} broke off after ${got} of ${bytes} bytes, ${mostTries} times. What has come before it stays: type the same command again.`,
        );
    }
  }

  async write(name: string, content: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.ask(signal, () =>
      this.client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: this.before + name, Body: content, ContentType: 'application/octet-stream' }),
        { abortSignal: signal },
      ),
    );
  }

  close(): void {
    this.client.destroy();
  }

  private async body(name: string, from: number, signal: AbortSignal): Promise<Readable> {
    const { Body: body } = await this.client.send(
      new GetObjectCommand({ Bucket: this.bucket, Key: this.before + name, ...(from > 0 ? { Range: `bytes=${from}-` } : {}) }),
      { abortSignal: signal },
    );
    if (!(body instanceof Readable)) throw new TypeError(`${name} came without a body`);
    return body;
  }

  private async ask<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      throw storeFailure(error, this.address, await this.endpoint());
    }
  }

  /** For people. */
  private async endpoint(): Promise<string> {
    const { hostname, port, protocol } = (await this.client.config.endpoint?.()) ?? {};
    return hostname === undefined ? 'Amazon S3' : `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  }
}

/** Stores elsewhere have buckets below their address, and regions that seldom mean anything. */
function elsewhere(endpoint: string): S3ClientConfig {
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  return { endpoint, region, forcePathStyle: true };
}
