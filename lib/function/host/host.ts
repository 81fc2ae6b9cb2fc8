import { isIPv6, type ListenOptions } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolkitError } from '../../errors.ts';
import { freeOwn } from '../../internal/own-bytes.ts';
import { type CodecLimits, WireError } from '../codec/index.ts';
import * as defaults from '../defaults.ts';
import { GrpcServer, type Method, STATUS, type StatusName, unary } from '../grpc/index.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { REFLECTION_PATHS, reflect } from '../reflection/service.ts';
import { RUN_FUNCTION_PATHS } from '../services.ts';
import type { SpanExporter, Tracer, TracingOptions } from '../tracing/index.ts';
import type { StartedThread, ThreadOptions } from '../workers/start-thread.ts';
import { CertificateKeeper, type TlsSource } from './certificates.ts';
import { startEngine } from './engine.ts';
import { messageOf, stackOf } from './failure.ts';
import { Gate, GateFull } from './gate.ts';
import { Health } from './health.ts';
import { MetricsServer, splitAddress } from './http.ts';
import { guardProcess } from './process-guard.ts';
import type { Handler, Router } from './router.ts';
import type { Runner } from './runner.ts';
import { CallScope } from './scope.ts';
import { Telemetry } from './telemetry.ts';

const MIB: number = 1024 * 1024;
const FLUSH_MS = 40;

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
  /** Connections at once; beyond, the one that does least makes room for the next. @default 1000 */
  readonly maxConnections?: number;
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
  /** Told of bytes as they arrive, before they are a request. */
  readonly onReceived?: (bytes: number) => void;
  /** Sends a span of each call to an OpenTelemetry collector. @default none */
  readonly tracing?: TracingOptions;
  readonly limits?: Partial<Omit<CodecLimits, 'maxBytes'>>;
}

export interface WorkerOptions extends ThreadOptions {
  /** Handed to `createWorkerRouter`; whatever survives a structured clone. */
  readonly data?: unknown;
  /** Threads at most, but for one more beside each that is stuck. @default the machine's cores but one, at most 8 */
  readonly max?: number;
  /** What `startThread` gave for the same options. @default none: started with the host */
  readonly first?: StartedThread;
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
  const address = options.address ?? ':9443';
  // Before anything is loaded, which can take seconds.
  const where = listenOptions(address);
  if (options.metricsAddress !== undefined) splitAddress(options.metricsAddress);
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
  const tracing = await startTracing(options.tracing, telemetry, logger);
  const starting = startEngine(options, telemetry, logger, tracing?.tracer);
  // While its thread loads what it serves, this one loads what listens.
  const health = new Health();
  const methods = new Map<string, Method>([
    ...REFLECTION_PATHS.map((path) => [path, reflect] as const),
    ...health.methods,
  ]);
  const server = new GrpcServer({
    methods,
    maxMessageBytes: (options.maxReceiveMb ?? defaults.DEFAULT_MAX_RECEIVE_MB) * MIB,
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    ...(options.onReceived === undefined ? {} : { onReceived: options.onReceived }),
    tls: keeper?.context,
  });
  if (options.workers !== undefined) prepareToListen();
  const engine = await starting.catch((error: unknown) => {
    server.destroy();
    throw error;
  });
  const calls = new Set<CallScope>();
  const run = runMethod({ runner: engine.runner, gate, telemetry, calls, logger, tracer: tracing?.tracer });
  for (const path of RUN_FUNCTION_PATHS) methods.set(path, run);

