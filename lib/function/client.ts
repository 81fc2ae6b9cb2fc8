import type { ChannelCredentials, Client, ClientOptions, ServiceError, status } from '@grpc/grpc-js';
import { ToolkitError, type ToolkitErrorCode } from '../errors.ts';
import { decodeResponse, encodeRequest, type RequestData, type ResponseData } from './codec/index.ts';
import type { TlsFiles } from './host/certificates.ts';
import { passBytes, RUN_FUNCTION_PATHS } from './services.ts';

const MIB: number = 1024 * 1024;
const DEFAULT_CALL_TIMEOUT_MS = 120_000; // what Crossplane gives a reconcile

export interface ConnectOptions {
  /** The client's certificate, its key and the CA that the function's certificate must chain to. */
  readonly tls?: TlsFiles;
  /** The name to expect in the function's certificate. @default the host of the address */
  readonly serverName?: string;
  readonly insecure?: boolean;
  /** Largest response, in MiB; Crossplane takes 4. @default 4 */
  readonly maxReceiveMb?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** @default 120 000 */
  readonly timeoutMs?: number;
}

/** A connection to a function, ours or any other. */
export interface FunctionClient {
  /** Calls with plain data and answers with plain data. */
  run(request: RequestData, options?: CallOptions): Promise<ResponseData>;
  /** Calls with the bytes of a `RunFunctionRequest`, and hands out those of the response. */
  runBytes(request: Uint8Array, options?: CallOptions): Promise<Buffer>;
  close(): void;
}

/**
 * Connects as Crossplane does: v1 first, v1beta1 for a function that does not know it. Nothing is sent before the
 * first call.
 */
export function connectFunction(address: string, options: ConnectOptions): FunctionClient {
  const maxBytes = (options.maxReceiveMb ?? 4) * MIB;
  refuseUnsure(options);
  let opened: Promise<Client> | undefined;
  // Late: a host shares this door with its clients, and gRPC's client is memory that it never needs.
  const open = async (): Promise<Client> => {
    const grpc = await import('@grpc/grpc-js');
    return new grpc.Client(address, channelCredentials(grpc, options), {
      'grpc.max_receive_message_length': maxBytes,
      'grpc.max_send_message_length': -1,
      ...(options.serverName === undefined ? {} : serverName(options.serverName)),
    });
  };
  let path: string = RUN_FUNCTION_PATHS[0];
  const runBytes = async (request: Uint8Array, call: CallOptions = {}): Promise<Buffer> => {
    try {
      opened ??= open();
      return await unary(await opened, path, request, call);
    } catch (error) {
      if (path !== RUN_FUNCTION_PATHS[0] || codeOf(error) !== UNIMPLEMENTED) throw failed(address, error);
      path = RUN_FUNCTION_PATHS[1];
      return runBytes(request, call);
    }
  };
  return {
    runBytes,
    run: async (request, call) => decodeResponse(await runBytes(encodeRequest(request), call), { maxBytes }),
    close: () => void opened?.then((client) => client.close()),
  };
}

function refuseUnsure({ insecure, tls }: ConnectOptions): void {
  if (insecure === true || tls !== undefined) return;
  throw new ToolkitError(
    'usage',
    'Cannot connect to the function: neither certificates nor "insecure" were given',
  );
}

function channelCredentials(
  { ChannelCredentials, credentials }: typeof import('@grpc/grpc-js'),
  { insecure, tls }: ConnectOptions,
): ChannelCredentials {
  if (insecure === true || tls === undefined) return credentials.createInsecure();
  return ChannelCredentials.createSsl(
    Buffer.from(tls.ca),
    Buffer.from(tls.privateKey),
    Buffer.from(tls.certificate),
  );
}

function serverName(name: string): ClientOptions {
  return { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name };
}

function unary(client: Client, path: string, request: Uint8Array, options: CallOptions): Promise<Buffer> {
  const { signal, timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const bytes = Buffer.isBuffer(request) ? request : Buffer.from(request);
    const call = client.makeUnaryRequest(
      path,
      passBytes,
      passBytes,
      bytes,
      { deadline: Date.now() + timeoutMs },
      (error, response) => {
        signal?.removeEventListener('abort', cancel);
        if (error !== null) reject(error);
        else resolve(response ?? Buffer.alloc(0));
      },
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel);
  });
}

function codeOf(error: unknown): status | undefined {
  return error instanceof Error && 'code' in error ? (error as ServiceError).code : undefined;
}

const UNIMPLEMENTED = 12;
const UNKNOWN = 2;
/** gRPC's codes: its name for them, and ours where there is one. */
const CODES: readonly (readonly [name: string, code?: ToolkitErrorCode])[] = [
  ['OK'],
  ['CANCELLED'],
  ['UNKNOWN'],
  ['INVALID_ARGUMENT', 'invalid'],
  ['DEADLINE_EXCEEDED', 'limit'],
  ['NOT_FOUND'],
  ['ALREADY_EXISTS'],
  ['PERMISSION_DENIED', 'auth'],
  ['RESOURCE_EXHAUSTED', 'limit'],
  ['FAILED_PRECONDITION'],
  ['ABORTED'],
  ['OUT_OF_RANGE'],
  ['UNIMPLEMENTED', 'unsupported'],
  ['INTERNAL'],
  ['UNAVAILABLE'],
  ['DATA_LOSS'],
  ['UNAUTHENTICATED', 'auth'],
];

function failed(address: string, error: unknown): ToolkitError {
  const [name, code = 'network'] = CODES[codeOf(error) ?? UNKNOWN] ?? ['UNKNOWN'];
  const details = (error as Partial<ServiceError>).details ?? String(error);
  return new ToolkitError(
    code,
    `Cannot call the function at "${address}": ${name} ${details.slice(0, 500)}`,
    { cause: error },
  );
}
