export { SpanExporter, type TracingOptions } from './exporter.ts';
export { Tracer } from './tracer.ts';
