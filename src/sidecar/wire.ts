/**
 * The sidecar's end of the IPC channel. Nothing that arrives ends the process: a message that is not of the form is
 * answered where it wants an answer, and logged where it does not. A request has its id to itself until it is answered.
 */
import { AbstractMessageReader, AbstractMessageWriter, Disposable, ErrorCodes } from 'vscode-jsonrpc/node';
import type { DataCallback, Message, MessageReader, MessageWriter } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import { messageOf } from '../protocol/messageOf';

/** What of `process` is used; `send` is there in a process that was forked alone. */
export interface Channel {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  send?(message: unknown, handle: undefined, options: undefined, done: (error: Error | null) => void): boolean;
}

const envelope = z.looseObject({
  jsonrpc: z._default(z.string(), '2.0'),
  id: z.optional(z.unknown()),
  method: z.optional(z.unknown()),
  params: z.optional(z.unknown()),
});
const requestId = z.union([z.string().check(z.maxLength(256)), z.number()]);
type RequestId = z.infer<typeof requestId>;
const cancelMethod = '$/cancelRequest';
const cancelParams = z.looseObject({ id: requestId });

export class Wire {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Of requests that are not answered yet, as text: vscode-jsonrpc takes 5 and "5" for one. */
  private readonly waiting = new Set<string>();
  private readonly writing = new Set<Promise<void>>();

  /** @param log told of every message that wants no answer and is passed over */
  constructor(
    private readonly channel: Channel,
    private readonly log: (text: string) => void,
  ) {
    this.reader = new Reader(channel, (message, deliver) => this.take(message, deliver));
    this.writer = new Writer((message) => this.write(message));
  }

  /** When all that was written has left this process. */
  async drained(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
  }

  private take(raw: unknown, deliver: DataCallback): void {
    const { success, data: message } = envelope.safeParse(raw);
    if (!success) {
      this.log('A message was ignored: it is no object.');
      return;
    }
    try {
      const { id, method, params } = message;
      if (typeof method === 'string' && id === undefined) this.takeNotification(method, params, () => deliver(message));
      else if (typeof method === 'string') this.takeRequest(method, id, () => deliver(message));
      else if (id === undefined || 'result' in message || 'error' in message)
        this.log('A message was ignored: it is neither a request nor a notification.');
      else this.refuse(null, 'A request must name its method as a string.');
    } catch (error) {
      this.log(`A message was ignored: ${messageOf(error)}`);
    }
  }

  private takeNotification(method: string, params: unknown, deliver: () => void): void {
    if (method === cancelMethod && !cancelParams.safeParse(params).success)
      this.log(`A message was ignored: ${cancelMethod} must have the id of a request.`);
    else deliver();
  }

  private takeRequest(method: string, id: unknown, deliver: () => void): void {
    const given = requestId.safeParse(id);
    if (!given.success) {
      this.refuse(null, `The id of a request must be a number or a short string; that of ${shown(method)} is neither.`);
      return;
    }
    const key = String(given.data);
    if (this.waiting.has(key)) {
      this.refuse(given.data, `The id ${shown(key)} belongs to a request that is not answered yet. Give every request its own.`);
      return;
    }
    this.waiting.add(key);
    deliver();
  }

  private refuse(id: RequestId | null, message: string): void {
    void this.post({ jsonrpc: '2.0', id, error: { code: ErrorCodes.InvalidRequest, message } });
  }

  private write(message: Message): Promise<void> {
    const { id, method } = envelope.parse(message);
    if (method === undefined) this.waiting.delete(String(id));
    return this.post(message);
  }

  /** Never fails: what is written is lost with the parent that it was meant for, and the end of the parent is noticed elsewhere. */
  private post(message: object): Promise<void> {
    const written = new Promise<void>((resolve) => {
      if (!this.channel.send) resolve();
      else this.channel.send(message, undefined, undefined, () => resolve());
    });
    this.writing.add(written);
    return written.finally(() => this.writing.delete(written));
  }
}

class Reader extends AbstractMessageReader {
  constructor(
    private readonly channel: Channel,
    private readonly take: (message: unknown, deliver: DataCallback) => void,
  ) {
    super();
  }

  listen(deliver: DataCallback): Disposable {
    const listener = (message: unknown) => this.take(message, deliver);
    this.channel.on('message', listener);
    return Disposable.create(() => this.channel.off('message', listener));
  }
}

class Writer extends AbstractMessageWriter implements MessageWriter {
  constructor(readonly write: (message: Message) => Promise<void>) {
    super();
  }

  end(): void {
    // The channel belongs to the process.
  }
}

const shown = (text: string) => JSON.stringify(text.slice(0, 80));
