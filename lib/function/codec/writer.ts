import { ToolkitError } from '../../errors.ts';
import { copyOwn } from '../../internal/own-bytes.ts';
import type { Slice } from './reader.ts';

const INITIAL_BYTES: number = 128 * 1024; // 128 KiB
const MAX_KEPT_BYTES: number = 2 * 1024 * 1024; // 2 MiB: what one large answer may leave behind
const MAX_WRITTEN_BYTES: number = 64 * 1024 * 1024; // 64 MiB: enough to say how large a refused answer is
const SHORT = 24; // characters: below it a loop beats a call into the runtime

let kept: Buffer | undefined;

/**
 * Writes protobuf backwards, last field first, so that every length is known when it is written: one pass, no
 * size computation, no copy. `bytes()` hands out a copy and gives the memory back.
 */
export class Writer {
  private buf: Buffer;
  protected pos: number;

  constructor() {
    this.buf = kept ?? Buffer.allocUnsafeSlow(INITIAL_BYTES);
    kept = undefined; // a getter in an author's object may start another encoding
    this.pos = this.buf.length;
  }

  /** Bytes written so far; what `close()` measures from. */
  get size(): number {
    return this.buf.length - this.pos;
  }

  /** What was written; the writer must not be used afterwards. */
  bytes(): Buffer {
    const out = copyOwn(this.buf.subarray(this.pos));
    this.release();
    return out;
  }

  /** Gives the memory back for the next encoding. */
  release(): void {
    if (this.buf.length <= MAX_KEPT_BYTES) kept = this.buf;
  }

  /** Puts tag and length in front of what was written since `size` was `from`. The tag is one byte. */
  close(tag: number, from: number): void {
    const length = this.buf.length - this.pos - from;
    if (length < 0x80) this.raw2(tag, length);
    else {
      this.varint(length);
      this.byte(tag);
    }
  }

  byte(value: number): void {
    if (this.pos < 1) this.grow(1);
    this.buf[--this.pos] = value;
  }

  /** Two bytes, `first` in front. */
  raw2(first: number, second: number): void {
    if (this.pos < 2) this.grow(2);
    const { buf } = this;
    buf[--this.pos] = second;
    buf[--this.pos] = first;
  }

  /** An unsigned varint, up to 2^53. */
  varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
    if (this.pos < size) this.grow(size);
    const { buf } = this;
    this.pos -= size;
    let at = this.pos;
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) buf[at++] = (rest % 128) | 0x80;
    buf[at] = rest;
  }

  /** A varint field, left out when it is 0, as proto3 does. */
  uint(tag: number, value: number): void {
    if (value === 0) return;
    this.varint(value);
    this.byte(tag);
  }

  /** `number_value` of a Value. */
  double(value: number): void {
    if (this.pos < 9) this.grow(9);
    this.pos -= 9;
    this.buf[this.pos] = 17;
    this.buf.writeDoubleLE(value, this.pos + 1);
  }

  /** A string field, written even when it is empty. */
  string(tag: number, text: string): void {
    const { length } = text;
    if (length > SHORT || !this.shortAscii(text)) this.utf8(text);
    // `utf8` and `shortAscii` leave the bytes; only they know how many.
    this.close(tag, this.textFrom);
  }

  /** A string field, left out when it is empty, as proto3 does. */
  text(tag: number, text: string): void {
    if (text !== '') this.string(tag, text);
  }

  /** A bytes field. */
  blob(tag: number, bytes: Uint8Array): void {
    const from = this.size;
    this.copy(bytes, 0, bytes.length);
    this.close(tag, from);
  }

  /** Bytes as they are. */
  slice(slice: Slice): void {
    this.copy(slice.buf, slice.start, slice.end);
  }

  private textFrom = 0;

  private shortAscii(text: string): boolean {
    this.textFrom = this.size;
    const { length } = text;
    if (this.pos < length) this.grow(length);
    const { buf } = this;
    const start = this.pos - length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buf[start + i] = code;
    }
    this.pos = start;
    return true;
  }

  private utf8(text: string): void {
    this.textFrom = this.size;
    const size = Buffer.byteLength(text);
    if (this.pos < size) this.grow(size);
    this.pos -= size;
    if (size === text.length) this.buf.write(text, this.pos, size, 'latin1');
    else if (text.isWellFormed()) this.buf.write(text, this.pos, size, 'utf8');
    else this.refuse('a string with half of a surrogate pair');
  }

  private copy(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (this.pos < size) this.grow(size);
    this.pos -= size;
    this.buf.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.pos);
  }

  protected refuse(state: string): never {
    throw new ToolkitError('compose', `Cannot encode the message: it holds ${state}`);
  }

  private grow(needed: number): void {
    const used = this.size;
    if (used + needed > MAX_WRITTEN_BYTES) {
      throw new ToolkitError(
        'limit',
        `Cannot encode the message: it is larger than ${MAX_WRITTEN_BYTES} bytes`,
      );
    }
    const buf = Buffer.allocUnsafeSlow(Math.max(this.buf.length * 2, used + needed));
    this.buf.copy(buf, buf.length - used, this.pos);
    this.pos = buf.length - used;
    this.buf = buf;
  }
}