  let port: number;
  let http: MetricsServer | undefined;
  let metricsPort: number | undefined;
  try {
    port = await bind(server, where, address);
    if (options.metricsAddress !== undefined) {
      http = new MetricsServer({ metrics: () => telemetry.registry.render(), ready: () => health.ready });
      metricsPort = await http.listen(options.metricsAddress);
    }
  } catch (error) {
    server.destroy();
    await engine.stop();
    throw error;
  }
  keeper?.watch((tls) => server.setTls(tls));
  const unguard = guardProcess(logger);
  health.set(true);
  logger.log('info', 'Serving', { address, port, metricsPort, tls: keeper !== undefined });

  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    logger.log('info', 'Stopping', { inFlight: gate.inFlight, queued: gate.queued });
    health.set(false);
    health.close();
    await drain(server, calls, graceMs);
    keeper?.stop();
    await engine.stop();
    await tracing?.exporter.close();
    await http?.close();
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

/** Node loads and compiles this when it begins to listen. Until its first thread is ready, the host has nothing else to do. */
function prepareToListen(): void {
  process.getBuiltinModule('node:cluster');
  isIPv6('::1'); // its expression takes longer to compile than all the rest
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

async function startTracing(
  options: TracingOptions | undefined,
  telemetry: Telemetry,
  logger: Logger,
): Promise<{ readonly tracer: Tracer; readonly exporter: SpanExporter } | undefined> {
  if (options === undefined) return undefined;
  const { SpanExporter, Tracer } = await import('../tracing/index.ts'); // late: most hosts go without
  const exporter = new SpanExporter(options, logger, (outcome, spans) => {
    telemetry.count(
      'function_spans_total',
      'Spans: exported, or dropped (queue full, collector away)',
      { outcome },
      spans,
    );
  });
  telemetry.registry.gauge('function_spans_queued', 'Spans waiting to be exported', () => exporter.queued);
  return { tracer: new Tracer(exporter), exporter };
}

function keyExpiry(keeper: CertificateKeeper | undefined): number | undefined {
  return keeper === undefined ? undefined : keeper.expires.getTime() / 1000;
}

interface Running {
  readonly runner: Runner;
  readonly gate: Gate;
  readonly telemetry: Telemetry;
  readonly calls: Set<CallScope>;
  readonly logger: Logger;
  readonly tracer: Tracer | undefined;
}

function runMethod({ runner, gate, telemetry, calls, logger, tracer }: Running): Method {
  return unary((request, call, onCancelled) => {
    const scope = new CallScope(tracer && call.headers.traceparent);
    const began = tracer === undefined ? 0 : performance.now();
    calls.add(scope);
    onCancelled(() => scope.abort(new Error('the call was cancelled or its deadline passed')));
    const work = (): Promise<Buffer> => {
      if (scope.aborted !== undefined) throw scope.aborted; // gave up while it waited
      return runner.run(request, scope);
    };
    gate
      .run(request.length, work)
      .then(
        (bytes) => call.answer(bytes, () => freeOwn(bytes)),
        (error: unknown) => {
          const status = statusOf(error, scope);
          telemetry.turnedAway(status, error);
          tracer?.refused(STATUS[status], messageOf(error), performance.now() - began, scope.traceparent);
          if (status === 'INTERNAL') logger.log('error', 'Defect in the host', { stack: stackOf(error) });
          call.fail(status, messageOf(error));
        },
      )
      .finally(() => {
        calls.delete(scope);
        freeOwn(request);
      });
  });
}

function statusOf(error: unknown, scope: CallScope): StatusName {
  if (error instanceof GateFull) return 'RESOURCE_EXHAUSTED';
  if (error instanceof WireError) return 'INVALID_ARGUMENT';
  if (scope.aborted === error) return error instanceof StoppedError ? 'UNAVAILABLE' : 'CANCELLED';
  return 'INTERNAL';
}

/** The grace period of a stop is over. */
class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Of `unix:///path`, `host:port`, or a bare `:port`, which takes both IP families where there are two. */
function listenOptions(address: string): ListenOptions {
  const path = /^unix:(?:\/\/)?(.+)$/.exec(address)?.[1];
  if (path !== undefined) return { path };
  const { host, port } = splitAddress(address);
  return { port, ...(host === '' ? {} : { host }) };
}

async function bind(server: GrpcServer, where: ListenOptions, address: string): Promise<number> {
  try {
    return await server.listen(where);
  } catch (cause) {
    throw new ToolkitError('network', `Cannot listen on "${address}": ${messageOf(cause)}`, { cause });
  }
}

async function drain(server: GrpcServer, calls: ReadonlySet<CallScope>, graceMs: number): Promise<void> {
  const drained = server.drain().then(() => 'drained');
  const grace = new AbortController();
  const late = delay(graceMs, 'late', { signal: grace.signal }).catch(() => 'drained');
  if ((await Promise.race([drained, late])) === 'late') {
    for (const scope of calls) scope.abort(new StoppedError('the host is stopping'));
    await delay(FLUSH_MS); // the answers to them leave, then the sessions end
  }
  grace.abort();
  server.destroy();
}
