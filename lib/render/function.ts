import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../internal/json.ts';
import type { RunRequest, RunResponse } from './model.ts';

/** One function of a pipeline: a request in, a response out. Throwing means that it could not be reached. */
export interface PipelineFunction {
  call(request: RunRequest, signal: AbortSignal): Promise<RunResponse>;
}

/** `meta.tag`: hex sha256 over a deterministic form of the request without its meta. */
export function requestTag({ tag: _tag, capabilities: _capabilities, ...request }: RunRequest): string {
  return createHash('sha256')
    .update(canonicalJson(plain(request)))
    .digest('hex');
}

function plain(value: unknown): Json {
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}
