import { ToolkitError } from '../../errors.ts';
import { getPath, type Json, type JsonObject } from '../../internal/json.ts';
import { copyOwn } from '../../internal/own-bytes.ts';
import type { FunctionRequest, Ready, ResourceView, StateView } from '../protocol.ts';
import { type CodecLimits, DEFAULT_LIMITS } from './limits.ts';
import { BYTES, EMPTY_SLICE, joinSlices, Reader, type Slice, toBuffer, VARINT } from './reader.ts';
import { readEntry, StructReader } from './struct-reader.ts';
import { WireError } from './wire-error.ts';

/** Field numbers of `RunFunctionRequest`. */
const META = 1;
const OBSERVED = 2;
const DESIRED = 3;
const INPUT = 4;
const CONTEXT = 5;
const EXTRA_RESOURCES = 6;
const CREDENTIALS = 7;
const REQUIRED_RESOURCES = 8;
const REQUIRED_SCHEMAS = 9;

const READY: readonly Ready[] = ['unspecified', 'true', 'false'];

/** Number → readiness; what a newer protocol adds counts as unspecified. */
export function toReady(value: number): Ready {
  return READY[value] ?? 'unspecified';
}

/** The occurrences of each length-delimited field of a message, in order. */
function indexFields(slice: Slice, limits: CodecLimits): Map<number, Slice[]> {
  const fields = new Map<number, Slice[]>();
  const reader = new Reader(slice);
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag % 8 !== BYTES) {
      reader.skip(tag);
      continue;
    }
    const field = Math.floor(tag / 8);
    const found = fields.get(field);
    if (found === undefined) fields.set(field, [reader.slice()]);
    else if (found.length < limits.maxEntries) found.push(reader.slice());
    else throw new WireError('limit', `a field occurs more than ${limits.maxEntries} times`);
    if (fields.size > limits.maxEntries) throw new WireError('limit', 'it has too many fields');
  }
  return fields;
}

/**
 * A map field by key, values undecoded; the last entry of a key wins. In the order of the keys: Crossplane writes
 * maps in another order each time, and what a function makes of one must not differ for that.
 */
function indexMap<T>(entries: readonly Slice[] | undefined, make: (value: Slice) => T): Map<string, T> {
  const out = new Map<string, T>();
  let last = '';
  let sorted = true;
  for (const slice of entries ?? []) {
    const { key, value } = readEntry(slice);
    out.set(key, make(value));
    if (key < last) sorted = false;
    last = key;
  }
  return sorted ? out : new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A `map<string, bytes>`: the values are copies, which outlive the message. */
function indexBytes(entries: readonly Slice[] | undefined): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (const slice of entries ?? []) {
    const reader = new Reader(slice);
    let key = '';
    let value: Uint8Array = EMPTY_SLICE.buf;
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === 10) key = reader.key();
      else if (tag === 18) {
        const at = reader.slice();
        value = new Uint8Array(at.buf.subarray(at.start, at.end));
      } else reader.skip(tag);
    }
    out.set(key, value);
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A Resource message; `slice` is what the response encoder splices when nobody changed it. */
export class LazyResource implements ResourceView {
  readonly slice: Slice;
  private readonly limits: CodecLimits;
  private indexed = false;
  private structAt: Slice | undefined;
  private detailsAt: Slice[] | undefined;
  private readyValue = 0;
  private decoded: JsonObject | undefined;
  private fields: Map<string, Slice | undefined> | undefined;
  private details: ReadonlyMap<string, Uint8Array> | undefined;

  constructor(slice: Slice, limits: CodecLimits) {
    this.slice = slice;
    this.limits = limits;
  }

  /** The Struct's bytes; undefined if the resource has none. */
  get struct(): Slice | undefined {
    this.index();
    return this.structAt;
  }

  get object(): JsonObject {
    if (this.decoded === undefined) {
      this.decoded = new StructReader(this.struct ?? EMPTY_SLICE, this.limits).readStruct();
    }
    return this.decoded;
  }

  get(...path: readonly (string | number)[]): Json | undefined {
    if (this.decoded !== undefined) return getPath(this.decoded, path) as Json | undefined;
    const [first, ...rest] = path;
    if (first === undefined) return this.object;
    const value = this.field(String(first));
    if (value === undefined) return undefined;
    return new StructReader(value, this.limits).readBelow(rest);
  }

