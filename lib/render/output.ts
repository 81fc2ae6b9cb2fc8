import { compareBytes, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { FIXED_TIME, normalCondition } from './conditions.ts';
import { listAt } from './objects.ts';
import type { RenderResult } from './result.ts';

export interface OutputOptions {
  /** `-x`: the input XR, merged into what Crossplane writes of it. */
  readonly fullXr?: JsonObject;
  /** `-r`: events as `Result` objects. */
  readonly includeFunctionResults?: boolean;
  /** `-c`: what is left in the context as one `Context` object. */
  readonly includeContext?: boolean;
}

/**
 * The objects that `crossplane composition render` prints, in its order: XR, composed resources by name, then results
 * and context where asked for. Keys are sorted and every condition's time is 2024-01-01T00:00:00Z, so that the output
 * can be compared.
 */
export function renderedObjects(result: RenderResult, options: OutputOptions = {}): readonly JsonObject[] {
  const { fullXr } = options;
  const xr = fullXr === undefined ? result.composite : merge(fullXr, result.composite);
  const out: JsonObject[] = [xr, ...result.composed.map((c) => c.object)].map(withFixedTimes);
  if (options.includeFunctionResults) {
    for (const { type, reason, message } of result.events) {
      out.push({ apiVersion: API_VERSION, kind: 'Result', severity: type, reason, message });
    }
  }
  if (options.includeContext && result.context !== undefined) {
    out.push({ apiVersion: API_VERSION, kind: 'Context', fields: result.context });
  }
  return out.map((object) => sortKeys(object) as JsonObject);
}

/** The same as YAML documents, for `kubectl` and for scripts written for `crossplane composition render`. */
export function renderYaml(result: RenderResult, options: OutputOptions = {}): string {
  return renderedObjects(result, options)
    .map((object) => `---\n${formatYaml(object)}`)
    .join('');
}

const API_VERSION = 'render.crossplane.io/v1beta1';

/** Objects are merged, all else is replaced by what was rendered: nobody knows how an API server would merge lists. */
function merge(base: JsonObject, over: JsonObject): JsonObject {
  const out = new Map<string, Json>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const old = out.get(key);
    out.set(key, isObject(old) && isObject(value) ? merge(old, value) : value);
  }
  return Object.fromEntries(out);
}

/** That command writes conditions anew: into every status, null where there are none. */
function withFixedTimes(object: JsonObject): JsonObject {
  const { status } = object;
  if (!isObject(status)) return object;
  const conditions = listAt(status, 'conditions').map((c) => ({
    ...normalCondition(c),
    lastTransitionTime: FIXED_TIME,
  }));
  return { ...object, status: { ...status, conditions: conditions.length === 0 ? null : conditions } };
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map((v: Json) => sortKeys(v));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compareBytes(a, b));
  return Object.fromEntries(entries.map(([k, v]) => [k, sortKeys(v)]));
}
