import type { CallRecord } from '../host/runner.ts';
import { identify } from '../host/telemetry.ts';
import type { SpanExporter } from './exporter.ts';
import { parseTraceParent, type Span, spanIds } from './span.ts';

const NAME = 'apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
const RPC = { 'rpc.system': 'grpc', 'rpc.service': NAME.split('/')[0], 'rpc.method': NAME.split('/')[1] };

/** Makes a span of each call: below the caller's, if it sent `traceparent`, else a trace of its own. */
export class Tracer {
  private readonly exporter: Pick<SpanExporter, 'add'>;

  constructor(exporter: Pick<SpanExporter, 'add'>) {
    this.exporter = exporter;
  }

  /** A call that was answered. `traceparent`: the header as it came. */
  called(call: CallRecord, traceparent: unknown): void {
    const fatal = call.results.find((r) => r.severity === 'fatal')?.message;
    const xr = identify(call);
    this.add(traceparent, call.seconds * 1000, {
      error: fatal,
      attributes: {
        'rpc.grpc.status_code': 0,
        'crossplane.xr.api_version': xr?.apiVersion,
        'crossplane.xr.kind': xr?.kind,
        'crossplane.xr.namespace': xr?.namespace,
        'crossplane.xr.name': xr?.name,
        [`crossplane.step.${call.step?.kind ?? 'blueprint'}`]: call.step?.name,
        'crossplane.step.version': call.step?.version,
        'function.cache': call.outcome,
        'function.request_bytes': call.requestBytes,
        'function.response_bytes': call.responseBytes,
      },
    });
  }

  /** A call that ended in a gRPC error. */
  refused(code: number, reason: string, ms: number, traceparent: unknown): void {
    this.add(traceparent, ms, { error: reason, attributes: { 'rpc.grpc.status_code': code } });
  }

  private add(
    traceparent: unknown,
    ms: number,
    { error, attributes }: { error: string | undefined; attributes: Span['attributes'] },
  ): void {
    const parent = parseTraceParent(traceparent);
    if (parent?.sampled === false) return; // whoever began the trace does not want it
    const end = Date.now();
    this.exporter.add({
      ...spanIds(parent),
      name: NAME,
      start: end - ms,
      end,
      attributes: { ...RPC, ...attributes },
      ...(error === undefined ? {} : { error }),
    });
  }
}