  /** The Value of a top-level key. A handful of them is asked for again and again, so where they are is kept. */
  private field(name: string): Slice | undefined {
    this.fields ??= new Map();
    if (this.fields.has(name)) return this.fields.get(name);
    const at = new StructReader(this.struct ?? EMPTY_SLICE, this.limits).findField(name);
    this.fields.set(name, at);
    return at;
  }

  get connectionDetails(): ReadonlyMap<string, Uint8Array> {
    this.index();
    this.details ??= indexBytes(this.detailsAt);
    return this.details;
  }

  get ready(): Ready {
    this.index();
    return toReady(this.readyValue);
  }

  private index(): void {
    if (this.indexed) return;
    const reader = new Reader(this.slice);
    const parts: Slice[] = [];
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === 10) parts.push(reader.slice());
      else if (tag === 18) {
        this.detailsAt ??= [];
        this.detailsAt.push(reader.slice());
      } else if (tag === 24) this.readyValue = reader.int32();
      else reader.skip(tag);
      if (parts.length + (this.detailsAt?.length ?? 0) > this.limits.maxEntries) {
        throw new WireError('limit', `a resource has more than ${this.limits.maxEntries} fields`);
      }
    }
    this.structAt = joinSlices(parts);
    this.indexed = true;
  }
}

const NO_STATE: StateView = { composite: undefined, resources: new Map() };

/** A State message; its names are read on first use, its resources when they are asked for. */
export class LazyState implements StateView {
  readonly slice: Slice;
  private readonly limits: CodecLimits;
  private fields: Map<number, Slice[]> | undefined;
  private compositeView: LazyResource | undefined;
  private resourceViews: ReadonlyMap<string, LazyResource> | undefined;

  constructor(slice: Slice, limits: CodecLimits) {
    this.slice = slice;
    this.limits = limits;
  }

  get composite(): LazyResource | undefined {
    if (this.compositeView === undefined) {
      const at = joinSlices(this.index().get(1) ?? []);
      if (at !== undefined) this.compositeView = new LazyResource(at, this.limits);
    }
    return this.compositeView;
  }

  get resources(): ReadonlyMap<string, LazyResource> {
    this.resourceViews ??= indexMap(this.index().get(2), (at) => new LazyResource(at, this.limits));
    return this.resourceViews;
  }

  private index(): Map<number, Slice[]> {
    this.fields ??= indexFields(this.slice, this.limits);
    return this.fields;
  }
}

/** Computes once, on first use. */
function memo<T>(make: () => T): () => T {
  let value: { readonly it: T } | undefined;
  return () => {
    value ??= { it: make() };
    return value.it;
  };
}

/** A `RunFunctionRequest` over its bytes. The bytes must not change while it is in use. */
export class LazyRequest implements FunctionRequest {
  readonly bytes: Buffer;
  private readonly limits: CodecLimits;
  private readonly fields: Map<number, Slice[]>;
  private readonly meta: () => { tag: string; capabilities: readonly number[] };
  private readonly observedState: () => StateView;
  private readonly desiredState: () => StateView;
  private readonly inputObject: () => JsonObject | undefined;
  private readonly contextObject: () => JsonObject | undefined;
  private readonly required: () => ReadonlyMap<string, readonly ResourceView[]>;
  private readonly extra: () => ReadonlyMap<string, readonly ResourceView[]>;
  private readonly schemas: () => ReadonlyMap<string, JsonObject | undefined>;
  private readonly secrets: () => ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;

  constructor(bytes: Buffer, limits: CodecLimits) {
    this.bytes = bytes;
    this.limits = limits;
    this.fields = indexFields({ buf: bytes, start: 0, end: bytes.length }, limits);
    this.meta = memo(() => readMeta(this.message(META), limits));
    this.observedState = memo(() => this.state(OBSERVED));
    this.desiredState = memo(() => this.state(DESIRED));
    this.inputObject = memo(() => this.struct(this.message(INPUT)));
    this.contextObject = memo(() => this.struct(this.message(CONTEXT)));
    this.required = memo(() => this.resourceLists(REQUIRED_RESOURCES));
    this.extra = memo(() => this.resourceLists(EXTRA_RESOURCES));
    this.schemas = memo(() => indexMap(this.fields.get(REQUIRED_SCHEMAS), (at) => this.schema(at)));
    this.secrets = memo(() => indexMap(this.fields.get(CREDENTIALS), (at) => this.credentialData(at)));
  }

