import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { type CallHandler, type Receiving, ServerCall } from './server-call.ts';
import { errorHeaders, GrpcError } from './status.ts';

const MIB: number = 1024 * 1024;
const STREAM_WINDOW: number = MIB; // most requests fit, so that no caller waits for leave to go on
const CONNECTION_WINDOW: number = 8 * MIB;
const MAX_STREAMS = 1024; // per connection; Crossplane opens one connection per Function
const MAX_HANDSHAKES = 256; // connections whose TLS is not done; beyond, the one that takes longest makes room
const MAX_SESSION_MB = 64;
const MAX_RECEIVING_BYTES: number = 64 * MIB;
const MAX_SENDING_BYTES: number = 128 * MIB; // answers that their callers do not read
const HANDSHAKE_MS = 10_000;
const RECEIVE_MS = 30_000; // for one whole request: a caller that drips holds memory
const TAKE_MS = 30_000; // for an answer to be read
const LOOK_MS = 1000;
const PROBE_MS = 60_000; // TCP's own question whether the other end is still there
// Not application/grpc-web, whose frames are others.
const GRPC = /^application\/grpc(?:$|[+;])/;
const MAX_QUOTED = 100; // characters of a path that a peer chose

/** What a method does with a call that begins. */
export type Method = (call: ServerCall) => CallHandler;

export interface GrpcServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly maxMessageBytes: number;
  /** Beyond, the one that does least makes room: idle for longest, or still sending its first request. @default 1000 */
  readonly maxConnections?: number;
  /**
   * Open calls of all connections, those included that are still being sent. Beyond, the connection with most of them
   * loses its oldest, or gets no other. @default 4096
   */
  readonly maxCalls?: number;
  /** Told of bytes as they arrive. */
  readonly onReceived?: (bytes: number) => void;
  /** Mutual TLS, 1.2 or newer: certificate, key and the CA of the callers. @default in the clear */
  readonly tls?: SecureContextOptions | undefined;
}

export const DEFAULT_MAX_CONNECTIONS = 1000;
const DEFAULT_MAX_CALLS = 4096;
const TOO_MANY = ['RESOURCE_EXHAUSTED', 'too many calls are open'] as const;

interface OpenCall {
  readonly until: number;
  readonly session: ServerHttp2Session;
}

/** A gRPC server on Node's own HTTP/2: half of what grpc-js takes for a call, and bounds that it does not have. */
export class GrpcServer {
  private readonly server: Http2Server | Http2SecureServer;
  private readonly options: GrpcServerOptions;
  private readonly receiving: Receiving = { bytes: 0, maxBytes: MAX_RECEIVING_BYTES };
  private readonly sending = { bytes: 0 };
  /** Connections in their TLS handshake, by the address of the other end. */
  private readonly handshakes = new Map<string, Socket>();
  /** With the number of their calls. */
  private readonly sessions = new Map<ServerHttp2Session, number>();
  /** Those without a call, longest idle first. */
  private readonly idle = new Set<ServerHttp2Session>();
  /** Every open call, oldest first, with the time at which its request has to be there. */
  private readonly calls = new Map<ServerCall, OpenCall>();
  private readonly watcher: NodeJS.Timeout;
  private stopping = false;

  constructor(options: GrpcServerOptions) {
    this.options = options;
    const settings = { initialWindowSize: STREAM_WINDOW, maxConcurrentStreams: MAX_STREAMS };
    const common = {
      settings,
      maxSessionMemory: MAX_SESSION_MB,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_MS,
    };
    this.server =
      options.tls === undefined
        ? createServer(common)
        : createSecureServer({
            ...common,
            ...secure(options.tls),
            requestCert: true,
            rejectUnauthorized: true,
            handshakeTimeout: HANDSHAKE_MS,
          });
    if (options.tls !== undefined) this.server.on('connection', (socket: Socket) => this.greet(socket));
    this.server.on('session', (session) => this.welcome(session));
    this.server.on('stream', (stream, headers) => this.begin(stream, headers));
    this.server.on('sessionError', () => undefined); // the session ends itself
    this.watcher = setInterval(() => this.endSlow(), LOOK_MS);
    this.watcher.unref();
  }

