/**
 * Where a registry keeps its bytes: files named by relative paths that the registry makes itself, never by a client.
 * Writes are whole or not at all; only upload files are appended to.
 */
export interface Store {
  /** Bytes of a file, or undefined if it is not there. */
  size(path: string): Promise<number | undefined>;
  /** A whole small file, or undefined. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** A part of a file, `end` inclusive, piece by piece. */
  stream(path: string, start: number, end: number): AsyncIterable<Uint8Array>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Renames a finished file over its final name, durably. */
  move(from: string, to: string): Promise<void>;
  /** Names in a directory, in no order; none if it is not there. */
  list(directory: string): Promise<readonly string[]>;
  remove(path: string): Promise<void>;
}