  get tag(): string {
    return this.meta().tag;
  }
  get capabilities(): readonly number[] {
    return this.meta().capabilities;
  }
  get observed(): StateView {
    return this.observedState();
  }
  get desired(): StateView {
    return this.desiredState();
  }
  get input(): JsonObject | undefined {
    return this.inputObject();
  }
  get context(): JsonObject | undefined {
    return this.contextObject();
  }
  get requiredResources(): ReadonlyMap<string, readonly ResourceView[]> {
    return this.required();
  }
  get extraResources(): ReadonlyMap<string, readonly ResourceView[]> {
    return this.extra();
  }
  get requiredSchemas(): ReadonlyMap<string, JsonObject | undefined> {
    return this.schemas();
  }
  get credentials(): ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> {
    return this.secrets();
  }

  /** The context's Struct as it came, for splicing. */
  get contextSlice(): Slice | undefined {
    return this.message(CONTEXT);
  }

  /** The desired State as it came, for splicing. */
  get desiredSlice(): Slice | undefined {
    return this.message(DESIRED);
  }

  /** The same request in memory of its own, with nothing decoded: for keeping it. */
  bare(): LazyRequest {
    return new LazyRequest(copyOwn(this.bytes), this.limits);
  }

  private message(field: number): Slice | undefined {
    return joinSlices(this.fields.get(field) ?? []);
  }

  private state(field: number): StateView {
    const at = this.message(field);
    return at === undefined ? NO_STATE : new LazyState(at, this.limits);
  }

  private struct(at: Slice | undefined): JsonObject | undefined {
    return at === undefined ? undefined : new StructReader(at, this.limits).readStruct();
  }

  private resourceLists(field: number): Map<string, readonly ResourceView[]> {
    return indexMap(this.fields.get(field), (at) =>
      (indexFields(at, this.limits).get(1) ?? []).map((item) => new LazyResource(item, this.limits)),
    );
  }

  private schema(at: Slice): JsonObject | undefined {
    return this.struct(joinSlices(indexFields(at, this.limits).get(1) ?? []));
  }

  private credentialData(at: Slice): ReadonlyMap<string, Uint8Array> {
    const data = joinSlices(indexFields(at, this.limits).get(1) ?? []);
    return indexBytes(data === undefined ? [] : indexFields(data, this.limits).get(1));
  }
}

function readMeta(at: Slice | undefined, limits: CodecLimits): { tag: string; capabilities: number[] } {
  const reader = new Reader(at ?? EMPTY_SLICE);
  const capabilities: number[] = [];
  let tag = '';
  while (reader.pos < reader.end) {
    const key = reader.tag();
    if (key === 10) tag = reader.text();
    else if (key === 16 + VARINT) capabilities.push(reader.int32());
    else if (key === 16 + BYTES) {
      const packed = new Reader(reader.slice());
      while (packed.pos < packed.end) capabilities.push(packed.int32());
    } else reader.skip(key);
    if (capabilities.length > limits.maxEntries)
      throw new WireError('limit', 'it lists too many capabilities');
  }
  return { tag, capabilities };
}

/**
 * A view on a `RunFunctionRequest`: only the outermost fields are looked at now, everything else when it is read,
 * so that a handler pays for what it touches. Malformed bytes are a `WireError` (code `invalid`, or `limit` when a
 * bound is exceeded), here or at the first read that meets them.
 */
export function decodeRequest(bytes: Uint8Array, limits: Partial<CodecLimits> = {}): FunctionRequest {
  const all = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length > all.maxBytes) {
    throw new WireError('limit', `${bytes.length} bytes are more than ${all.maxBytes}`);
  }
  return new LazyRequest(toBuffer(bytes), all);
}

/** The lazy view behind a request, for code that splices bytes. */
export function asLazy(request: FunctionRequest): LazyRequest {
  if (request instanceof LazyRequest) return request;
  if ('lazy' in request && request.lazy instanceof LazyRequest) return request.lazy;
  throw new ToolkitError('internal', 'Cannot use the request: it was not decoded by decodeRequest()');
}
