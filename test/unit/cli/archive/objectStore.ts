/**
 * A real S3 server on loopback (20minutes' s3rver, the one that is maintained and runs on Node 20 without Docker, Java or Python),
 * and before it a door that does what networks and owners of buckets do wrong: refuses, breaks off, lies about what is there.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from '@20minutes/s3rver';

export const bucket = 'team';
/** Of the server; it knows no other key. */
export const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export interface Manners {
  /** Answers so, with this S3 error. */
  refuse?: (asked: Asked) => { status: number; code: string } | undefined;
  /** Closes the connection after so many bytes of the body. */
  breakAfter?: (asked: Asked) => number | undefined;
  /** Sends nothing more after so many bytes of the body. */
  stallAfter?: (asked: Asked) => number | undefined;
  /** Names that are listed at once. The server's own pages need a cipher (DES) that OpenSSL 3 has not. */
  page?: number;
  /** Of a listing, as XML. */
  list?: ((xml: string) => string) | undefined;
  /** Before it is passed on. */
  before?: (asked: Asked) => Promise<void> | void;
}

export interface Asked {
  method: string;
  /** Of the object, without the bucket; empty for the bucket. */
  key: string;
}

export class ObjectStore {
  manners: Manners = {};
  readonly asked: Asked[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'bonsai-s3-'));
  private readonly server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: this.folder,
    // It takes the slash at the end of a bucket's address out of what it signs; Amazon leaves it in. Unknown keys are refused.
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: bucket }],
  });
  private readonly door = createServer((asked, answer) => void this.pass(asked, answer));
  private port = 0;
  /** To what lies in the bucket, past the door. */
  private client!: S3Client;

  async start(): Promise<string> {
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    this.port = (await this.server.run()).port;
    this.client = new S3Client({
      endpoint: `http://127.0.0.1:${this.port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.door.listen(0, '127.0.0.1');
    await once(this.door, 'listening');
    return `http://127.0.0.1:${(this.door.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.door.closeAllConnections();
    this.door.close();
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async keys(): Promise<string[]> {
    const { Contents } = await this.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return (Contents ?? []).map(({ Key }) => Key!);
  }

  async get(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(asked.url!, 'http://x');
    const path = decodeURIComponent(url.pathname);
    const from = Number(url.searchParams.get('continuation-token') ?? 0);
    url.searchParams.delete('continuation-token');
    const what: Asked = { method: asked.method!, key: path.split('/').slice(2).join('/') };
    this.asked.push(what);
    const { refuse, breakAfter, stallAfter, page, before } = this.manners;
    const list = page === undefined ? this.manners.list : (xml: string) => pageOf(xml, from, page);
    const refused = refuse?.(what);
    if (refused) {
      asked.resume();
      answer.writeHead(refused.status, { 'content-type': 'application/xml' });
      answer.end(`<?xml version="1.0"?><Error><Code>${refused.code}</Code><Message>no</Message></Error>`);
      return;
    }
    await before?.(what);
    const passed = request({
      port: this.port,
      host: '127.0.0.1',
      method: asked.method,
      path: url.pathname + url.search,
      headers: asked.headers,
    });
    passed.on('error', () => answer.destroy());
    asked.on('aborted', () => passed.destroy());
    asked.pipe(passed);
    const [came] = (await once(passed, 'response').catch(() => [])) as [IncomingMessage?];
    if (!came) return;
    const cut = breakAfter?.(what);
    const stall = stallAfter?.(what);
    if (stall !== undefined) {
      answer.writeHead(came.statusCode!, came.headers);
      answer.write(Buffer.concat((await came.toArray()) as Buffer[]).subarray(0, stall));
      return;
    }
    if (cut === undefined && !(list && what.key === '')) {
      answer.writeHead(came.statusCode!, came.headers);
      came.pipe(answer);
      return;
    }
    let body = Buffer.concat((await came.toArray()) as Buffer[]);
    if (cut !== undefined && cut < body.length) {
      answer.writeHead(came.statusCode!, came.headers);
      answer.write(body.subarray(0, cut), () => answer.destroy());
      return;
    }
    if (list && what.key === '') body = Buffer.from(list(body.toString()));
    answer.writeHead(came.statusCode!, { ...came.headers, 'content-length': body.length });
    answer.end(body);
  }
}

/** As a store lists: some entries, and where to go on. */
function pageOf(xml: string, from: number, count: number): string {
  let seen = 0;
  const isHere = () => seen++ >= from && seen <= from + count;
  const cut = xml.replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) => (isHere() ? entry : ''));
  if (seen <= from + count) return cut;
  const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${from + count}</NextContinuationToken>`;
  return cut.replace('<IsTruncated>false</IsTruncated>', next);
}
