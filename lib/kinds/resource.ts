import { ApiObject, type ApiObjectMetadata, type GroupVersionKind, type JsonPatch } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { ToolkitError } from '../errors.ts';
import type { Json, JsonObject } from '../internal/json.ts';
import { NEEDS_RESOLUTION, toDenseJson, toPlainJson } from './manifest.ts';
import type { ObjectMeta } from './types.ts';

/** What every kind's props have; the rest is the manifest's own fields. */
export interface ApiResourceProps {
  readonly metadata?: ObjectMeta | undefined;
}

/**
 * A Kubernetes object as a construct, base of the typed kinds in `kinds/*`. Also of use by itself for a kind that
 * has no construct: `new ApiResource(scope, 'x', { apiVersion: 'example.org/v1', kind: 'Thing' }, { spec })`.
 */
export class ApiResource extends ApiObject {
  /** `metadata.name` as the author gave it; undefined when it comes from the construct's path. */
  readonly explicitName: string | undefined;
  readonly #fields: object;
  #patched = false;

  /** `props`: the manifest without apiVersion and kind. */
  constructor(scope: Construct, id: string, type: GroupVersionKind, props: ApiResourceProps) {
    const { metadata, ...fields } = props;
    super(scope, id, {
      ...fields,
      apiVersion: type.apiVersion,
      kind: type.kind,
      ...(metadata === undefined ? {} : { metadata: given(metadata) }),
    });
    this.#fields = fields;
    this.explicitName = metadata?.name;
  }

  /**
   * cdk8s takes every ApiObject for an instance of every subclass; here `instanceof` asks for the same kind.
   * Works across two copies of the package.
   */
  // biome-ignore-start lint/complexity/noThisInStatic: `this` is the subclass whose statics are asked
  static override [Symbol.hasInstance]<T>(
    this: (abstract new (...args: never) => T) & Partial<GroupVersionKind>,
    value: unknown,
  ): value is T & ApiObject {
    if (!ApiObject.isApiObject(value) || !('explicitName' in value)) return false;
    return this.kind === undefined || (value.apiVersion === this.apiVersion && value.kind === this.kind);
  }
  // biome-ignore-end lint/complexity/noThisInStatic: see above

  /** Records that this one comes after the others; whoever composes withholds it until they are ready. */
  after(...dependencies: IConstruct[]): this {
    this.node.addDependency(...dependencies);
    return this;
  }

  override addJsonPatch(...ops: JsonPatch[]): void {
    this.#patched ||= ops.length > 0;
    super.addJsonPatch(...ops);
  }

  /**
   * The object as JSON: apiVersion, kind, metadata, then the other fields sorted. Equals `toJson()` except that `null`
   * is kept, and is made in one pass unless cdk8s has to resolve values (`Lazy`) or apply JSON patches.
   * @throws ToolkitError `invalid` or `limit` naming construct and field
   */
  manifest(): JsonObject {
    const where = `${this.kind} "${this.node.path}"`;
    if (this.#patched) return ordered(this.#resolved(where), where);
    try {
      const { apiVersion, kind } = this;
      const metadata = this.#metadata(where);
      return { apiVersion, kind, metadata, ...(toPlainJson(this.#fields, where) as JsonObject) };
    } catch (cause) {
      if (cause !== NEEDS_RESOLUTION) throw cause;
      return ordered(this.#resolved(where), where);
    }
  }

  // cdk8s holds it, because its mutators (addLabel, addAnnotation, add) are seen nowhere else.
  #metadata(where: string): JsonObject {
    const held = heldBy(this.metadata);
    if (held === undefined) return toPlainJson(this.metadata.toJson() ?? {}, where, 'metadata') as JsonObject;
    return (textsOf(held) ?? toDenseJson(held, where, 'metadata') ?? {}) as JsonObject;
  }

  #resolved(where: string): JsonObject {
    try {
      return this.toJson() as JsonObject;
    } catch (cause) {
      throw new ToolkitError('invalid', `Cannot write ${where}: cdk8s could not resolve it`, { cause });
    }
  }
}

// In the order of the manifest.
const HELD = ['annotations', 'finalizers', 'labels', 'name', 'namespace', 'ownerReferences'] as const;
const KNOWN: ReadonlySet<string> = new Set(HELD);

/**
 * What cdk8s' metadata holds, as its `toJson()` puts it together; that one resolves and copies everything twice, which
 * is a tenth of a whole render. The fields are private: undefined, should a cdk8s to come hold them another way.
 */
function heldBy(metadata: object): Record<string, unknown> | undefined {
  const fields = metadata as Readonly<Record<string, unknown>>;
  const out: Record<string, unknown> = {};
  for (const field of HELD) {
    const value = fields[field];
    // Most hold nothing, and what is not there need not be looked through.
    if (typeof value === 'object' && value !== null) {
      if (!isEmpty(value)) out[field] = value;
    } else if (field !== 'name' && field !== 'namespace') return undefined;
    else if (value !== undefined) out[field] = value;
  }
  const more = fields._additionalAttributes;
  if (typeof more !== 'object' || more === null) return undefined;
  for (const field in more)
    if (!KNOWN.has(field)) out[field] = (more as Readonly<Record<string, unknown>>)[field];
  return out;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** A copy with keys in order, if it holds texts, and plain objects of texts, alone: as nearly all metadata does. */
function textsOf(value: object, depth = 0): JsonObject | undefined {
  const out: Record<string, Json> = {};
  let kept = false;
  for (const key of Object.keys(value).sort()) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    if (key === '__proto__') return undefined;
    kept = true;
    if (typeof item === 'string') out[key] = item;
    else {
      const plain = depth === 0 && typeof item === 'object' && item !== null;
      const copy = plain && Object.getPrototypeOf(item) === Object.prototype ? textsOf(item, 1) : undefined;
      if (copy === undefined) return undefined;
      out[key] = copy;
    }
  }
  return kept ? out : undefined;
}

// An undefined name would hide the one that cdk8s makes. Its lists are typed as mutable, but it copies them.
function given(metadata: ObjectMeta): ApiObjectMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}

// cdk8s sorts the top level by its own list; keys that are absent stay absent.
function ordered(json: JsonObject, where: string): JsonObject {
  const plain = toPlainJson(json, where) as JsonObject;
  const head = ['apiVersion', 'kind', 'metadata'].filter((key) => Object.hasOwn(plain, key));
  return { ...Object.fromEntries(head.map((key) => [key, plain[key] as Json])), ...plain };
}
