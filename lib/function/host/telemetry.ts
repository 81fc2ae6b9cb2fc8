import type { Logger } from '../logger.ts';
import type { ResourceView } from '../protocol.ts';
import { constructPathOf, messageOf, stackOf } from './failure.ts';
import type { Gate } from './gate.ts';
import { type Counter, type Histogram, MetricsRegistry } from './metrics.ts';
import type { Meter } from './router.ts';
import type { CallRecord } from './runner.ts';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BYTES = [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/** Counts and tells what the host does. Labels take only names that the host serves, so their number is bounded. */
export class Telemetry implements Meter {
  readonly registry: MetricsRegistry = new MetricsRegistry();
  private readonly counted = new Map<string, Counter>();
  private readonly logger: Logger;
  private readonly seconds: Histogram;
  private readonly requestBytes: Histogram;
  private readonly responseBytes: Histogram;
  private readonly results: Counter;
  private readonly rejected: Counter;
  private readonly cached: Counter;

  constructor(logger: Logger, gate: Gate) {
    this.logger = logger;
    const { registry } = this;
    this.seconds = registry.histogram('function_run_function_seconds', 'Time to answer RunFunction', SECONDS);
    this.requestBytes = registry.histogram('function_request_bytes', 'Size of requests', BYTES);
    this.responseBytes = registry.histogram('function_response_bytes', 'Size of responses', BYTES);
    this.results = registry.counter('function_results_total', 'Results by severity');
    this.rejected = registry.counter('function_rejected_total', 'Calls answered with a gRPC error, by code');
    this.cached = registry.counter(
      'function_cache_total',
      'How calls were answered: same request, same reads, miss (composed) or off (composed, cannot be kept)',
    );
    registry.gauge('function_calls_in_flight', 'Calls being answered', () => gate.inFlight);
    registry.gauge('function_calls_queued', 'Calls waiting for their turn', () => gate.queued);
    registry.gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
    registry.gauge('process_start_time_seconds', 'Start time, Unix', () => START_SECONDS);
    registry.gauge('process_cpu_seconds_total', 'CPU time, user and system', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  count(name: string, help: string, labels: Readonly<Record<string, string>>, by = 1): void {
    const counter = this.counted.get(name) ?? this.registry.counter(name, help);
    this.counted.set(name, counter);
    counter.add(labels, by);
  }

  /** One call that was answered. */
  called(call: CallRecord): void {
    const labels = { blueprint: call.served?.name ?? '' };
    this.seconds.observe(labels, call.seconds);
    this.requestBytes.observe(labels, call.requestBytes);
    this.responseBytes.observe(labels, call.responseBytes);
    this.cached.add({ blueprint: labels.blueprint, outcome: call.outcome });
    let fatal: string | undefined;
    for (const { severity, message } of call.results) {
      this.results.add({ blueprint: labels.blueprint, severity });
      if (severity === 'fatal') fatal ??= message;
    }
    const level = call.thrown !== undefined ? 'error' : fatal === undefined ? 'debug' : 'warn';
    if (!this.logger.isEnabled(level)) return;
    this.logger.log(level, fatal === undefined ? 'Composed' : 'Fatal result', {
      ...describe(call),
      ...(fatal === undefined ? {} : { fatal }),
      ...failure(call.thrown),
    });
  }

  /** One call that ended in a gRPC error. */
  turnedAway(code: string, error: unknown): void {
    this.rejected.add({ code });
    this.logger.log('warn', 'Call refused', { code, reason: messageOf(error) });
  }
}

type XrField = 'apiVersion' | 'kind' | 'namespace' | 'name';

const START_SECONDS: number = Math.round(Date.now() / 1000 - process.uptime());

function failure(thrown: unknown): Record<string, unknown> {
  if (thrown === undefined) return {};
  return { constructPath: constructPathOf(thrown), stack: stackOf(thrown) };
}

/** Who asked for what, and what it cost; never what the objects hold. */
function describe(call: CallRecord): Record<string, unknown> {
  return {
    xr: identify(call),
    step: call.step && { [call.step.kind]: call.step.name, version: call.step.version },
    seconds: Number(call.seconds.toFixed(6)),
    requestBytes: call.requestBytes,
    responseBytes: call.responseBytes,
    cache: call.outcome,
    result: call.results.some((r) => r.severity === 'fatal')
      ? 'fatal'
      : call.results.some((r) => r.severity === 'warning')
        ? 'warning'
        : 'ok',
  };
}

/** The XR, unless its bytes are broken in a part that nobody has read so far. */
function readable(call: Pick<CallRecord, 'request'>): ResourceView | undefined {
  try {
    const xr = call.request.observed.composite;
    for (const field of ['apiVersion', 'kind', 'metadata']) xr?.get(field);
    return xr;
  } catch {
    return undefined;
  }
}

/** Which XR a call is about, as far as it can be read. */
export function identify(call: Pick<CallRecord, 'request'>): Record<XrField, string | undefined> | undefined {
  const xr = readable(call);
  if (xr === undefined) return undefined;
  const text = (...path: string[]): string | undefined => {
    const value = xr.get(...path);
    return typeof value === 'string' ? value.slice(0, 253) : undefined;
  };
  return {
    apiVersion: text('apiVersion'),
    kind: text('kind'),
    namespace: text('metadata', 'namespace'),
    name: text('metadata', 'name'),
  };
}
