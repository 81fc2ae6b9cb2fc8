import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type RequestData,
  type ResponseData,
} from '../function/codec/index.ts';
import type { FunctionResponse } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import { type Schema, schema } from '../schema/index.ts';
import { catalogueOf } from './catalogue.ts';
import { composeFunction } from './compose.ts';
import { type Blueprint, defineBlueprint } from './define.ts';

// Small builders that the tests of this folder share.

export interface ShopConfig {
  readonly replicas: number;
  readonly mode: 'embedded' | 'external';
  readonly tls: { readonly enabled: boolean; readonly issuer?: string };
  readonly tags: readonly string[];
}
export type ShopInput = { readonly [K in keyof ShopConfig]?: Partial<ShopConfig[K]> };

export const config: Schema<ShopConfig, ShopInput> = schema({
  type: 'object',
  properties: {
    replicas: { type: 'integer', minimum: 1, maximum: 5, default: 1 },
    mode: { type: 'string', enum: ['embedded', 'external'], default: 'embedded' },
    tls: {
      type: 'object',
      default: {},
      properties: { enabled: { type: 'boolean', default: false }, issuer: { type: 'string', minLength: 2 } },
    },
    tags: { type: 'array', items: { type: 'string' }, default: [] },
  },
});

export const card = { title: 'Shop', summary: 'Sells things', category: 'test' };

/** What every definition of a test has in common. */
export const common = {
  name: 'shop',
  version: '1.2.0',
  scope: 'Namespaced' as const,
  card,
  config,
  placement: { modes: ['single-region' as const], default: 'single-region' as const },
  sizes: { small: {} },
};

/** A Blueprint that composes nothing and serves to be depended on or nested. */
export function other(
  name: string,
  more: { version?: string; scope?: 'Cluster' | 'Namespaced' } = {},
): Blueprint {
  return defineBlueprint({ ...common, name, scope: 'Namespaced', ...more, compose: () => undefined });
}

export const READY: readonly JsonObject[] = [
  { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' },
  { type: 'Ready', status: 'True', reason: 'Available' },
];

/** An XR of ours, ready unless told otherwise. */
export function installed(
  kind: string,
  name: string,
  status: JsonObject = {},
  namespace?: string,
): JsonObject {
  return {
    apiVersion: 'compose.openova.io/v1alpha1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    status: { conditions: READY, ...status },
  };
}

export interface Situation {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  /** Observed composed resources by name. */
  readonly observed?: Readonly<Record<string, JsonObject>>;
  readonly required?: Readonly<Record<string, readonly JsonObject[]>>;
  readonly catalogue?: readonly Blueprint[];
  readonly input?: JsonObject;
}

/** The request that Crossplane would send. */
export function requestOf(blueprint: Blueprint, s: Situation = {}): RequestData {
  const namespace = blueprint.scope === 'Namespaced' ? { namespace: 'apps' } : {};
  const object = {
    apiVersion: 'compose.openova.io/v1alpha1',
    kind: blueprint.kind,
    metadata: { name: 'my', generation: 1, ...namespace, ...s.metadata },
    spec: s.spec ?? {},
    ...(s.status === undefined ? {} : { status: s.status }),
  };
  return {
    tag: 'tag',
    observed: {
      composite: { object },
      resources: new Map(Object.entries(s.observed ?? {}).map(([name, o]) => [name, { object: o }])),
    },
    requiredResources: new Map(
      Object.entries(s.required ?? {}).map(([name, list]) => [name, list.map((o) => ({ object: o }))]),
    ),
    ...(s.input === undefined ? {} : { input: s.input }),
  };
}

export interface Answer {
  readonly response: FunctionResponse;
  readonly bytes: Uint8Array;
  readonly data: ResponseData;
  /** `name: ready` of each desired resource. */
  readonly shown: Readonly<Record<string, boolean>>;
  readonly status: JsonObject;
  /** `type: status` of each condition. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Message of each component that is not ready, by name. */
  readonly waiting: Readonly<Record<string, string>>;
  object(name: string): JsonObject;
}

/** One call, through the codec both ways. @throws what the compose function throws */
export async function call(blueprint: Blueprint, s: Situation = {}): Promise<Answer> {
  const request = decodeRequest(encodeRequest(requestOf(blueprint, s)));
  const catalogue = catalogueOf([blueprint, ...(s.catalogue ?? [])]);
  const compose = composeFunction(blueprint, { catalogue });
  const response = await compose(request, { signal: new AbortController().signal });
  const bytes = encodeResponse(request, response, { defaultTtlSeconds: 60 });
  const data = decodeResponse(bytes);
  const status = (response.composite?.status ?? {}) as JsonObject;
  const resources = response.resources ?? new Map();
  const components = (status.components ?? []) as readonly {
    name: string;
    ready: boolean;
    message?: string;
  }[];
  return {
    response,
    bytes,
    data,
    status,
    shown: Object.fromEntries([...resources].map(([name, r]) => [name, r.ready === 'true'])),
    conditions: Object.fromEntries((response.conditions ?? []).map((c) => [c.type, c.status])),
    waiting: Object.fromEntries(components.filter((c) => !c.ready).map((c) => [c.name, c.message ?? ''])),
    object(name) {
      const found = resources.get(name);
      if (found === undefined) throw new Error(`no "${name}" among ${[...resources.keys()].join(', ')}`);
      return found.object;
    },
  };
}

/** The error of a call that must fail. */
export async function refusal(run: () => unknown): Promise<Error> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
