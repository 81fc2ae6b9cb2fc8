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

  /** Every selector that was looked up, in that order, with how many objects it gave. */
  get askedResources(): readonly AskedResource[] {
    return [...this.#asked.values()];
  }

  get askedSchemas(): readonly AskedSchema[] {
    return [...this.#askedSchemas.values()];
  }

  #find(selector: ResourceSelector): readonly JsonObject[] | undefined {
    const same = this.#objects.filter(
      (o) => apiVersionOf(o) === selector.apiVersion && kindOf(o) === selector.kind,
    );
    if (selector.matchName !== undefined) {
      const hit = same.find(
        (o) => nameOf(o) === selector.matchName && namespaceOf(o) === (selector.namespace ?? ''),
      );
      return hit === undefined ? undefined : [hit];
    }
    return same.filter((o) => inScope(o, selector)).sort(byNamespaceAndName);
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
      for (const schema of Object.values(named)) {
        const kinds = listAt(schema, 'x-kubernetes-group-version-kind');
        const [only] = kinds;
        if (kinds.length !== 1 || only === undefined || !isObject(schema)) continue;
        if (only.group === group && only.version === version && only.kind === selector.kind) {
          return inlineRefs(schema, named);
        }
      }
    }
    return undefined;
  }

  /** The data of a Secret. @throws ToolkitError `not-found`; its message never holds a value. */
  secret(namespace: string, name: string): ReadonlyMap<string, Uint8Array> {
    const secret = this.#objects.find(
      (o) => kindOf(o) === 'Secret' && nameOf(o) === name && namespaceOf(o) === namespace,
    );
    if (secret === undefined) {
      throw new ToolkitError('not-found', `Secret "${name}" not found in namespace "${namespace}"`, {
        remedy: 'give it with --function-credentials',
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
export function byNamespaceAndName(a: JsonObject, b: JsonObject): number {
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
const MAX_SCHEMA_VALUES = 200_000; // the largest kind of Kubernetes has some 20 000 when inlined

/** A reference inside itself becomes an empty schema: it has no finite form. */
function inlineRefs(schema: JsonObject, named: JsonObject): JsonObject {
  let values = 0;
  const open = new Set<string>();
  const walk = (value: Json): Json => {
    if (++values > MAX_SCHEMA_VALUES) {
      throw new ToolkitError(
        'limit',
        `Cannot inline a required schema: more than ${MAX_SCHEMA_VALUES} values`,
      );
    }
    if (Array.isArray(value)) return value.map((v: Json) => walk(v));
    if (!isObject(value)) return value;
    const ref = value.$ref;
    if (typeof ref !== 'string' || !ref.startsWith(REF)) {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v)]));
    }
    if (open.has(ref)) return {};
    open.add(ref);
    const inlined = walk(objectAt(named, ref.slice(REF.length)));
    open.delete(ref);
    return inlined;
  };
  return walk(schema) as JsonObject;
}
