import type { KeyedLock } from '../internal/lock.ts';
import type { BackoffOptions, Clock } from '../internal/retry.ts';
import type { PushItem } from './target.ts';

/** What the targets of one client share. */
export interface RemoteContext {
  readonly maxBlobBytes: number;
  readonly chunkThreshold: number;
  readonly chunkBytes: number;
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  readonly locks: KeyedLock;
  /** Manifests read or written a moment ago, by `registry/repository@digest`: resolve and fetch are one request. */
  readonly manifests: BoundedMap<string, PushItem>;
  /** Blobs known to be there, by the same name. */
  readonly pushed: Set<string>;
}

/** A map that forgets its oldest entry beyond a size. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    const oldest = this.#map.keys().next();
    if (this.#map.size > this.#max && oldest.done !== true) this.#map.delete(oldest.value);
  }

  delete(key: K): void {
    this.#map.delete(key);
  }
}
