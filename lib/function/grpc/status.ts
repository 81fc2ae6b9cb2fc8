/** The codes of gRPC that a server answers with. */
export const STATUS = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

export type StatusName = keyof typeof STATUS;

/** Why a call ends without an answer: what its caller is told. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: StatusName;

  constructor(status: StatusName, details: string) {
    super(details);
    this.status = status;
  }
}

/** Headers of every answer. */
export const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
} as const;

/** What ends a call that failed. */
export function errorTrailers(status: StatusName, details: string): Readonly<Record<string, string>> {
  return { 'grpc-status': String(STATUS[status]), 'grpc-message': encodeDetails(details) };
}

/** An answer that is an error and nothing else. */
export function errorHeaders(status: StatusName, details: string): Readonly<Record<string, string | number>> {
  return { ...HEADERS, ...errorTrailers(status, details) };
}

// Per gRPC over HTTP/2: UTF-8, percent-encoded but for printable ASCII.
function encodeDetails(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
const LONGEST_MS: number = 2 ** 31 - 1; // what a timer of Node takes

/** Milliseconds of a `grpc-timeout` header. @throws GrpcError INTERNAL, as other servers answer a malformed one */
export function parseTimeout(header: string): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  if (match === null) throw new GrpcError('INTERNAL', 'malformed grpc-timeout');
  return Math.min(LONGEST_MS, Math.ceil(Number(match[1]) * (UNITS[match[2] as string] as number)));
}
