import { setTimeout as delay } from 'node:timers/promises';
import { type handleUnaryCall, Server, ServerCredentials, type ServerOptions, status } from '@grpc/grpc-js';
import { ToolkitError } from '../../errors.ts';
import { type CodecLimits, WireError } from '../codec/index.ts';
import * as defaults from '../defaults.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { REFLECTION_PATHS, reflect, reflectionService } from '../reflection/service.ts';
import { RUN_FUNCTION_PATHS, runFunctionService } from '../services.ts';
import { CertificateKeeper, type TlsSource } from './certificates.ts';
import { startEngine } from './engine.ts';
import { messageOf, stackOf } from './failure.ts';
import { Gate, GateFull } from './gate.ts';
import { Health, healthService } from './health.ts';
import { MetricsServer } from './http.ts';
import { guardProcess } from './process-guard.ts';
import type { Handler, Router } from './router.ts';
import type { Runner } from './runner.ts';
import { CallScope } from './scope.ts';
import { Telemetry } from './telemetry.ts';

const MIB: number = 1024 * 1024;
const FLUSH_MS = 20;
const MAX_STREAMS = 1024; // per connection; Crossplane opens one connection per Function

export interface HostOptions {
  /** What is served, or a router that finds it. With `workers`, these stay unused. @default none */
  readonly handlers?: Iterable<Handler> | Router;
  /** Given back as `info` of the host; with `workers`, their own. */
  readonly info?: unknown;
  /** Composes in threads, so that a Blueprint that runs away hurts no other. @default in the host's own thread */
  readonly workers?: WorkerOptions;
  /** `:9443`, `host:port` or `unix:///path`; port 0 picks a free one. @default :9443 */
  readonly address?: string;
  /** Required unless `insecure`. */
  readonly tls?: TlsSource;
  /** No TLS at all; wins over `tls`, as Crossplane's specification has it. @default false */
  readonly insecure?: boolean;
  /** Address for `/metrics`, `/healthz` and `/readyz`. @default none */
  readonly metricsAddress?: string;
  /** @default silent */
  readonly logger?: Logger;
  /** Largest request, in MiB. @default 4 */
  readonly maxReceiveMb?: number;
  /** Largest response, in MiB: Crossplane takes no more than the default. @default 4 */
  readonly maxSendMb?: number;
  /** Calls at once. @default 64 */
  readonly maxConcurrent?: number;
  /** Calls that may wait; others get RESOURCE_EXHAUSTED. @default 256 */
  readonly maxQueued?: number;
  /** Wall clock of one call. @default 30 000 */
  readonly timeoutMs?: number;
  /** Seconds, written when a response names no ttl. @default 600 */
  readonly defaultTtlSeconds?: number;
  /** Keeps requests there, without secrets, for a replay: at most 200 files and 64 MiB. @default none */
  readonly captureDirectory?: string;
  /** Memory for answers that are kept while what they were made from is unchanged, in MiB; 0 for none. @default 32 */
  readonly cacheMb?: number;
  readonly limits?: Partial<Omit<CodecLimits, 'maxBytes'>>;
}

export interface WorkerOptions {
  /** URL of a module that exports `createWorkerRouter(data)`: each thread imports it. */
  readonly module: string;
  /** Handed to `createWorkerRouter`; whatever survives a structured clone. */
  readonly data?: unknown;
  /** Threads at most. @default the machine's cores, at least 2, at most 8 */
  readonly max?: number;
  /** Bound on each thread's heap, MiB. @default 256 */
  readonly heapMb?: number;
  /** URL of the threads' code, where it is bundled. @default beside the host's own */
  readonly entry?: string;
}

/** A running function host. */
export interface Host {
  /** What `createWorkerRouter` says of what it serves; without workers, `info` of the options. */
  readonly info: unknown;
  /** The gRPC port that was bound; 0 for a unix socket. */
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Refuses new calls, waits for those in flight up to `graceMs` (default 10 000), then ends them. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Serves compose functions to Crossplane: `apiextensions.fn.proto.v1` and `v1beta1`, health, metrics. Mutual TLS
 * unless `insecure`. Resolves once it accepts calls.
 * @throws ToolkitError `usage`, `not-found` or `invalid` for certificates; `network` if an address cannot be bound.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const logger = options.logger ?? silentLogger;
  const keeper = await loadCertificates(options, logger);
  const gate = new Gate({
    maxConcurrent: options.maxConcurrent ?? defaults.DEFAULT_MAX_CONCURRENT,
    maxQueued: options.maxQueued ?? defaults.DEFAULT_MAX_QUEUED,
    maxQueuedBytes: defaults.DEFAULT_MAX_QUEUED_BYTES,
  });
  const telemetry = new Telemetry(logger, gate);
  telemetry.registry.gauge('function_certificate_expiry_seconds', 'End of the own certificate, Unix', () =>
    keyExpiry(keeper),
  );
  const engine = await startEngine(options, telemetry, logger);
  const health = new Health();
  const calls = new Set<CallScope>();
  const server = new Server(serverOptions(options));
  const handle = runHandler(engine.runner, gate, telemetry, calls, logger);
  for (const path of RUN_FUNCTION_PATHS) server.addService(runFunctionService(path), { runFunction: handle });
  for (const path of REFLECTION_PATHS) {
    server.addService(reflectionService(path), { serverReflectionInfo: reflect });
  }
  server.addService(healthService, { check: health.check, watch: health.watch });
  const http = new MetricsServer({ metrics: () => telemetry.registry.render(), ready: () => health.ready });

