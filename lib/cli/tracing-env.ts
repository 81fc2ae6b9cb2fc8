import { hostname } from 'node:os';
import type { TracingOptions } from '../function/index.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Tracing as OpenTelemetry's own variables ask for it; a `refusal` says what of them cannot be done. */
export interface TracingFromEnv {
  readonly tracing?: TracingOptions;
  readonly refusal?: string;
}

const MAX_TIMEOUT_MS = 60_000;

/**
 * Reads `OTEL_EXPORTER_OTLP_[TRACES_]ENDPOINT`, `…_HEADERS`, `…_TIMEOUT` and `…_PROTOCOL`, `OTEL_SERVICE_NAME`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_EXPORTER` and `OTEL_SDK_DISABLED`. Without an endpoint nothing is traced.
 */
export function tracingFromEnv(env: Env): TracingFromEnv {
  const own = (name: string): string | undefined => text(env, `OTEL_EXPORTER_OTLP_TRACES_${name}`);
  const either = (name: string): string | undefined => own(name) ?? text(env, `OTEL_EXPORTER_OTLP_${name}`);
  const base = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const endpoint =
    own('ENDPOINT') ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`);
  const off = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (endpoint === undefined || off) return {};
  const protocol = either('PROTOCOL') ?? 'http/json';
  if (!protocol.startsWith('http/')) {
    return {
      refusal: `OTLP over ${protocol.slice(0, 50)} is not supported: use http/json, mostly on port 4318`,
    };
  }
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    return { refusal: 'the OTLP endpoint is not an http(s) URL' };
  const timeout = Number(either('TIMEOUT'));
  return {
    tracing: {
      url: endpoint,
      headers: pairs(either('HEADERS')),
      resource: resourceOf(env),
      ...(timeout > 0 ? { timeoutMs: Math.min(timeout, MAX_TIMEOUT_MS) } : {}),
    },
  };
}

function resourceOf(env: Env): Readonly<Record<string, string>> {
  return {
    'service.name': text(env, 'FUNCTION_NAME') ?? 'function-blueprints', // as Crossplane calls the Function
    'service.instance.id': hostname(),
    ...pairs(env.OTEL_RESOURCE_ATTRIBUTES),
    ...(text(env, 'OTEL_SERVICE_NAME') === undefined
      ? {}
      : { 'service.name': env.OTEL_SERVICE_NAME as string }),
  };
}

function text(env: Env, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** `a=1,b=two%20words`; what is malformed is left out. */
function pairs(list: string | undefined): Record<string, string> {
  const out: [string, string][] = [];
  for (const pair of (list ?? '').split(',')) {
    const [, key = '', value = ''] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (key === '') continue;
    try {
      out.push([key, decodeURIComponent(value)]);
    } catch {
      // not percent-encoded: nothing that could be sent
    }
  }
  return Object.fromEntries(out);
}
