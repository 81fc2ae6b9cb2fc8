import { ToolkitError } from '../../errors.ts';
import { MAX_STRUCT_DEPTH } from './limits.ts';
import type { Slice } from './reader.ts';
import { Writer } from './writer.ts';

/** A Value that is already encoded: the bytes of a `google.protobuf.Value`. */
export class EncodedValue {
  readonly slice: Slice;
  constructor(slice: Slice) {
    this.slice = slice;
  }
}

/** A Struct's fields by key, some of them EncodedValues: how spliced and new fields are mixed. */
export class StructParts extends Map<string, unknown> {}

/**
 * Plain JSON data as `google.protobuf.Struct`, keys sorted, in one pass. Dropped: object fields that are undefined.
 * Refused, with their path: NaN, Infinity, integers beyond 2^53, bigint, functions, symbols, undefined in an array,
 * Date, Map and every other class instance, lone surrogates, nesting beyond 128 levels (so also a cycle).
 */
export class StructWriter extends Writer {
  /** Names what is being written in errors: `resource "db"`. */
  subject = 'the response';
  // Where the writer is, for errors: steps up to and including `level`; what lies beyond is left over. Cutting the
  // array instead costs a tenth of the whole encoding.
  private readonly path: (string | number)[] = [];
  private level = -1;

  /** Writes the fields of a Struct; the caller writes its length and tag. */
  struct(object: object, depth = 0): void {
    if (depth === 0) this.level = -1;
    if (object instanceof StructParts) {
      this.parts(object, depth);
      return;
    }
    this.checkObject(object, depth);
    const fields = object as Record<string, unknown>;
    const keys = sortedKeys(fields);
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      this.path[depth] = key;
      this.level = depth;
      const value = fields[key];
      if (value !== undefined) this.entry(key, value, depth);
    }
  }

  private parts(parts: StructParts, depth: number): void {
    for (const key of [...parts.keys()].sort().reverse()) {
      this.path[depth] = key;
      this.level = depth;
      const value = parts.get(key);
      if (value !== undefined) this.entry(key, value, depth);
    }
  }

  private entry(key: string, value: unknown, depth: number): void {
    const from = this.size;
    this.value(value, depth);
    this.level = depth; // back from what lies below; the key itself may be refused
    this.close(18, from);
    this.string(10, key);
    this.close(10, from);
  }

  private value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.string(26, value);
        return;
      case 'number':
        this.double(this.checkNumber(value));
        return;
      case 'boolean':
        this.raw2(32, value ? 1 : 0);
        return;
      case 'object':
        if (value === null) this.raw2(8, 0);
        else this.container(value, depth);
        return;
      case 'undefined':
        this.refuse('undefined');
        break;
      default:
        this.refuse(`a ${typeof value}`);
    }
  }

  private container(value: object, depth: number): void {
    const from = this.size;
    if (Array.isArray(value)) {
      this.list(value, depth + 1);
      this.close(50, from);
    } else if (value instanceof EncodedValue) {
      this.slice(value.slice);
    } else {
      this.struct(value, depth + 1);
      this.close(42, from);
    }
  }

  private list(items: readonly unknown[], depth: number): void {
    this.checkDepth(depth);
    for (let i = items.length - 1; i >= 0; i--) {
      this.path[depth] = i;
      this.level = depth;
      const from = this.size;
      this.value(items[i], depth);
      this.close(10, from);
    }
  }

  private checkNumber(value: number): number {
    if (!Number.isFinite(value)) this.refuse(String(value));
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.refuse(
        `the integer ${value}, beyond 2^53`,
        'Write it as a string, or as a quantity such as "16Gi"',
      );
    }
    return value === 0 ? 0 : value; // -0 is not a value of JSON
  }

  private checkObject(value: object, depth: number): void {
    this.checkDepth(depth);
    const prototype = Object.getPrototypeOf(value) as object | null;
    // Plain objects of another realm (a vm context) have a different Object.prototype: what counts is that it is a root.
    if (prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null)
      return;
    const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
    this.refuse(typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'a class instance');
  }

  private checkDepth(depth: number): void {
    if (depth >= MAX_STRUCT_DEPTH) {
      this.refuse(`nested deeper than ${MAX_STRUCT_DEPTH} levels`, 'Look for an object that contains itself');
    }
  }

  protected override refuse(state: string, remedy = 'Return plain JSON data'): never {
    const path = formatPath(this.path.slice(0, this.level + 1));
    throw new ToolkitError('compose', `Cannot encode ${this.subject}: ${path || 'it'} is ${state}`, {
      place: path,
      remedy,
    });
  }
}

function formatPath(path: readonly (string | number)[]): string {
  let out = '';
  for (const step of path.slice(0, 24)) {
    if (typeof step === 'number') out += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) out += out === '' ? step : `.${step}`;
    else out += `[${JSON.stringify(step.toWellFormed())}]`;
  }
  return path.length > 24 ? `${out}…` : out;
}

function sortedKeys(object: Record<string, unknown>): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}