  const address = options.address ?? ':9443';
  const { port, target } = await bind(
    server,
    address,
    keeper?.credentials() ?? ServerCredentials.createInsecure(),
  ).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  let metricsPort: number | undefined;
  try {
    if (options.metricsAddress !== undefined) metricsPort = await http.listen(options.metricsAddress);
  } catch (error) {
    server.forceShutdown();
    await engine.stop();
    throw error;
  }
  keeper?.watch();
  const unguard = guardProcess(logger);
  health.set(true);
  logger.log('info', 'Serving', { address, port, metricsPort, tls: keeper !== undefined });

  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    logger.log('info', 'Stopping', { inFlight: gate.inFlight, queued: gate.queued });
    health.set(false);
    health.close();
    await drain(server, target, calls, graceMs);
    keeper?.stop();
    await engine.stop();
    await http.close();
    unguard();
    logger.log('info', 'Stopped');
  };
  return {
    info: engine.info,
    port,
    metricsPort,
    stop(graceMs = defaults.DEFAULT_GRACE_MS): Promise<void> {
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
}

async function loadCertificates(
  options: HostOptions,
  logger: Logger,
): Promise<CertificateKeeper | undefined> {
  if (options.insecure === true) return undefined;
  if (options.tls === undefined) {
    throw new ToolkitError('usage', 'Cannot serve: neither certificates nor "insecure" were given', {
      remedy: 'Give a directory with tls.crt, tls.key and ca.crt, or serve insecurely on purpose',
    });
  }
  return CertificateKeeper.load(options.tls, logger);
}

function keyExpiry(keeper: CertificateKeeper | undefined): number | undefined {
  return keeper === undefined ? undefined : keeper.expires.getTime() / 1000;
}

function serverOptions(options: HostOptions): ServerOptions {
  return {
    'grpc.max_receive_message_length': (options.maxReceiveMb ?? defaults.DEFAULT_MAX_RECEIVE_MB) * MIB,
    'grpc.max_send_message_length': -1, // the codec refuses earlier, and says which resources are large
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.enable_channelz': 0,
  };
}

function runHandler(
  runner: Runner,
  gate: Gate,
  telemetry: Telemetry,
  calls: Set<CallScope>,
  logger: Logger,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const scope = new CallScope();
    calls.add(scope);
    call.on('cancelled', () => scope.abort(new Error('the call was cancelled or its deadline passed')));
    const work = (): Promise<Buffer> => {
      if (scope.aborted !== undefined) throw scope.aborted; // gave up while it waited
      return runner.run(call.request, scope);
    };
    gate
      .run(call.request.length, work)
      .then(
        (bytes) => callback(null, bytes),
        (error: unknown) => {
          const code = codeOf(error, scope);
          telemetry.turnedAway(status[code], error);
          if (code === status.INTERNAL) logger.log('error', 'Defect in the host', { stack: stackOf(error) });
          callback({ code, details: messageOf(error) });
        },
      )
      .finally(() => calls.delete(scope));
  };
}

function codeOf(error: unknown, scope: CallScope): status {
  if (error instanceof GateFull) return status.RESOURCE_EXHAUSTED;
  if (error instanceof WireError) return status.INVALID_ARGUMENT;
  if (scope.aborted === error) return error instanceof StoppedError ? status.UNAVAILABLE : status.CANCELLED;
  return status.INTERNAL;
}

/** The grace period of a stop is over. */
class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

interface Bound {
  readonly port: number;
  /** The address as grpc-js knows it, with the port that was picked. */
  readonly target: string;
}

/** Binds, or rejects: grpc-js only reports. A bare `:port` takes both IP families, or IPv4 where there is no other. */
async function bind(server: Server, address: string, credentials: ServerCredentials): Promise<Bound> {
  const candidates = address.startsWith(':') ? [`[::]${address}`, `0.0.0.0${address}`] : [address];
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      const port = await bindOne(server, candidate, credentials);
      return { port, target: candidate.replace(/:0$/, `:${port}`) };
    } catch (error) {
      failure = error;
      if (messageOf(error).includes('EADDRINUSE')) break;
    }
  }
  server.forceShutdown();
  throw new ToolkitError('network', `Cannot listen on "${address}": ${messageOf(failure)}`, {
    cause: failure,
  });
}

function bindOne(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

async function drain(
  server: Server,
  target: string,
  calls: ReadonlySet<CallScope>,
  graceMs: number,
): Promise<void> {
  // First, and not only when the grace is over: forceShutdown() does not reach sessions where channelz is off, and
  // drain() forgets those that tryShutdown() has asked to close. Sessions that remain are destroyed at the end.
  server.drain(target, graceMs + FLUSH_MS);
  const drained = new Promise<'drained'>((resolve) => server.tryShutdown(() => resolve('drained')));
  const grace = new AbortController();
  const late = delay(graceMs, 'late', { signal: grace.signal }).catch(() => 'drained');
  if ((await Promise.race([drained, late])) === 'late') {
    for (const scope of calls) scope.abort(new StoppedError('the host is stopping'));
    await delay(2 * FLUSH_MS); // the answers to them leave, then the sessions end
  }
  grace.abort();
  server.forceShutdown();
}
