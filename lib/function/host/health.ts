import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { Reader } from '../codec/reader.ts';
import { rawMethod, SERVICE_NAMES } from '../services.ts';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

export const HEALTH_SERVICE = 'grpc.health.v1.Health';
const MAX_WATCHERS = 100;

export const healthService: ServiceDefinition = {
  check: rawMethod(`/${HEALTH_SERVICE}/Check`),
  watch: rawMethod(`/${HEALTH_SERVICE}/Watch`, true),
};

type WatchStream = ServerWritableStream<Buffer, Buffer>;

/** The standard health service: everything is served, or (while stopping) nothing is. */
export class Health {
  private serving = false;
  private readonly known = new Set<string>(['', HEALTH_SERVICE, ...SERVICE_NAMES]);
  private readonly watchers = new Map<WatchStream, string>();

  get ready(): boolean {
    return this.serving;
  }

  set(serving: boolean): void {
    if (this.serving === serving) return;
    this.serving = serving;
    for (const [stream, service] of this.watchers) stream.write(this.answer(service));
  }

  /** Ends every watch, so that a drain does not wait for them. */
  close(): void {
    for (const stream of this.watchers.keys()) stream.end();
    this.watchers.clear();
  }

  readonly check: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    const service = serviceOf(call.request);
    if (service === undefined) {
      callback({ code: status.INVALID_ARGUMENT, details: 'Cannot decode the message' });
    } else if (this.known.has(service)) callback(null, this.answer(service));
    else callback({ code: status.NOT_FOUND, details: 'unknown service' });
  };

  readonly watch: handleServerStreamingCall<Buffer, Buffer> = (stream) => {
    const service = serviceOf(stream.request);
    if (service === undefined || this.watchers.size >= MAX_WATCHERS) {
      const code = service === undefined ? status.INVALID_ARGUMENT : status.RESOURCE_EXHAUSTED;
      stream.emit('error', Object.assign(new Error('cannot watch'), { code, details: 'cannot watch' }));
      return;
    }
    this.watchers.set(stream, service);
    stream.on('cancelled', () => this.watchers.delete(stream));
    stream.write(this.answer(service));
  };

  private answer(service: string): Buffer {
    const value = !this.known.has(service) ? SERVICE_UNKNOWN : this.serving ? SERVING : NOT_SERVING;
    return Buffer.from([8, value]);
  }
}

/** The service that a HealthCheckRequest names; undefined if the bytes are malformed. */
function serviceOf(bytes: Buffer): string | undefined {
  try {
    const reader = new Reader({ buf: bytes, start: 0, end: bytes.length });
    let service = '';
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === 10) service = reader.text();
      else reader.skip(tag);
    }
    return service;
  } catch {
    return undefined;
  }
}
