/** A file server that does what servers do wrong: breaks off, sends other bytes, announces another length, redirects. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Manners {
  /** Sends parts of the file when asked for them. */
  ranges?: boolean;
  /** Tells the SHA-256 as Hugging Face does. */
  checksum?: boolean | string;
  /** Closes the connection after so many bytes of each of the first `breaks` answers. */
  breakAfter?: number;
  breaks?: number;
  /** Sends nothing more after so many bytes. */
  stallAfter?: number;
  /** Sends nothing from this byte of the file on, whichever part is asked for. */
  stallAt?: number;
  /** Answers so to everything. */
  status?: number;
  /** Answers so to parts, once the size is known. */
  partStatus?: number;
  /** Says that the file has so many bytes. */
  announced?: number;
  /** Flips a bit of the byte at this place. */
  wrongByteAt?: number;
  redirect?: boolean;
  /** Answers with a page and says that all is well, as a login page does. */
  page?: boolean;
}

export class ModelServer {
  manners: Manners = {};
  /** Ranges asked for, as `from-to`, in order. */
  readonly asked: string[] = [];
  private answers = 0;
  private readonly server: Server;

  constructor(public file: Buffer) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reset(manners: Manners): void {
    this.manners = manners;
    this.asked.length = 0;
    this.answers = 0;
  }

  /** Closes every connection, as when a cable is pulled. */
  drop(): void {
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { ranges = true, checksum = false, status, partStatus, announced, wrongByteAt, redirect, breaks = Infinity } = this.manners;
    const url = new URL(request.url ?? '/', 'http://x');
    const tag = checksum === true ? createHash('sha256').update(this.file).digest('hex') : checksum;
    if (tag) response.setHeader('x-linked-etag', `"${tag}"`);
    if (status !== undefined) {
      response.writeHead(status).end('no');
      return;
    }
    if (this.manners.page) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><p>Welcome</p>');
      return;
    }
    const manifest = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname);
    if (manifest) {
      response.end(JSON.stringify({ ggufFile: { rfilename: `${manifest[2]!.toLowerCase()}.gguf` } }));
      return;
    }
    if (redirect && !url.pathname.startsWith('/there/')) {
      response.writeHead(302, { location: `/there${url.pathname}?signed=1` }).end();
      return;
    }
    const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [from, to] = ranges && asked ? [Number(asked[1]), Number(asked[2])] : [0, this.file.length - 1];
    if (ranges) response.setHeader('accept-ranges', 'bytes');
    response.setHeader('etag', `"${createHash('sha1').update(this.file).digest('hex')}"`);
    if (asked && ranges) {
      this.asked.push(`${from}-${to}`);
      if (partStatus !== undefined) {
        response.writeHead(partStatus).end();
        return;
      }
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${from}-${to}/${announced ?? this.file.length}`);
    }
    const body = Buffer.from(this.file.subarray(from, to + 1));
    if (wrongByteAt !== undefined && wrongByteAt >= from && wrongByteAt <= to) body[wrongByteAt - from]! ^= 1;
    response.setHeader('content-length', asked && ranges ? body.length : (announced ?? body.length));
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.send(response, body, from, asked !== null && this.answers++ < breaks);
  }

  private send(response: ServerResponse, body: Buffer, from: number, mayBreak: boolean): void {
    const { breakAfter, stallAfter, stallAt = Infinity } = this.manners;
    const most = mayBreak ? Math.min(breakAfter ?? Infinity, stallAfter ?? Infinity, Math.max(0, stallAt - from)) : Infinity;
    if (most >= body.length) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, most), () => {
      if (breakAfter !== undefined && breakAfter <= most) response.destroy();
    });
  }
}
