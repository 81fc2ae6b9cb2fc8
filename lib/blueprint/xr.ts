import { ToolkitError } from '../errors.ts';
import type { ResourceView } from '../function/protocol.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';

/** The fields of an XR that composing needs; read without decoding the rest. */
export interface Xr {
  readonly name: string;
  /** Undefined for a cluster-scoped XR. */
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly generation: number | undefined;
  readonly config: JsonObject;
  readonly size: string | undefined;
  readonly placement: { readonly mode: string | undefined; readonly regions: readonly string[] };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly status: { readonly phase: string | undefined; readonly installedVersion: string | undefined };
}

/** @throws ToolkitError `invalid` naming the field that has the wrong type */
export function readXr(view: ResourceView): Xr {
  const name = text(view.get('metadata', 'name'), 'metadata.name');
  if (name === undefined) throw new ToolkitError('invalid', 'Cannot compose: the XR has no metadata.name');
  const placement = object(view.get('spec', 'placement'), 'spec.placement');
  return {
    name,
    namespace: text(view.get('metadata', 'namespace'), 'metadata.namespace'),
    labels: strings(view.get('metadata', 'labels'), 'metadata.labels'),
    generation: number(view.get('metadata', 'generation')),
    config: object(view.get('spec', 'config'), 'spec.config'),
    size: text(view.get('spec', 'size'), 'spec.size'),
    placement: {
      mode: text(placement.mode, 'spec.placement.mode'),
      regions: list(placement.regions, 'spec.placement.regions'),
    },
    dependencies: strings(view.get('spec', 'dependencies'), 'spec.dependencies'),
    status: {
      phase: text(view.get('status', 'phase'), 'status.phase'),
      installedVersion: text(view.get('status', 'installed', 'version'), 'status.installed.version'),
    },
  };
}

function wrong(path: string, want: string): never {
  throw new ToolkitError('invalid', `Cannot compose: ${path} must be ${want}`);
}

function text(value: Json | undefined, path: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : wrong(path, 'a string');
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function object(value: Json | undefined, path: string): JsonObject {
  if (value === undefined || value === null) return {};
  return isObject(value) ? value : wrong(path, 'an object');
}

function strings(value: Json | undefined, path: string): Readonly<Record<string, string>> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, item] of Object.entries(object(value, path))) {
    if (typeof item !== 'string') wrong(`${path}.${key}`, 'a string');
    else out[key] = item;
  }
  return out;
}

function list(value: Json | undefined, path: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return wrong(path, 'a list of strings');
  return (value as readonly Json[]).map((item, i) =>
    typeof item === 'string' ? item : wrong(`${path}[${i}]`, 'a string'),
  );
}
