import { ToolkitError } from '../errors.ts';
import type { ResourceSelector, SchemaSelector } from '../function/protocol.ts';
import { compareBytes, isObject, type Json, type JsonObject } from '../internal/json.ts';
import {
  apiVersionOf,
  groupVersion,
  kindOf,
  labelOf,
  listAt,
  nameOf,
  namespaceOf,
  objectAt,
  objectKey,
} from './objects.ts';

export interface AskedResource {
  readonly selector: ResourceSelector;
  /** How many objects it matched. */
  readonly found: number;
}

export interface AskedSchema {
  readonly selector: SchemaSelector;
  readonly found: boolean;
}

/** What the pipeline may look up: cluster objects, Secrets and OpenAPI documents, as one API server would hold them. */
export class Lookup {
  readonly #objects: readonly JsonObject[];
  readonly #schemas: readonly JsonObject[];
  readonly #asked = new Map<string, AskedResource>();
  readonly #askedSchemas = new Map<string, AskedSchema>();

  /** `schemas` are whole OpenAPI v3 documents, as `kubectl get --raw /openapi/v3/...` prints them. */
  constructor(objects: readonly JsonObject[], schemas: readonly JsonObject[] = []) {
    // Two objects with one identity: the later one stands, as in a map.
    this.#objects = [...new Map(objects.map((o) => [`${apiVersionOf(o)} ${objectKey(o)}`, o])).values()];
    this.#schemas = schemas;
  }

  /**
   * The objects that a selector asks for, sorted by namespace and name. A name that does not exist gives `undefined`,
   * a list without a match gives an empty list; both mean "looked for, nothing found".
   */
  find(selector: ResourceSelector): readonly JsonObject[] | undefined {
    const found = this.#find(selector);
    this.#asked.set(JSON.stringify(selector), { selector, found: found?.length ?? 0 });
    return found;
  }

  /** One object, by its identity; nothing is noted down. */
  get(apiVersion: string, kind: string, namespace: string, name: string): JsonObject | undefined {
    return this.#objects.find(
      (o) =>
        nameOf(o) === name &&
        namespaceOf(o) === namespace &&
        kindOf(o) === kind &&
        apiVersionOf(o) === apiVersion,
    );
  }

  /** Every selector that was looked up, in that order, with how many objects it gave. */
  get askedResources(): readonly AskedResource[] {
    return [...this.#asked.values()];
  }

  get askedSchemas(): readonly AskedSchema[] {
    return [...this.#askedSchemas.values()];
  }

  #find(selector: ResourceSelector): readonly JsonObject[] | undefined {
    if (selector.matchName !== undefined) {
      const { apiVersion, kind, namespace = '', matchName } = selector;
      const hit = this.get(apiVersion, kind, namespace, matchName);
      return hit === undefined ? undefined : [hit];
    }
    return this.#objects
      .filter((o) => apiVersionOf(o) === selector.apiVersion && kindOf(o) === selector.kind)
      .filter((o) => inScope(o, selector))
      .sort(byNamespaceAndName);
  }

  /** The OpenAPI v3 schema of a kind with its `$ref`s inlined, or undefined when it is not known. */
  schema(selector: SchemaSelector): JsonObject | undefined {
    const schema = this.#schema(selector);
    this.#askedSchemas.set(JSON.stringify(selector), { selector, found: schema !== undefined });
    return schema;
  }

  #schema(selector: SchemaSelector): JsonObject | undefined {
    const { group, version } = groupVersion(selector.apiVersion);
    for (const document of this.#schemas) {
      const named = objectAt(document, 'components', 'schemas');
      for (const [name, schema] of Object.entries(named)) {
        const kinds = listAt(schema, 'x-kubernetes-group-version-kind');
        const [only] = kinds;
        if (kinds.length !== 1 || only === undefined || !isObject(schema)) continue;
        if (only.group === group && only.version === version && only.kind === selector.kind) {
          return inlineRefs(name, named);
        }
      }
    }
    return undefined;
  }

  /** The data of a Secret. @throws ToolkitError `not-found`; its message never holds a value. */
  secret(namespace: string, name: string): ReadonlyMap<string, Uint8Array> {
    const secret = this.get('v1', 'Secret', namespace, name);
    if (secret === undefined) {
      throw new ToolkitError('not-found', `Secret "${name}" not found`, {
        remedy: `give it with --function-credentials, in namespace "${namespace}"`,
      });
    }
    return secretData(secret);
  }
}

function inScope(object: JsonObject, selector: ResourceSelector): boolean {
  if ((selector.namespace ?? '') !== '' && namespaceOf(object) !== selector.namespace) return false;
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labelOf(object, key) === value);
}

/** Order of lists in Crossplane: namespace, then name, by bytes. */
function byNamespaceAndName(a: JsonObject, b: JsonObject): number {
  return compareBytes(`${namespaceOf(a)}/${nameOf(a)}`, `${namespaceOf(b)}/${nameOf(b)}`);
}

/** `data` decoded from base64; `stringData` wins, as it does in an API server. */
export function secretData(secret: JsonObject): ReadonlyMap<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(objectAt(secret, 'data'))) {
    if (typeof value === 'string') out.set(key, Buffer.from(value, 'base64'));
  }
  for (const [key, value] of Object.entries(objectAt(secret, 'stringData'))) {
    if (typeof value === 'string') out.set(key, Buffer.from(value, 'utf8'));
  }
  return out;
}

const REF = '#/components/schemas/';
const MAX_SCHEMAS = 100_000; // the largest kind of Kubernetes holds some 5 000 when inlined

/**
 * References replaced by what they name, as an API server's resolver does it: below properties, additionalProperties and
 * items only, and with the allOf that wraps one. A reference inside itself is just an object: it has no finite form.
 */
function inlineRefs(root: string, named: JsonObject): JsonObject {
  let values = 0;
  const open = new Set<string>([root]);
  const all = (schemas: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(schemas).map(([key, value]) => [key, walk(value)]));
  const walk = (schema: Json): Json => {
    if (!isObject(schema)) return schema;
    if (++values > MAX_SCHEMAS) {
      throw new ToolkitError('limit', `Cannot inline a required schema: it holds more than ${MAX_SCHEMAS}`);
    }
    const ref = refOf(schema);
    if (ref === undefined) return below(schema);
    if (open.has(ref)) return { type: 'object' };
    const target = named[ref];
    if (!isObject(target)) {
      throw new ToolkitError(
        'invalid',
        `Cannot inline a required schema: "${REF}${ref}" is not in its document`,
      );
    }
    open.add(ref);
    const inlined = below(target);
    open.delete(ref);
    return inlined;
  };
  const below = (schema: JsonObject): JsonObject => {
    const { properties, additionalProperties, items } = schema;
    return {
      ...schema,
      ...(isObject(properties) && { properties: all(properties) }),
      ...(isObject(additionalProperties) && { additionalProperties: walk(additionalProperties) }),
      ...(isObject(items) && { items: walk(items) }),
    };
  };
  return below(objectAt(named, root));
}

/** The name that a schema refers to; a reference with a description is wrapped in allOf. */
function refOf(schema: JsonObject): string | undefined {
  const ref = schema.$ref;
  if (typeof ref === 'string') return ref.startsWith(REF) ? ref.slice(REF.length) : ref;
  for (const part of listAt(schema, 'allOf')) {
    const found = refOf(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
