import { equalJson, type Json, type JsonObject } from '../../internal/json.ts';
import { asLazy, type LazyRequest } from '../codec/request-view.ts';
import type { FunctionRequest, Ready, ResourceView, StateView } from '../protocol.ts';

/** One read of a request: would another request have answered the same? */
export type Read = (other: FunctionRequest) => boolean;

/** What a compose function read, in its order. */
export class ReadLog {
  readonly reads: Read[] = [];
  /** Something was read that is another in every call, or that cannot be compared. */
  unrepeatable = false;
  /** Characters and numbers held for comparison, roughly. Bytes. */
  weight = 0;

  add(read: Read, weight = 0): void {
    if (this.unrepeatable) return;
    if (this.reads.length >= MAX_READS) {
      // Checking so many would cost more than composing again; and a loop that reads for ever must not fill the heap.
      this.unrepeatable = true;
      this.reads.length = 0;
      return;
    }
    this.reads.push(read);
    this.weight += READ_WEIGHT + weight;
  }

  /** Would a pure function that made these reads get the same answers from `other`, and so answer the same? */
  holdsFor(other: FunctionRequest): boolean {
    for (const read of this.reads) if (!read(other)) return false;
    return true;
  }
}

const MAX_READS = 10_000; // of one call
const READ_WEIGHT = 250; // bytes of one closure with its path

type Find<T> = (request: FunctionRequest) => T;

function weightOf(value: Json | undefined): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 16;
  for (const [key, item] of Object.entries(value)) sum += 16 + key.length + weightOf(item as Json);
  return sum;
}

/** A resource that writes down what is read of it. */
class RecordedResource implements ResourceView {
  private readonly view: ResourceView;
  private readonly find: Find<ResourceView | undefined>;
  private readonly log: ReadLog;

  constructor(view: ResourceView, find: Find<ResourceView | undefined>, log: ReadLog) {
    this.view = view;
    this.find = find;
    this.log = log;
  }

  get object(): JsonObject {
    const { object } = this.view;
    this.log.add((other) => equalJson(this.find(other)?.object, object), weightOf(object));
    return object;
  }

  get(...path: readonly (string | number)[]): Json | undefined {
    const value = this.view.get(...path);
    const { find } = this;
    this.log.add((other) => equalJson(find(other)?.get(...path), value), weightOf(value));
    return value;
  }

  get connectionDetails(): ReadonlyMap<string, Uint8Array> {
    const details = this.view.connectionDetails;
    this.log.add((other) => equalBytes(this.find(other)?.connectionDetails, details), sizeOf(details));
    return details;
  }

  get ready(): Ready {
    const { ready } = this.view;
    this.log.add((other) => this.find(other)?.ready === ready);
    return ready;
  }
}

function sizeOf(bytes: ReadonlyMap<string, Uint8Array>): number {
  let sum = 0;
  for (const [key, value] of bytes) sum += key.length + value.length;
  return sum;
}

