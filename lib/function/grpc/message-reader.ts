import { gunzipSync, inflateSync } from 'node:zlib';
import { allocateOwn } from '../../internal/own-bytes.ts';
import { GrpcError } from './status.ts';

const HEAD = 5; // bytes: compressed or not, length
const MAX_PARTS = 512; // a message that comes in crumbs is put together now and then, or it would weigh a hundredfold

/** Puts the messages of a call together from the bytes as they come. */
export class MessageReader {
  private readonly maxBytes: number;
  private readonly encoding: string;
  private parts: Buffer[] = [];
  private size = 0;

  /** `encoding`: the call's `grpc-encoding`. @throws GrpcError UNIMPLEMENTED if nobody here can read it */
  constructor(maxBytes: number, encoding: string) {
    if (!['identity', 'gzip', 'deflate'].includes(encoding)) {
      throw new GrpcError('UNIMPLEMENTED', 'the message encoding is not supported');
    }
    this.maxBytes = maxBytes;
    this.encoding = encoding;
  }

  /** Bytes that came and belong to no whole message yet. */
  get held(): number {
    return this.size;
  }

  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.parts.push(bytes) > MAX_PARTS) this.join();
  }

  /**
   * The next message that is complete, if there is one, in memory of its own. @throws GrpcError when it is too large or
   * cannot be read
   */
  next(): Buffer | undefined {
    if (this.size < HEAD) return undefined;
    if ((this.parts[0] as Buffer).length < HEAD) this.join();
    const head = this.parts[0] as Buffer;
    const end = HEAD + head.readUInt32BE(1);
    if (end - HEAD > this.maxBytes) throw this.tooLarge(end - HEAD);
    if (this.size < end) return undefined;
    const message = this.cut(end - HEAD);
    return head[0] === 0 ? message : this.decompress(message, head[0] as number);
  }

  private join(): void {
    this.parts = [Buffer.concat(this.parts, this.size)];
  }

  /** What comes after the head; the parts are what comes after that. */
  private cut(length: number): Buffer {
    const message = allocateOwn(length);
    const rest: Buffer[] = [];
    let at = -HEAD;
    for (const part of this.parts) {
      if (at < length) part.copy(message, Math.max(at, 0), Math.max(-at, 0));
      at += part.length;
      if (at > length) rest.push(part.subarray(Math.max(part.length - (at - length), 0)));
    }
    this.size -= HEAD + length;
    this.parts = rest;
    return message;
  }

  private decompress(message: Buffer, flag: number): Buffer {
    if (flag !== 1 || this.encoding === 'identity') {
      throw new GrpcError('INTERNAL', 'a message is compressed, and the call does not say how');
    }
    try {
      const options = { maxOutputLength: this.maxBytes };
      return this.encoding === 'gzip' ? gunzipSync(message, options) : inflateSync(message, options);
    } catch (error) {
      if (error instanceof RangeError) throw this.tooLarge(undefined);
      throw new GrpcError('INTERNAL', `a message cannot be decompressed by ${this.encoding}`);
    }
  }

  private tooLarge(length: number | undefined): GrpcError {
    const size = length === undefined ? 'it holds' : `${length} bytes are`;
    return new GrpcError(
      'RESOURCE_EXHAUSTED',
      `the message is too large: ${size} more than ${this.maxBytes}`,
    );
  }
}
