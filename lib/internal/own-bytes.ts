/**
 * Bytes in memory of their own, which can be given back at once. Left to V8, it is found when the whole heap is collected,
 * which happens the more often the more of it there is (ADR 6); and Node's own small Buffers share a larger piece of memory,
 * which stays for as long as any of them does.
 */

/** Not cleared: the caller writes all of it. */
export function allocateOwn(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length);
}

export function copyOwn(bytes: Uint8Array): Buffer {
  const own = allocateOwn(bytes.length);
  own.set(bytes);
  return own;
}

/** Nobody reads the bytes any more: they are empty afterwards. Bytes that share their memory are left alone. */
export function freeOwn(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
