import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.test-helper.ts';
import { encodeRequest } from '../codec/index.ts';
import { createHost, type Host, type HostOptions } from '../host/host.ts';
import { createJsonLogger } from '../logger.ts';
import { passBytes, RUN_FUNCTION_PATHS } from '../services.ts';
import { SpanExporter } from './exporter.ts';
import { parseTraceParent, type Span } from './span.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly { key: string; value: object }[] };
      readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
    }[];
  };
}

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
  readonly status: { code?: number; message?: string };
}

/** What an OpenTelemetry collector would be: takes OTLP/HTTP in JSON. */
async function collector(status = 200): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      received.push({
        headers: { ...request.headers, url: request.url },
        body: JSON.parse(text) as Received['body'],
      });
      response.writeHead(status).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, received };
}

const settings = (url: string) => ({
  url,
  headers: { authorization: 'Bearer s3cret' },
  resource: { 'service.name': 'host' },
  intervalMs: 10,
});

async function serve(options: Partial<HostOptions>): Promise<Host> {
  const host = await createHost({
    handlers: [
      { name: 'good', version: '1.0.0', compose: () => ({}) },
      {
        name: 'bad',
        version: '1.0.0',
        compose: () => {
          throw new Error('no such size');
        },
      },
    ],
    insecure: true,
    address: '127.0.0.1:0',
    metricsAddress: '127.0.0.1:0',
    ...options,
  });
  cleanups.push(() => host.stop(0));
  return host;
}

async function call(host: Host, bytes: Buffer, headers: Record<string, string> = {}): Promise<void> {
  const client = new Client(`127.0.0.1:${host.port}`, credentials.createInsecure());
  cleanups.push(() => client.close());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  await new Promise<void>((resolve) => {
    client.makeUnaryRequest(RUN_FUNCTION_PATHS[0], passBytes, passBytes, bytes, metadata, () => resolve());
  });
}

const request = (blueprint: string): Buffer => {
  const input = {
    apiVersion: 'fn.compose.openova.io/v1alpha1',
    kind: 'Compose',
    blueprint,
    version: '1.0.0',
  };
  const object = { apiVersion: 'g/v1', kind: 'Web', metadata: { name: 'shop', namespace: 'team', uid: 'u' } };
  return encodeRequest({ tag: 't', input, observed: { composite: { object } } });
};
const attributesOf = (span: ReceivedSpan | undefined): Record<string, string | undefined> =>
  Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
const metricsOf = async (host: Host): Promise<string> =>
  (await fetch(`http://127.0.0.1:${host.metricsPort}/metrics`)).text();

test('a call is a span below its caller, with XR, Blueprint and how it was answered', async () => {
  const { url, received } = await collector();
  const host = await serve({ tracing: settings(url) });
  await call(host, request('good'), { traceparent: `00-${TRACE}-${PARENT}-01` });
  await call(host, request('bad'));
  await call(host, Buffer.from('hello world'));
  await call(host, request('good'), { traceparent: `00-${TRACE}-${PARENT}-00` });
  await host.stop(0);
  const spans = received.flatMap((r) => r.body.resourceSpans[0]?.scopeSpans[0]?.spans ?? []);
  expect(received[0]?.headers).toMatchObject({
    authorization: 'Bearer s3cret',
    'content-type': 'application/json',
    url: '/v1/traces',
  });
  expect(received[0]?.body.resourceSpans[0]?.resource.attributes).toEqual([
    { key: 'service.name', value: { stringValue: 'host' } },
  ]);
  expect(spans, 'whoever is not sampled is not traced').toHaveLength(3);
  const [good, bad, broken] = spans;
  expect(good).toMatchObject({
    traceId: TRACE,
    parentSpanId: PARENT,
    name: 'apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
    kind: 2,
    status: {},
  });
  expect(attributesOf(good)).toMatchObject({
    'rpc.system': 'grpc',
    'rpc.grpc.status_code': '0',
    'crossplane.xr.api_version': 'g/v1',
    'crossplane.xr.kind': 'Web',
    'crossplane.xr.namespace': 'team',
    'crossplane.xr.name': 'shop',
    'crossplane.step.blueprint': 'good',
    'crossplane.step.version': '1.0.0',
    'function.cache': 'miss',
  });
  expect(good?.startTimeUnixNano).toMatch(/^\d{19}$/);
  expect(BigInt(good?.endTimeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(good?.startTimeUnixNano ?? 1));
  expect(bad?.status).toEqual({ code: 2, message: '"bad" 1.0.0 failed: no such size' });
  expect(bad?.traceId, 'a trace of its own').toMatch(/^(?!4bf92f)[0-9a-f]{32}$/);
  expect(bad).not.toHaveProperty('parentSpanId');
  expect(attributesOf(broken)['rpc.grpc.status_code']).toBe('3');
});

function dropped(host: Host, spans: number): Promise<void> {
  return eventually(async () =>
    expect(await metricsOf(host)).toContain(`function_spans_total{outcome="dropped"} ${spans}\n`),
  );
}

test('a collector that refuses costs spans, which are counted, and no call', async () => {
  const { url } = await collector(503);
  const lines: string[] = [];
  const host = await serve({
    tracing: settings(url),
    logger: createJsonLogger({ write: (line) => lines.push(line) }),
  });
  await call(host, request('good'));
  await dropped(host, 1);
  await call(host, request('good'));
  await dropped(host, 2);
  const told = lines.filter((line) => line.includes('Traces not exported'));
  expect(told, 'said once').toHaveLength(1);
  expect(told[0]).toContain('answered 503');
  expect(lines.join('')).not.toContain('s3cret');
});

test('the queue is bounded while a collector is slow', async () => {
  const outcomes = { exported: 0, dropped: 0 };
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  cleanups.push(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const exporter = new SpanExporter(
    settings(url),
    createJsonLogger({ write: () => undefined }),
    (outcome, n) => {
      outcomes[outcome] += n;
    },
  );
  const span: Span = { traceId: TRACE, spanId: PARENT, name: 'x', start: 0, end: 1, attributes: {} };
  for (let i = 0; i < 5000; i++) exporter.add(span);
  expect(exporter.queued).toBe(2048);
  expect(outcomes.dropped, 'one batch is under way').toBe(5000 - 2048 - 512);
});

const HEADERS: Record<string, { reason: string; in: unknown; want: unknown }> = {
  Sampled: {
    reason: 'W3C, version 00',
    in: `00-${TRACE}-${PARENT}-01`,
    want: { traceId: TRACE, parentId: PARENT, sampled: true },
  },
  Later: {
    reason: 'a later version may say more',
    in: `01-${TRACE}-${PARENT}-03-more`,
    want: { traceId: TRACE, parentId: PARENT, sampled: true },
  },
  NotSampled: {
    reason: 'flags',
    in: `00-${TRACE}-${PARENT}-00`,
    want: expect.objectContaining({ sampled: false }),
  },
  Zeros: { reason: 'no trace at all', in: `00-${'0'.repeat(32)}-${PARENT}-01`, want: undefined },
  Forbidden: { reason: 'version ff', in: `ff-${TRACE}-${PARENT}-01`, want: undefined },
  Long: { reason: 'a caller chose it', in: `00-${TRACE}-${PARENT}-01-${'x'.repeat(1000)}`, want: undefined },
  Twice: { reason: 'two headers are none', in: ['a', 'b'], want: undefined },
};
test.for(Object.entries(HEADERS))('parseTraceParent() %s', ([, tc]) => {
  expect(parseTraceParent(tc.in), tc.reason).toEqual(tc.want);
});
