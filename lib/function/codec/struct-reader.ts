import type { Json, JsonObject } from '../../internal/json.ts';
import type { CodecLimits } from './limits.ts';
import { joinSlices, Reader, type Slice } from './reader.ts';
import { WireError } from './wire-error.ts';

// Tags (field number × 8 + wire type) of google.protobuf.Struct, its map entry, Value and ListValue.
const STRUCT_ENTRY = 10;
const ENTRY_KEY = 10;
const ENTRY_VALUE = 18;
const LIST_ITEM = 10;
const NULL = 8;
const NUMBER = 17;
const STRING = 26;
const BOOL = 32;
const STRUCT = 42;
const LIST = 50;
const UNSET = 0;

/**
 * `google.protobuf.Struct` as plain, deeply frozen JSON, keys in order. An unset Value is null, as Go has it. A key `__proto__`
 * becomes an own property (as `JSON.parse` does) and never sets a prototype. NaN and Infinity are refused.
 */
export class StructReader extends Reader {
  private readonly limits: CodecLimits;
  private values = 0;
  // What `scanValue` found: the oneof member that came last, and where its payload is.
  private kind = UNSET;
  private from = 0;
  private to = 0;
  private parts: Slice[] | undefined;

  constructor(slice: Slice, limits: CodecLimits) {
    super(slice);
    this.limits = limits;
  }

  /** The Struct between `pos` and `end`. */
  readStruct(depth = 1): JsonObject {
    this.enter(depth);
    const out: Record<string, Json> = {};
    const end = this.end;
    let last = '';
    let sorted = true;
    while (this.pos < end) {
      const tag = this.tag();
      if (tag !== STRUCT_ENTRY) {
        this.skip(tag);
        continue;
      }
      const entryEnd = this.length() + this.pos; // in this order: reading the length moves `pos`
      this.end = entryEnd;
      const key = this.readEntry(out, depth);
      if (key < last) sorted = false;
      last = key;
      this.pos = entryEnd;
      this.end = end;
    }
    return Object.freeze(sorted ? out : sortKeys(out));
  }

  private readEntry(out: Record<string, Json>, depth: number): string {
    let key = '';
    let from = -1;
    let to = -1;
    let parts: Slice[] | undefined;
    while (this.pos < this.end) {
      const tag = this.tag();
      if (tag === ENTRY_KEY) key = this.key();
      else if (tag === ENTRY_VALUE) {
        const length = this.length();
        if (from >= 0) {
          parts ??= [{ buf: this.buf, start: from, end: to }];
          parts.push({ buf: this.buf, start: this.pos, end: this.pos + length });
        }
        from = this.pos;
        this.pos += length;
        to = this.pos;
      } else this.skip(tag);
    }
    const value =
      parts === undefined ? this.readValueAt(from, to, depth) : this.nested(parts).readValue(depth);
    setOwn(out, key, value);
    return key;
  }

  private readValueAt(from: number, to: number, depth: number): Json {
    if (from < 0) return null;
    this.pos = from;
    this.end = to;
    return this.readValue(depth);
  }

  /** The Value between `pos` and `end`; `depth` is that of the object or array that holds it. */
  readValue(depth = 0): Json {
    if (++this.values > this.limits.maxValues) {
      throw new WireError('limit', `an object holds more than ${this.limits.maxValues} values`);
    }
    this.scanValue();
    const { kind, from, to, parts } = this;
    switch (kind) {
      case STRING:
        this.pos = from;
        this.end = to;
        return this.text();
      case NUMBER:
        return this.number(from);
      case BOOL:
        this.pos = from;
        this.end = to;
        return this.varint() !== 0;
      case STRUCT:
        if (parts !== undefined) return this.nested(parts).readStruct(depth + 1);
        this.pos = from;
        this.end = to;
        return this.readStruct(depth + 1);
      case LIST:
        if (parts !== undefined) return this.nested(parts).readList(depth + 1);
        this.pos = from;
        this.end = to;
        return this.readList(depth + 1);
      default:
        return null;
    }
  }

  /** The ListValue between `pos` and `end`. */
  private readList(depth: number): readonly Json[] {
    this.enter(depth);
    const out: Json[] = [];
    const end = this.end;
    while (this.pos < end) {
      const tag = this.tag();
      if (tag !== LIST_ITEM) {
        this.skip(tag);
        continue;
      }
      const itemEnd = this.length() + this.pos;
      this.end = itemEnd;
      out.push(this.readValue(depth));
      this.pos = itemEnd;
      this.end = end;
    }
    return Object.freeze(out);
  }

  /** What stands at `path` (from step `next` on) below the Value between `pos` and `end`; decodes only that. */
  readBelow(path: readonly (string | number)[], next = 0): Json | undefined {
    const step = path[next];
    if (step === undefined) return this.readValue(path.length + 1);
    const at = this.member(typeof step === 'number' ? [STRUCT, LIST] : [STRUCT]);
    if (at === undefined) return undefined;
    const isList = this.kind === LIST;
    const inside = this.moveTo(at);
    const found = isList ? inside.findItem(Number(step)) : inside.findField(String(step));
    return found === undefined ? undefined : this.moveTo(found).readBelow(path, next + 1);
  }

  /** A reader over `at`: this one, unless merged parts lie in memory of their own. */
  private moveTo(at: Slice): StructReader {
    if (at.buf !== this.buf) return new StructReader(at, this.limits);
    this.pos = at.start;
    this.end = at.end;
    return this;
  }

