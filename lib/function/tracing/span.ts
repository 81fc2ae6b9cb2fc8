import { randomBytes } from 'node:crypto';

/** Where a span belongs: W3C trace context. */
export interface TraceParent {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

/** What was done, as OTLP has it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Undefined values are left out. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** Why it failed; absent if it did not. */
  readonly error?: string;
}

const HEADER = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const MAX_TEXT = 1024; // characters of an attribute
const SERVER = 2; // SpanKind
const ERROR = 2; // StatusCode

/** Reads a `traceparent` header; undefined if there is none that could be followed. */
export function parseTraceParent(header: unknown): TraceParent | undefined {
  const match = typeof header === 'string' && header.length < 200 ? HEADER.exec(header) : null;
  const [, traceId = '', parentId = '', flags = ''] = match ?? [];
  if (match === null || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The ids of a new span: below its parent, or the first of a trace of its own. */
export function spanIds(parent: TraceParent | undefined): Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'> {
  const spanId = randomBytes(8).toString('hex');
  if (parent === undefined) return { traceId: randomBytes(16).toString('hex'), spanId };
  return { traceId: parent.traceId, spanId, parentSpanId: parent.parentId };
}

/** Spans as the body of an OTLP/HTTP request in JSON. */
export function encodeSpans(spans: readonly Span[], resource: Readonly<Record<string, string>>): string {
  const scopeSpans = [{ scope: { name: '@openova/blueprints' }, spans: spans.map(encodeSpan) }];
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: encodeAttributes(resource) }, scopeSpans }],
  });
}

function encodeSpan({ start, end, attributes, error, ...rest }: Span): object {
  return {
    ...rest,
    kind: SERVER,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(end),
    attributes: encodeAttributes(attributes),
    status: error === undefined ? {} : { code: ERROR, message: text(error) },
  };
}

// As text: nanoseconds since 1970 are more than a double holds.
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;
const text = (value: string): string => value.toWellFormed().slice(0, MAX_TEXT);

function encodeAttributes(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [
      { key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: text(value) } },
    ];
  });
}