function equalBytes(
  a: ReadonlyMap<string, Uint8Array> | undefined,
  b: ReadonlyMap<string, Uint8Array> | undefined,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

/** A map of a request that writes down what is asked of it; its names come in their order, as the request has them. */
class RecordedMap<S, T> implements ReadonlyMap<string, T> {
  private readonly source: ReadonlyMap<string, S>;
  private readonly wrap: (value: S, name: string) => T;
  private readonly find: Find<ReadonlyMap<string, S>>;
  private readonly log: ReadLog;
  private readonly made = new Map<string, T>();
  private names: readonly string[] | undefined;

  constructor(
    source: ReadonlyMap<string, S>,
    wrap: (value: S, name: string) => T,
    find: Find<ReadonlyMap<string, S>>,
    log: ReadLog,
  ) {
    this.source = source;
    this.wrap = wrap;
    this.find = find;
    this.log = log;
  }

  get(name: string): T | undefined {
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const value = this.source.get(name);
    if (!this.has(name)) return undefined;
    const made = this.wrap(value as S, name);
    this.made.set(name, made);
    return made;
  }

  has(name: string): boolean {
    const found = this.source.has(name);
    const { find } = this;
    this.log.add((other) => find(other).has(name) === found, name.length);
    return found;
  }

  get size(): number {
    return this.listed().length;
  }

  keys(): MapIterator<string> {
    return this.listed().values();
  }

  *values(): MapIterator<T> {
    for (const name of this.listed()) yield this.get(name) as T;
  }

  *entries(): MapIterator<[string, T]> {
    for (const name of this.listed()) yield [name, this.get(name) as T];
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  forEach(visit: (value: T, name: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this);
  }

  private listed(): readonly string[] {
    if (this.names === undefined) {
      const names = [...this.source.keys()];
      const { find } = this;
      this.log.add((other) => {
        const there = find(other);
        return there.size === names.length && names.every((name) => there.has(name));
      }, names.length * 32);
      this.names = names;
    }
    return this.names;
  }
}

class RecordedState implements StateView {
  readonly resources: ReadonlyMap<string, ResourceView>;
  private readonly state: StateView;
  private readonly find: Find<StateView>;
  private readonly log: ReadLog;
  private view: ResourceView | undefined;

  constructor(state: StateView, find: Find<StateView>, log: ReadLog) {
    this.state = state;
    this.find = find;
    this.log = log;
    // The names are read from the bytes only if somebody asks: hence the getter behind `resources`.
    this.resources = lazyMap(
      () => state.resources,
      (view, name) => new RecordedResource(view, (other) => find(other).resources.get(name), log),
      (other) => find(other).resources,
      log,
    );
  }

  get composite(): ResourceView | undefined {
    if (this.view !== undefined) return this.view;
    const { find } = this;
    const at = this.state.composite;
    this.log.add((other) => (find(other).composite === undefined) === (at === undefined));
    if (at !== undefined) this.view = new RecordedResource(at, (other) => find(other).composite, this.log);
    return this.view;
  }
}

function lazyMap<S, T>(
  source: () => ReadonlyMap<string, S>,
  wrap: (value: S, name: string) => T,
  find: Find<ReadonlyMap<string, S>>,
  log: ReadLog,
): ReadonlyMap<string, T> {
  let map: RecordedMap<S, T> | undefined;
  const get = (): RecordedMap<S, T> => {
    map ??= new RecordedMap(source(), wrap, find, log);
    return map;
  };
  return {
    get: (name) => get().get(name),
    has: (name) => get().has(name),
    get size() {
      return get().size;
    },
    keys: () => get().keys(),
    values: () => get().values(),
    entries: () => get().entries(),
    forEach: (visit) => get().forEach(visit),
    [Symbol.iterator]: () => get().entries(),
  };
}

type ResourceLists = ReadonlyMap<string, readonly ResourceView[]>;

/** A request that writes down everything that is read of it. */
export class RecordedRequest implements FunctionRequest {
  readonly log: ReadLog = new ReadLog();
  readonly observed: StateView;
  readonly desired: StateView;
  readonly requiredResources: ResourceLists;
  readonly extraResources: ResourceLists;
  readonly requiredSchemas: ReadonlyMap<string, JsonObject | undefined>;
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
  private readonly request: FunctionRequest;

  constructor(request: FunctionRequest) {
    const { log } = this;
    this.request = request;
    this.observed = new RecordedState(request.observed, (other) => other.observed, log);
    this.desired = new RecordedState(request.desired, (other) => other.desired, log);
    this.requiredResources = recordedLists(request, (other) => other.requiredResources, log);
    this.extraResources = recordedLists(request, (other) => other.extraResources, log);
    this.requiredSchemas = lazyMap(
      () => request.requiredSchemas,
      (schema, name) => {
        log.add((other) => equalJson(other.requiredSchemas.get(name), schema), weightOf(schema));
        return schema;
      },
      (other) => other.requiredSchemas,
      log,
    );
    this.credentials = lazyMap(
      () => request.credentials,
      (data, name) => {
        log.add((other) => equalBytes(other.credentials.get(name), data), sizeOf(data));
        return data;
      },
      (other) => other.credentials,
      log,
    );
  }

  /** The request itself, for code that needs its bytes: what it reads is not written down. */
  get lazy(): LazyRequest {
    this.log.unrepeatable = true;
    return asLazy(this.request);
  }

  get tag(): string {
    this.log.unrepeatable = true;
    return this.request.tag;
  }

  get capabilities(): readonly number[] {
    const { capabilities } = this.request;
    this.log.add((other) => String(other.capabilities) === String(capabilities));
    return capabilities;
  }

  get input(): JsonObject | undefined {
    const { input } = this.request;
    this.log.add((other) => equalJson(other.input, input), weightOf(input));
    return input;
  }

  get context(): JsonObject | undefined {
    const { context } = this.request;
    this.log.add((other) => equalJson(other.context, context), weightOf(context));
    return context;
  }
}

function recordedLists(request: FunctionRequest, find: Find<ResourceLists>, log: ReadLog): ResourceLists {
  return lazyMap(
    () => find(request),
    (list, name) => {
      log.add((other) => find(other).get(name)?.length === list.length);
      return list.map((view, i) => new RecordedResource(view, (other) => find(other).get(name)?.[i], log));
    },
    find,
    log,
  );
}
