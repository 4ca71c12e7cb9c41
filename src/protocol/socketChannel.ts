/**
 * Messages over a local socket: each is one line of JSON. A partner that sends anything else, or more than a message may have, or
 * reads nothing of what is sent to it, is told once and disconnected, so that it costs this process a bounded amount of memory.
 * (vscode-jsonrpc's own framing holds whatever length a header announces.)
 */
import type { Socket } from 'node:net';
import { AbstractMessageReader, AbstractMessageWriter, Disposable } from 'vscode-jsonrpc';
import type { DataCallback, Message, MessageReader, MessageWriter } from 'vscode-jsonrpc';

/** Bytes of one message, and of all that may wait to be read by the partner. */
export const longestMessage = 64 * 1024 * 1024;
const newline = 0x0a;

type Listener = (message: unknown) => void;

export class SocketChannel {
  readonly #listeners = new Set<Listener>();
  #pieces: Buffer[] = [];
  #bytes = 0;

  /**
   * @param onFault told why the partner is disconnected
   * @param longest bytes of one message
   */
  constructor(
    private readonly socket: Socket,
    private readonly onFault: (why: string) => void,
    private readonly longest = longestMessage,
  ) {
    // The end of a connection is told by its `close`.
    socket.on('error', () => undefined);
  }

  /** Nothing is read before somebody listens. */
  on(_event: 'message', listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && this.socket.listenerCount('data') === 0) this.socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  off(_event: 'message', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** @param done called when it has left this process, or cannot */
  send(message: unknown, _handle: undefined, _options: undefined, done: (error: Error | null) => void): boolean {
    if (this.socket.destroyed || !this.socket.writable) {
      done(new Error('The connection is closed.'));
      return false;
    }
    if (this.socket.writableLength > this.longest) {
      this.#fault('It does not read what is sent to it.');
      done(new Error('The connection is closed.'));
      return false;
    }
    return this.socket.write(`${JSON.stringify(message)}\n`, (error) => done(error ?? null));
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      // What follows a fault is not read.
      if (!this.#hold(rest.subarray(0, end)) || !this.#deliver()) return;
      rest = rest.subarray(end + 1);
    }
    this.#hold(rest);
  }

  /** @returns whether the partner may go on */
  #hold(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes <= this.longest) return true;
    this.#fault(`A message is longer than ${this.longest} bytes.`);
    return false;
  }

  /** @returns whether the partner may go on */
  #deliver(): boolean {
    const text = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    this.#bytes = 0;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.#fault('A message is not a line of JSON.');
      return false;
    }
    for (const listener of this.#listeners) listener(message);
    return true;
  }

  #fault(why: string): void {
    this.#pieces = [];
    this.#bytes = 0;
    // What was written before goes first where the partner takes it; one that does not is cut off.
    if (this.socket.writableLength <= this.longest)
      this.socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32700, message: why } })}\n`);
    this.socket.destroySoon();
    this.socket.removeAllListeners('data');
    this.socket.resume();
    if (this.socket.writableLength > this.longest) this.socket.destroy();
    this.onFault(why);
  }
}

/** The client's end, which trusts its sidecar: the reader and the writer of a JSON-RPC connection. */
export function readerAndWriter(channel: SocketChannel): { reader: MessageReader; writer: MessageWriter } {
  return { reader: new Reader(channel), writer: new Writer(channel) };
}

class Reader extends AbstractMessageReader {
  constructor(private readonly channel: SocketChannel) {
    super();
  }

  listen(deliver: DataCallback): Disposable {
    const listener = (message: unknown) => {
      if (isMessage(message)) deliver(message);
    };
    this.channel.on('message', listener);
    return Disposable.create(() => this.channel.off('message', listener));
  }
}

class Writer extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly channel: SocketChannel) {
    super();
  }

  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      this.channel.send(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): void {
    // The socket belongs to whoever connected.
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value;
}