  /** The Struct's bytes inside the Value between `pos` and `end`; undefined if it is something else. */
  structSlice(): Slice | undefined {
    return this.member([STRUCT]);
  }

  /** The payload of this Value if it is one of `kinds`. */
  private member(kinds: readonly number[]): Slice | undefined {
    this.scanValue();
    if (!kinds.includes(this.kind)) return undefined;
    return this.parts === undefined
      ? { buf: this.buf, start: this.from, end: this.to }
      : joinSlices(this.parts);
  }

  /** The Value of a key of the Struct between `pos` and `end`: the last entry wins, as everywhere in protobuf. */
  findField(name: string): Slice | undefined {
    const { buf, end } = this;
    let found: Slice | undefined;
    while (this.pos < end) {
      const tag = this.tag();
      if (tag !== STRUCT_ENTRY) {
        this.skip(tag);
        continue;
      }
      const entryEnd = this.length() + this.pos;
      const value = this.plainEntry(entryEnd);
      if (value < 0) {
        const entry = readEntry({ buf, start: this.pos, end: entryEnd });
        if (entry.key === name) found = entry.value;
      } else if (this.keyIs(name)) found = { buf, start: value, end: entryEnd };
      this.pos = entryEnd;
    }
    return found;
  }

  /** Where the value of an entry begins that is a short key and a value, as encoders write it; -1 for any other. */
  private plainEntry(entryEnd: number): number {
    const { buf, pos, end } = this;
    const length = buf[pos + 1] as number;
    const next = pos + 2 + length;
    if (buf[pos] !== ENTRY_KEY || length >= 0x80 || next + 1 >= entryEnd || buf[next] !== ENTRY_VALUE)
      return -1;
    this.pos = next + 1;
    this.end = entryEnd;
    const size = this.length();
    const value = this.pos;
    this.pos = pos;
    this.end = end;
    return value + size === entryEnd ? value : -1;
  }

  /** Is the key of the plain entry at `pos` this one? */
  private keyIs(name: string): boolean {
    const { buf, pos } = this;
    const length = buf[pos + 1] as number;
    if (length < name.length) return false;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code > 0x7f) return name === buf.toString('utf8', pos + 2, pos + 2 + length);
      if (buf[pos + 2 + i] !== code) return false;
    }
    return length === name.length;
  }

  /** Calls `visit` with every entry of the Struct between `pos` and `end`; the value is the payload of a Value. */
  eachField(visit: (key: string, value: Slice) => void): void {
    while (this.pos < this.end) {
      const tag = this.tag();
      if (tag === STRUCT_ENTRY) {
        const entry = readEntry(this.slice());
        visit(entry.key, entry.value);
      } else this.skip(tag);
    }
  }

  private findItem(index: number): Slice | undefined {
    let at = 0;
    while (this.pos < this.end) {
      const tag = this.tag();
      if (tag !== LIST_ITEM) this.skip(tag);
      else {
        const item = this.slice();
        if (at++ === index) return item;
      }
    }
    return undefined;
  }

  /** Finds the oneof member that counts: the last, merged with those of its kind right before it. */
  private scanValue(): void {
    this.kind = UNSET;
    this.parts = undefined;
    while (this.pos < this.end) {
      const tag = this.tag();
      switch (tag) {
        case NULL:
        case BOOL:
          this.from = this.pos;
          this.varint();
          break;
        case NUMBER:
          this.from = this.pos;
          this.advance(8);
          break;
        case STRING:
          this.from = this.pos;
          this.advance(this.length());
          break;
        case STRUCT:
        case LIST: {
          const length = this.length();
          this.merge(tag, this.pos, this.pos + length);
          this.from = this.pos;
          this.pos += length;
          break;
        }
        default:
          this.skip(tag);
          continue;
      }
      this.kind = tag;
      this.to = this.pos;
    }
  }

  private merge(tag: number, start: number, end: number): void {
    if (this.kind !== tag) {
      this.parts = undefined;
      return;
    }
    this.parts ??= [{ buf: this.buf, start: this.from, end: this.to }];
    this.parts.push({ buf: this.buf, start, end });
  }

  private number(at: number): number {
    const value = this.buf.readDoubleLE(at);
    if (!Number.isFinite(value)) throw new WireError('invalid', 'a number is NaN or infinite');
    return value;
  }

  private nested(parts: readonly Slice[]): StructReader {
    const reader = new StructReader(joinSlices(parts) as Slice, this.limits);
    reader.values = this.values;
    return reader;
  }

  private enter(depth: number): void {
    if (depth > this.limits.maxDepth) {
      throw new WireError('limit', `an object is nested deeper than ${this.limits.maxDepth} levels`);
    }
  }
}

function setOwn(out: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  } else out[key] = value;
}

/** Crossplane writes the keys in another order each time: a list made from them would flap. */
function sortKeys(object: Record<string, Json>): Record<string, Json> {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(object).sort()) setOwn(out, key, object[key] as Json);
  return out;
}

/** A map entry `{1: key, 2: value}` whose value is a message. */
export interface Entry {
  readonly key: string;
  readonly value: Slice;
}

/** Reads a map entry without decoding its value; an absent value is the empty message. */
export function readEntry(slice: Slice): Entry {
  const reader = new Reader(slice);
  let key = '';
  const parts: Slice[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === ENTRY_KEY) key = reader.key();
    else if (tag === ENTRY_VALUE) parts.push(reader.slice());
    else reader.skip(tag);
  }
  return { key, value: joinSlices(parts) ?? { buf: slice.buf, start: slice.end, end: slice.end } };
}