  /** Resolves with the port that was bound. */
  listen(where: ListenOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(where, () => {
        this.server.off('error', reject);
        this.server.on('error', () => undefined); // of one connection; the others go on
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0);
      });
    });
  }

  /** New connections meet these certificates; open ones go on. */
  setTls(tls: SecureContextOptions): void {
    if ('setSecureContext' in this.server) this.server.setSecureContext(secure(tls));
  }

  /** Takes no new call; resolves when those that run have ended. */
  async drain(): Promise<void> {
    this.stopping = true;
    this.server.close();
    await Promise.all(
      [...this.sessions.keys()].map((session) => {
        const closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
        session.close();
        return closed;
      }),
    );
  }

  /** Ends every connection. */
  destroy(): void {
    this.stopping = true;
    clearInterval(this.watcher);
    if (this.server.listening) this.server.close();
    for (const socket of this.handshakes.values()) socket.destroy();
    for (const session of this.sessions.keys()) session.destroy();
  }

  /** A connection that says nothing, or never ends its handshake, must not keep others out. */
  private greet(socket: Socket): void {
    const name = nameOf(socket);
    this.handshakes.set(name, socket);
    socket.once('close', () => {
      if (this.handshakes.get(name) === socket) this.handshakes.delete(name);
    });
    if (this.handshakes.size <= MAX_HANDSHAKES) return;
    const [[first, oldest] = [name, socket]] = this.handshakes;
    this.handshakes.delete(first); // its 'close' comes later than the next connection may
    oldest.destroy();
  }

  private welcome(session: ServerHttp2Session): void {
    if (this.stopping) {
      session.destroy();
      return;
    }
    this.handshakes.delete(nameOf(session.socket));
    if (this.sessions.size >= (this.options.maxConnections ?? DEFAULT_MAX_CONNECTIONS)) {
      const least = this.leastBusy() ?? session;
      least.destroy();
      this.forget(least);
      if (least === session) return;
    }
    this.sessions.set(session, 0);
    this.idle.add(session);
    session.on('error', () => undefined);
    session.on('close', () => this.forget(session));
    session.setLocalWindowSize(CONNECTION_WINDOW);
  }

  /** Idle for longest, else the oldest that has no whole request here; undefined if all have. */
  private leastBusy(): ServerHttp2Session | undefined {
    const [idlest] = this.idle;
    if (idlest !== undefined) return idlest;
    const busy = new Set<ServerHttp2Session>();
    for (const [call, { session }] of this.calls) if (call.received && !call.over) busy.add(session);
    for (const session of this.sessions.keys()) if (!busy.has(session)) return session;
    return undefined;
  }

  private forget(session: ServerHttp2Session): void {
    this.sessions.delete(session);
    this.idle.delete(session);
  }

  private begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined); // 'close' follows
    let call: ServerCall | undefined;
    const leave = this.enter(stream.session);
    stream.once('close', () => {
      leave();
      if (call !== undefined) this.calls.delete(call);
    });
    const http = httpStatusOf(headers);
    if (http !== 200) {
      refuse(stream, { ':status': http });
      return;
    }
    try {
      const method = this.methodOf(headers);
      const { maxMessageBytes, maxCalls = DEFAULT_MAX_CALLS, onReceived } = this.options;
      const session = stream.session as ServerHttp2Session;
      if (this.calls.size >= maxCalls && !this.makeRoom(session)) throw new GrpcError(...TOO_MANY);
      const { receiving, sending } = this;
      call = new ServerCall(stream, headers, { maxMessageBytes, receiving, sending, onReceived });
      this.calls.set(call, { until: performance.now() + RECEIVE_MS, session });
      call.start(method(call));
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      refuse(stream, errorHeaders(error.status, error.message));
    }
  }

  /** Takes the oldest call from the connection that has most; false if that is the one that asks. */
  private makeRoom(asking: ServerHttp2Session): boolean {
    const counted = (session: ServerHttp2Session): number => this.sessions.get(session) ?? 0;
    let most = asking;
    for (const session of this.sessions.keys()) if (counted(session) > counted(most)) most = session;
    if (most === asking) return false;
    for (const [call, { session }] of this.calls) {
      if (session !== most) continue;
      this.calls.delete(call); // its 'close' comes later than the next call may
      if (call.over) call.drop();
      else call.fail(...TOO_MANY);
      return true;
    }
    return false;
  }

  private methodOf(headers: IncomingHttpHeaders): Method {
    const path = String(headers[':path']);
    const method = this.options.methods.get(path);
    if (method !== undefined) return method;
    throw new GrpcError('UNIMPLEMENTED', `the method ${path.slice(0, MAX_QUOTED)} is not known here`);
  }

  /** Knows which connections are idle. */
  private enter(of: Http2Session | undefined): () => void {
    const session = of as ServerHttp2Session;
    this.sessions.set(session, (this.sessions.get(session) ?? 0) + 1);
    this.idle.delete(session);
    return () => {
      const calls = this.sessions.get(session);
      if (calls === undefined) return; // it is gone, and its calls with it
      this.sessions.set(session, calls - 1);
      if (calls === 1) this.idle.add(session);
    };
  }

  private endSlow(): void {
    const now = performance.now();
    if (this.sending.bytes > MAX_SENDING_BYTES) this.dropUnread();
    for (const [call, { until }] of this.calls) {
      if (until > now) return; // in the order of their time
      if (call.over) call.endUnread(now, TAKE_MS);
      else if (!call.received)
        call.fail('DEADLINE_EXCEEDED', `the request did not arrive within ${RECEIVE_MS / 1000} s`);
    }
  }

  /** Answers that nobody reads, oldest first, until the others fit. */
  private dropUnread(): void {
    for (const call of this.calls.keys()) {
      if (this.sending.bytes <= MAX_SENDING_BYTES) return;
      if (call.over) call.drop();
    }
  }
}

function nameOf(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function secure(tls: SecureContextOptions): SecureContextOptions {
  return { ...tls, minVersion: 'TLSv1.2' };
}

/** The HTTP status for what is not gRPC at all. */
function httpStatusOf(headers: IncomingHttpHeaders): number {
  if (headers[':method'] !== 'POST') return 405;
  return GRPC.test(headers['content-type'] ?? '') ? 200 : 415;
}

function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  stream.respond(headers, { endStream: true });
  stream.resume();
  stream.close(constants.NGHTTP2_NO_ERROR);
}
