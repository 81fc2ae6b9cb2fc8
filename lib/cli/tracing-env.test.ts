import { expect, test } from 'vitest';
import { tracingFromEnv } from './tracing-env.ts';

const ROWS: Record<string, { reason: string; env: Record<string, string>; want: object }> = {
  Nothing: { reason: 'traces are opt-in', env: { OTEL_SERVICE_NAME: 'x' }, want: {} },
  Endpoint: {
    reason: 'the general endpoint gets the path of traces',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/', OTEL_SERVICE_NAME: 'bp' },
    want: { tracing: { url: 'http://otel:4318/v1/traces', headers: {}, resource: { 'service.name': 'bp' } } },
  },
  Own: {
    reason: 'what is said of traces wins, and is taken as it is',
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/x',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=s%20t, bad, other=2',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=prod',
      FUNCTION_NAME: 'function-blueprints-a',
    },
    want: {
      tracing: {
        url: 'https://traces/x',
        headers: { 'api-key': 's t', other: '2' },
        timeoutMs: 500,
        resource: { 'service.name': 'function-blueprints-a', 'deployment.environment': 'prod' },
      },
    },
  },
  Disabled: {
    reason: 'as the specification has it',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_SDK_DISABLED: 'true' },
    want: {},
  },
  NoExporter: {
    reason: 'the same for traces alone',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_TRACES_EXPORTER: 'none' },
    want: {},
  },
  Grpc: {
    reason: 'said, not tried',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    want: { refusal: expect.stringContaining('OTLP over grpc is not supported') as unknown },
  },
  NoUrl: {
    reason: 'a slip must not kill the pod',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318' },
    want: { refusal: expect.stringContaining('not an http(s) URL') as unknown },
  },
};
test.for(Object.entries(ROWS))('tracingFromEnv() %s', ([, tc]) => {
  expect(tracingFromEnv(tc.env), tc.reason).toMatchObject(tc.want);
  if (!('tracing' in tc.want)) expect(tracingFromEnv(tc.env)).not.toHaveProperty('tracing');
});
