import { availableParallelism } from 'node:os';
import { AnswerCache } from '../cache/index.ts';
import { RequestCapture } from '../capture/index.ts';
import * as defaults from '../defaults.ts';
import type { Logger } from '../logger.ts';
import type { Tracer } from '../tracing/index.ts';
import { WorkerPool } from '../workers/pool.ts';
import type { HostOptions, WorkerOptions } from './host.ts';
import { createRouter } from './router.ts';
import { type CallRecord, createRunner, type Runner } from './runner.ts';
import type { Telemetry } from './telemetry.ts';

const MIB: number = 1024 * 1024;
const MOST_WORKERS = 8; // each of them holds every Blueprint

/** What answers the calls: this thread, or a pool of them. */
export interface Engine {
  readonly runner: Runner;
  readonly info: unknown;
  stop(): Promise<void>;
}

/** @throws ToolkitError `invalid` if what the workers should serve cannot be loaded */
export async function startEngine(
  options: HostOptions,
  telemetry: Telemetry,
  logger: Logger,
  tracer?: Tracer,
): Promise<Engine> {
  const { captureDirectory, workers } = options;
  const capture = captureDirectory === undefined ? undefined : new RequestCapture(captureDirectory, logger);
  if (capture !== undefined) await capture.open(); // else threads start at once, while the caller goes on
  const onCall = (call: CallRecord): void => {
    telemetry.called(call);
    tracer?.called(call, call.scope.traceparent);
    capture?.take(call);
  };
  const engine =
    workers === undefined
      ? inThisThread(options, telemetry, onCall)
      : await inWorkers(options, workers, telemetry, logger, onCall);
  return {
    ...engine,
    stop: async () => {
      await engine.stop();
      await capture?.close();
    },
  };
}

function common(options: HostOptions) {
  return {
    limits: { ...options.limits, maxBytes: (options.maxReceiveMb ?? defaults.DEFAULT_MAX_RECEIVE_MB) * MIB },
    defaultTtlSeconds: options.defaultTtlSeconds ?? defaults.DEFAULT_TTL_SECONDS,
    timeoutMs: options.timeoutMs ?? defaults.DEFAULT_TIMEOUT_MS,
    maxResponseBytes: (options.maxSendMb ?? defaults.DEFAULT_MAX_SEND_MB) * MIB,
  };
}

function cacheBytes(options: HostOptions): number {
  return (options.cacheMb ?? defaults.DEFAULT_CACHE_MB) * MIB;
}

function inThisThread(
  options: HostOptions,
  telemetry: Telemetry,
  onCall: (call: CallRecord) => void,
): Engine {
  const { handlers = [] } = options;
  const router = 'resolve' in handlers ? handlers : createRouter(handlers);
  router.meter?.(telemetry);
  const cache = new AnswerCache(cacheBytes(options));
  watchCache(telemetry, cache);
  const runner = createRunner({
    ...common(options),
    router,
    ...(options.cacheMb === 0 ? {} : { cache }),
    onCall,
  });
  return { runner, info: options.info, stop: async () => undefined };
}

function watchCache(telemetry: Telemetry, cache: { readonly bytes: number; readonly size: number }): void {
  telemetry.registry.gauge('function_cache_bytes', 'Memory of kept answers', () => cache.bytes);
  telemetry.registry.gauge('function_cache_entries', 'XRs whose last answer is kept', () => cache.size);
}

/** One core is left to the thread that listens: on two, a second thread costs a fifth more CPU and brings nothing. */
function defaultWorkers(): number {
  return Math.min(MOST_WORKERS, Math.max(1, availableParallelism() - 1));
}

async function inWorkers(
  options: HostOptions,
  workers: WorkerOptions,
  telemetry: Telemetry,
  logger: Logger,
  onCall: (call: CallRecord) => void,
): Promise<Engine> {
  const { max = defaultWorkers(), data, ...thread } = workers;
  const { pool, info } = await WorkerPool.start({
    ...common(options),
    ...thread,
    data,
    cacheBytes: cacheBytes(options),
    maxWorkers: max,
    onCall,
    onCount: ({ name, help, labels, by }) => telemetry.count(name, help, labels, by),
    onLost: (reason, blueprint) => logger.log('error', 'Worker lost', { reason, blueprint }),
  });
  const { registry } = telemetry;
  watchCache(telemetry, pool.cacheStats);
  registry.gauge('function_workers', 'Threads that compose', () => pool.size);
  registry.gauge(
    'function_worker_restarts_total',
    'Threads that were ended or ended early',
    () => pool.restarts,
  );
  registry.labelled('function_quarantined', 'Blueprints that ran away and are not asked now', () =>
    pool.quarantine.held.map((name) => [{ blueprint: name }, 1]),
  );
  return { runner: pool, info, stop: () => pool.stop() };
}
