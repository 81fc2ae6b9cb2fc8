import { isUtf8 } from 'node:buffer';
import { WireError } from './wire-error.ts';

/** Wire types of protobuf; 3 and 4 (groups) are only ever skipped. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

const MAX_GROUP_DEPTH = 32;
const MAX_VARINT_BYTES = 10;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/** A range of bytes inside a message; nothing is copied. */
export interface Slice {
  readonly buf: Buffer;
  readonly start: number;
  readonly end: number;
}

export const EMPTY_SLICE: Slice = { buf: Buffer.alloc(0), start: 0, end: 0 };

/** The bytes as a Buffer on the same memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * One message out of the payloads of a repeated occurrence of a singular message field: protobuf defines that
 * they merge, and that joining the bytes is the merge. Copies only if there is more than one.
 */
export function joinSlices(parts: readonly Slice[]): Slice | undefined {
  if (parts.length < 2) return parts[0];
  const buf = Buffer.concat(parts.map((p) => p.buf.subarray(p.start, p.end)));
  return { buf, start: 0, end: buf.length };
}

/** A cursor over the wire format. Every read is checked against `end`; a violation is a `WireError`. */
export class Reader {
  readonly buf: Buffer;
  pos: number;
  end: number;

  constructor(slice: Slice) {
    this.buf = slice.buf;
    this.pos = slice.start;
    this.end = slice.end;
  }

  /** The text of a string field's payload. */
  static textOf(slice: Slice): string {
    return decodeText(slice.buf, slice.start, slice.end);
  }

  /** An unsigned varint as a double: exact up to 2^53, which is more than any length or tag may be. */
  varint(): number {
    const { buf } = this;
    if (this.pos < this.end) {
      const first = buf[this.pos] as number;
      if (first < 0x80) {
        this.pos++;
        return first;
      }
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.pos >= this.end) throw new WireError('invalid', 'a number is cut off');
      const byte = buf[this.pos++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new WireError('invalid', 'a number is longer than 10 bytes');
  }

  /** A varint as int32: enums, which arrive sign-extended to 64 bits when negative. */
  int32(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.pos >= this.end) throw new WireError('invalid', 'a number is cut off');
      const byte = this.buf[this.pos++] as number;
      if (i < 5) value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    throw new WireError('invalid', 'a number is longer than 10 bytes');
  }

  /** Field number × 8 + wire type. */
  tag(): number {
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    if (field < 1 || field > MAX_FIELD_NUMBER)
      throw new WireError('invalid', 'a field number is out of range');
    return tag;
  }

  /** The length of a length-delimited field, known to fit. */
  length(): number {
    const length = this.varint();
    if (length > this.end - this.pos) throw new WireError('invalid', 'a field is cut off');
    return length;
  }

  /** The payload of a length-delimited field. */
  slice(): Slice {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    return { buf: this.buf, start, end: this.pos };
  }

  advance(count: number): void {
    if (count > this.end - this.pos) throw new WireError('invalid', 'a field is cut off');
    this.pos += count;
  }

  /** Skips the value of a field that is not known. */
  skip(tag: number, depth = 0): void {
    switch (tag % 8) {
      case VARINT:
        this.int32();
        return;
      case FIXED64:
        this.advance(8);
        return;
      case BYTES:
        this.advance(this.length());
        return;
      case START_GROUP:
        this.skipGroup(Math.floor(tag / 8), depth + 1);
        return;
      case FIXED32:
        this.advance(4);
        return;
      default:
        throw new WireError('invalid', 'a field has an unknown wire type');
    }
  }

  private skipGroup(field: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw new WireError('limit', 'groups are nested too deeply');
    while (this.pos < this.end) {
      const tag = this.tag();
      if (tag % 8 === END_GROUP) {
        if (Math.floor(tag / 8) !== field) throw new WireError('invalid', 'a group ends that never began');
        return;
      }
      this.skip(tag, depth);
    }
    throw new WireError('invalid', 'a group is cut off');
  }

  /** A string field; protobuf allows UTF-8 only. */
  text(): string {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    return length === 0 ? '' : decodeText(this.buf, start, this.pos);
  }

  /** A string that is likely to come again, such as the key of an object: short ones are shared. */
  key(): string {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    if (length === 0) return '';
    return length > MAX_SHARED_KEY
      ? decodeText(this.buf, start, this.pos)
      : sharedKey(this.buf, start, length);
  }
}

function decodeText(buf: Buffer, start: number, end: number): string {
  const text = buf.toString('utf8', start, end);
  // Node replaces what is not UTF-8 in silence; only a replacement character makes the slower check needed.
  if (text.includes('\ufffd') && !isUtf8(buf.subarray(start, end))) {
    throw new WireError('invalid', 'a string is not UTF-8');
  }
  return text;
}

const MAX_SHARED_KEY = 32; // characters
const SHARED_KEYS = 2048; // slots; a collision only replaces
const shared: string[] = new Array<string>(SHARED_KEYS).fill('');

/** Field names repeat thousands of times in a request: comparing with a known string is cheaper than making one. */
function sharedKey(buf: Buffer, start: number, length: number): string {
  const first = buf[start] as number;
  const middle = buf[start + (length >> 1)] as number;
  const last = buf[start + length - 1] as number;
  const slot = (length * 1031 + first * 131 + middle * 31 + last * 7) & (SHARED_KEYS - 1);
  const known = shared[slot] as string;
  if (known.length === length && matches(known, buf, start)) return known;
  const text = decodeText(buf, start, start + length);
  if (text.length === length) shared[slot] = text; // as many characters as bytes: ASCII
  return text;
}

function matches(text: string, buf: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== buf[start + i]) return false;
  }
  return true;
}
