import { isObject, type Json, type JsonObject } from '../../../lib/internal/json.ts';

// As much of protobuf as the judges need, apart from the codec that they judge.

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const NULL_VALUE = Buffer.from([8, 0]);

/** A field: text and bytes are length-delimited, numbers are varints; `undefined` is left out. */
export type Field = readonly [number: number, value: string | Uint8Array | number | undefined];

/** A message of these fields, in their order. */
export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (value === undefined) return [];
      if (typeof value === 'number') return [varint(number * 8 + VARINT), varint(value)];
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      return [varint(number * 8 + BYTES), varint(bytes.length), bytes];
    }),
  );
}

/** The entries of a map field. */
export function mapFields<T>(
  number: number,
  entries: Iterable<readonly [string, T]> | undefined,
  encode: (value: T) => Uint8Array,
): readonly Field[] {
  return [...(entries ?? [])].map(([key, value]) => [
    number,
    message([
      [1, key],
      [2, encode(value)],
    ]),
  ]);
}

/** `google.protobuf.Struct` */
export function struct(object: JsonObject): Buffer {
  return message(mapFields(1, Object.entries(object), value));
}

function value(json: Json): Buffer {
  if (json === null) return NULL_VALUE;
  if (typeof json === 'string') return message([[3, json]]);
  if (typeof json === 'boolean') return message([[4, json ? 1 : 0]]);
  if (typeof json === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(2 * 8 + FIXED64);
    bytes.writeDoubleLE(json, 1);
    return bytes;
  }
  if (isObject(json)) return message([[5, struct(json)]]);
  return message([[6, message(json.map((item: Json) => [1, value(item)]))]]);
}

function varint(number: number): Buffer {
  const bytes: number[] = [];
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Fields of a message by number, each with all its values in order. */
export class Message {
  readonly #fields = new Map<number, (Buffer | number)[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    const read = (): number => {
      let [out, scale] = [0, 1];
      for (;;) {
        const byte = bytes.readUInt8(at++);
        out += (byte & 0x7f) * scale;
        if (byte < 0x80) return out;
        scale *= 128;
      }
    };
    const take = (size: number): Buffer => {
      at += size;
      return bytes.subarray(at - size, at);
    };
    while (at < bytes.length) {
      const tag = read();
      const found = tag % 8 === VARINT ? read() : take(tag % 8 === FIXED64 ? 8 : read());
      const number = Math.floor(tag / 8);
      this.#fields.set(number, [...(this.#fields.get(number) ?? []), found]);
    }
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  all(number: number): readonly Buffer[] {
    return (this.#fields.get(number) ?? []).filter((v) => typeof v !== 'number');
  }

  number(number: number): number {
    const found = this.#fields.get(number)?.at(-1);
    return typeof found === 'number' ? found : 0;
  }

  bytes(number: number): Buffer {
    return this.all(number).at(-1) ?? Buffer.alloc(0);
  }

  text(number: number): string {
    return this.bytes(number).toString('utf8');
  }

  structs(number: number): readonly JsonObject[] {
    return this.all(number).map(readStruct);
  }
}

function readStruct(bytes: Buffer): JsonObject {
  const entries = new Message(bytes).all(1).map((entry) => new Message(entry));
  return Object.fromEntries(entries.map((entry) => [entry.text(1), readValue(entry.bytes(2))]));
}

function readValue(bytes: Buffer): Json {
  const found = new Message(bytes);
  if (found.has(2)) return found.bytes(2).readDoubleLE();
  if (found.has(3)) return found.text(3);
  if (found.has(4)) return found.number(4) !== 0;
  if (found.has(5)) return readStruct(found.bytes(5));
  if (found.has(6)) return new Message(found.bytes(6)).all(1).map(readValue);
  return null;
}
