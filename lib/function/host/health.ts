import { Reader } from '../codec/reader.ts';
import { type CallHandler, type Method, type ServerCall, unary } from '../grpc/index.ts';
import { SERVICE_NAMES } from '../services.ts';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

export const HEALTH_SERVICE = 'grpc.health.v1.Health';
const MAX_WATCHERS = 100;

/** The standard health service: everything is served, or (while stopping) nothing is. */
export class Health {
  private serving = false;
  private readonly known = new Set<string>(['', HEALTH_SERVICE, ...SERVICE_NAMES]);
  private readonly watchers = new Map<ServerCall, string>();

  get ready(): boolean {
    return this.serving;
  }

  set(serving: boolean): void {
    if (this.serving === serving) return;
    this.serving = serving;
    for (const [call, service] of this.watchers) call.send(this.answer(service));
  }

  /** Ends every watch, so that a drain does not wait for them. */
  close(): void {
    for (const call of this.watchers.keys()) call.end();
    this.watchers.clear();
  }

  /** The methods, by path. */
  get methods(): readonly (readonly [string, Method])[] {
    return [
      [`/${HEALTH_SERVICE}/Check`, unary((request, call) => this.check(request, call))],
      [`/${HEALTH_SERVICE}/Watch`, (call) => this.watch(call)],
    ];
  }

  private check(request: Buffer, call: ServerCall): void {
    const service = serviceOf(request);
    if (service === undefined) call.fail('INVALID_ARGUMENT', 'Cannot decode the message');
    else if (this.known.has(service)) call.answer(this.answer(service));
    else call.fail('NOT_FOUND', 'unknown service');
  }

  private watch(call: ServerCall): CallHandler {
    return {
      message: (request) => {
        const service = serviceOf(request);
        if (service === undefined) call.fail('INVALID_ARGUMENT', 'Cannot decode the message');
        else if (this.watchers.size >= MAX_WATCHERS) call.fail('RESOURCE_EXHAUSTED', 'too many are watching');
        else {
          this.watchers.set(call, service);
          call.send(this.answer(service));
        }
      },
      end: () => undefined, // it goes on until somebody hangs up
      cancelled: () => void this.watchers.delete(call),
    };
  }

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
