import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { MessageReader } from './message-reader.ts';
import {
  errorHeaders,
  errorTrailers,
  GrpcError,
  HEADERS,
  parseTimeout,
  STATUS,
  type StatusName,
} from './status.ts';

const OK = { 'grpc-status': String(STATUS.OK) };

/** Bytes of unfinished messages, of all calls of a server together. */
export interface Receiving {
  bytes: number;
  readonly maxBytes: number;
}

export interface CallOptions {
  /** Largest message, bytes. */
  readonly maxMessageBytes: number;
  readonly receiving: Receiving;
  /** Bytes of answers whose callers have not read them. */
  readonly sending: { bytes: number };
  /** Told of bytes as they arrive. */
  readonly onReceived: ((bytes: number) => void) | undefined;
}

/** What a method makes of a call. */
export interface CallHandler {
  /** One whole message of the caller. */
  message(bytes: Buffer): void;
  /** The caller has said everything. */
  end(): void;
  /** Nobody waits for an answer any more: the caller is gone, its deadline passed, or the call failed. */
  cancelled?(): void;
}

/** One call: messages in, messages and a status out. Ends exactly once. */
export class ServerCall {
  private readonly stream: ServerHttp2Stream;
  private readonly reader: MessageReader;
  private readonly receiving: Receiving;
  private readonly sending: { bytes: number };
  private readonly onReceived: CallOptions['onReceived'];
  private handler: CallHandler | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private counted = 0;
  private answered = false;
  private sent = 0;
  private unreadSince: number | undefined;
  private trailers: Readonly<Record<string, string>> = OK;
  /** As the caller sent them. */
  readonly headers: IncomingHttpHeaders;
  /** Has everything come that the caller sends? */
  received = false;
  /** Is everything said from our side? What was said may still be on its way. */
  over = false;

  /** @throws GrpcError when the headers cannot be served */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: CallOptions) {
    this.stream = stream;
    this.headers = headers;
    this.receiving = options.receiving;
    this.sending = options.sending;
    this.onReceived = options.onReceived;
    const encoding = headers['grpc-encoding'];
    this.reader = new MessageReader(
      options.maxMessageBytes,
      typeof encoding === 'string' ? encoding : 'identity',
    );
    const timeout = headers['grpc-timeout'];
    if (typeof timeout === 'string') {
      const expire = (): void => this.fail('DEADLINE_EXCEEDED', 'the deadline passed');
      this.deadline = setTimeout(expire, parseTimeout(timeout));
    }
  }

  /** Hands the call to its method. */
  start(handler: CallHandler): void {
    this.handler = handler;
    const { stream } = this;
    stream.on('data', (bytes: Buffer) => this.take(bytes));
    stream.on('end', () => this.taken());
    stream.on('close', () => this.closed());
  }

  /** Sends a message. */
  send(message: Uint8Array): void {
    if (!this.open()) return;
    const { stream } = this;
    this.hold(message.length);
    stream.cork();
    stream.write(headOf(message));
    stream.write(message);
    stream.uncork();
  }

  /** Ends the call well. */
  end(): void {
    if (!this.open()) return;
    this.finish();
    this.stream.end();
  }

  /** Ends the call with its only message: cheaper than both by themselves. `sent`: its bytes are read no more. */
  answer(message: Uint8Array, sent?: () => void): void {
    if (!this.open()) return;
    this.finish();
    const { stream } = this;
    this.hold(message.length);
    if (sent !== undefined) stream.once('finish', sent);
    stream.cork();
    stream.write(headOf(message));
    stream.end(message);
    stream.uncork();
  }

  /** Ends the call with an error. */
  fail(status: StatusName, details: string): void {
    if (this.over) return;
    const { stream } = this;
    this.finish();
    if (this.answered) {
      this.trailers = errorTrailers(status, details);
      stream.end();
    } else if (isOpen(stream)) {
      stream.respond(errorHeaders(status, details), { endStream: true });
      this.hangUp();
    }
    this.handler?.cancelled?.();
  }

  /** Begins the answer, once; false when there is nobody to answer. */
  private open(): boolean {
    const { stream } = this;
    if (this.over || !isOpen(stream)) return false;
    if (this.answered) return true;
    this.answered = true;
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      stream.sendTrailers(this.trailers);
      this.hangUp();
    });
    return true;
  }

  /** What the caller still sends after the end is not looked at. */
  private hangUp(): void {
    if (this.received) return;
    this.stream.resume();
    this.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  private take(bytes: Buffer): void {
    this.onReceived?.(bytes.length);
    if (this.over) return;
    this.reader.add(bytes);
    try {
      for (let message = this.reader.next(); message !== undefined; message = this.reader.next()) {
        this.handler?.message(message);
        if (this.over) return;
      }
      this.count(this.reader.held);
    } catch (error) {
      this.failWith(error);
    }
  }

  /** A caller must not fill our memory with beginnings of messages. */
  private count(held: number): void {
    const { receiving } = this;
    receiving.bytes += held - this.counted;
    this.counted = held;
    if (held > 0 && receiving.bytes > receiving.maxBytes) {
      throw new GrpcError('RESOURCE_EXHAUSTED', 'too many messages are being received');
    }
  }

  private taken(): void {
    this.received = true;
    if (this.over) return;
    if (this.reader.held > 0) this.fail('INTERNAL', 'the request ends in the middle of a message');
    else this.handler?.end();
  }

  /** Ends a call whose answer is not read, at the first look after `afterMs` from the one that saw it first. */
  endUnread(now: number, afterMs: number): void {
    this.unreadSince ??= now;
    if (now - this.unreadSince >= afterMs) this.drop();
  }

  /** Ends a call that is over without waiting for its caller. */
  drop(): void {
    this.release();
    this.stream.destroy();
  }

  private hold(bytes: number): void {
    this.sent += bytes;
    this.sending.bytes += bytes;
  }

  private release(): void {
    this.sending.bytes -= this.sent;
    this.sent = 0;
  }

  private closed(): void {
    this.release();
    if (this.over) return;
    this.finish();
    this.handler?.cancelled?.();
  }

  private failWith(error: unknown): void {
    if (error instanceof GrpcError) this.fail(error.status, error.message);
    else throw error;
  }

  private finish(): void {
    this.over = true;
    this.count(0);
    clearTimeout(this.deadline);
  }
}

function isOpen(stream: ServerHttp2Stream): boolean {
  return !stream.destroyed && !stream.closed;
}

function headOf(message: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = 0;
  head.writeUInt32BE(message.length, 1);
  return head;
}

/** A method of one request and one answer: `run` is called once the whole request is there. */
export function unary(
  run: (request: Buffer, call: ServerCall, onCancelled: (listener: () => void) => void) => void,
): (call: ServerCall) => CallHandler {
  return (call) => {
    let request: Buffer | undefined;
    let cancelled: (() => void) | undefined;
    return {
      message(bytes) {
        if (request === undefined) request = bytes;
        else call.fail('UNIMPLEMENTED', 'the method takes one message, and the caller sent more');
      },
      end() {
        if (request === undefined) call.fail('UNIMPLEMENTED', 'the method takes one message, and none came');
        else run(request, call, (listener) => (cancelled = listener));
      },
      cancelled: () => cancelled?.(),
    };
  };
}
