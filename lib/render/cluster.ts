import { equalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { FIXED_TIME } from './conditions.ts';
import { uuidV5 } from './names.ts';
import { defined, listAt, objectAt, objectKey, uidOf, withMetadata } from './objects.ts';

export type Applied = 'created' | 'changed' | 'unchanged';

/**
 * A cluster as far as a reconcile can tell: objects by identity, server-side apply of one manager, generations,
 * owner references that take children along. No admission, no defaults, no clock: the same steps give the same bytes.
 */
export class FakeCluster {
  readonly #objects = new Map<string, JsonObject>();
  readonly #applied = new Map<string, JsonObject>();
  #births = 0;

  constructor(objects: Iterable<JsonObject> = []) {
    for (const object of objects) this.put(object);
  }

  /** All objects, oldest first. */
  get objects(): readonly JsonObject[] {
    return [...this.#objects.values()];
  }

  get(key: string): JsonObject | undefined {
    return this.#objects.get(key);
  }

  /** Stores an object as it stands, with a uid and a generation if it has none. */
  put(object: JsonObject): JsonObject {
    const key = objectKey(object);
    const { generation, uid, creationTimestamp } = objectAt(object, 'metadata');
    const stored = withMetadata(object, {
      creationTimestamp: creationTimestamp ?? FIXED_TIME,
      generation: generation ?? 1,
      // The birth counts: an object that is deleted and created again is another one.
      uid: uid ?? uuidV5(`${key}#${this.#births++}`),
    });
    this.#objects.set(key, stored);
    return stored;
  }

  /** Server-side apply: fields of the last apply that are left out go, all others stay; lists are atomic. */
  apply(object: JsonObject): Applied {
    const key = objectKey(object);
    const live = this.#objects.get(key);
    const before = this.#applied.get(key) ?? {};
    this.#applied.set(key, object);
    if (live === undefined) {
      this.put(object);
      return 'created';
    }
    const next = mergeApply(live, before, object);
    if (equalJson(next, live)) return 'unchanged';
    const grown = !equalJson(desiredPart(next), desiredPart(live));
    const generation = Number(objectAt(live, 'metadata').generation ?? 1) + (grown ? 1 : 0);
    this.#objects.set(key, withMetadata(next, { generation }));
    return 'changed';
  }

  /** Replaces the status of an object that exists; false when nothing changed. */
  writeStatus(key: string, status: JsonObject): boolean {
    const live = this.#objects.get(key);
    if (live === undefined || equalJson(live.status ?? {}, status)) return false;
    this.#objects.set(key, { ...live, status });
    return true;
  }

  /** Deletes an object and, as the garbage collector would, all that it controls; returns what went. */
  remove(key: string): readonly JsonObject[] {
    const object = this.#objects.get(key);
    if (object === undefined) return [];
    this.#objects.delete(key);
    this.#applied.delete(key);
    const children = this.objects.filter((child) => isOwnedBy(child, uidOf(object)));
    return [object, ...children.flatMap((child) => this.remove(objectKey(child)))];
  }
}

function isOwnedBy(object: JsonObject, uid: string): boolean {
  return uid !== '' && listAt(object, 'metadata', 'ownerReferences').some((ref) => ref.uid === uid);
}

/** What a change of which makes a new generation. */
function desiredPart(object: JsonObject): JsonObject {
  return defined({ ...object, metadata: undefined, status: undefined });
}

function mergeApply(live: JsonObject, before: JsonObject, next: JsonObject): JsonObject {
  const out = new Map<string, Json>(Object.entries(live));
  for (const [key, old] of Object.entries(before)) {
    if (Object.hasOwn(next, key)) continue;
    const now = out.get(key);
    // A released map loses only what the last apply put there: others may own the rest.
    const rest = isObject(now) && isObject(old) ? mergeApply(now, old, {}) : undefined;
    if (rest === undefined || Object.keys(rest).length === 0) out.delete(key);
    else out.set(key, rest);
  }
  for (const [key, value] of Object.entries(next)) {
    const [now, old] = [out.get(key), before[key]];
    const nested = isObject(value) && isObject(now);
    out.set(key, nested ? mergeApply(now, isObject(old) ? old : {}, value) : value);
  }
  return Object.fromEntries(out);
}
