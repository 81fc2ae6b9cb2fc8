import { gunzipSync } from 'node:zlib';
import { gzip as pakoGzip } from 'pako';
import { ToolkitError } from '../errors.ts';

export const MAX_GUNZIP_BYTES: number = 256 * 1024 * 1024; // 256 MiB

const LEVEL = 6;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Compresses so that equal input gives equal bytes on every platform and Node: pako's own deflate at level 6, and a
 * header without time (bytes 4-7 zero), XFL 0 and OS 3, whatever the machine.
 */
export function gzip(bytes: Uint8Array): Uint8Array {
  const out = pakoGzip(bytes, { level: LEVEL });
  out.set([0, 0, 0, 0, 0, 3], 4);
  return out;
}

/** True if the bytes start as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1];
}

/**
 * Decompresses untrusted gzip; `what` names it in the error.
 * @throws ToolkitError `limit` beyond `maxBytes` (@default 256 MiB), `invalid` if it is not whole gzip
 */
export function gunzip(bytes: Uint8Array, what: string, maxBytes: number = MAX_GUNZIP_BYTES): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: maxBytes }));
  } catch (cause) {
    const tooLarge = cause instanceof RangeError || codeOf(cause) === 'ERR_BUFFER_TOO_LARGE';
    if (tooLarge) {
      throw new ToolkitError('limit', `Cannot unpack ${what}: it unpacks to more than ${maxBytes} bytes`, {
        cause,
      });
    }
    throw new ToolkitError('invalid', `Cannot unpack ${what}: it is not whole gzip`, { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
