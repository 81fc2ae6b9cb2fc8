import { isToolkitError, type ToolkitErrorCode } from '../../errors.ts';
import type { Refusal, Served } from '../../function/host/router.ts';
import { Semaphore } from '../../internal/lock.ts';
import { type Clock, systemClock } from '../../internal/retry.ts';
import type { BundleCache } from './bundle-cache.ts';
import { type BundleRef, formatRef, keyOf } from './bundle-ref.ts';
import { evaluateBundle } from './evaluate-bundle.ts';
import { fetchBundle, type OpenRepository } from './fetch-bundle.ts';
import { openBundle } from './open-bundle.ts';
import type { Trust } from './trust-file.ts';

/** What happened to a bundle, for logs and metrics. */
export interface BundleEvent {
  readonly type: 'loaded' | 'refused' | 'evicted' | 'not-cached';
  readonly bundle: BundleRef;
  /** `loaded`: where its bytes came from. */
  readonly source?: 'disk' | 'registry';
  /** `refused` and `not-cached`. */
  readonly reason?: string;
  readonly code?: ToolkitErrorCode | undefined;
  /** How long it took. */
  readonly ms: number;
}

export interface BundleStoreOptions {
  /** The trust policy, read anew for every load. */
  readonly trust: () => Promise<Trust>;
  readonly open: OpenRepository;
  /** @default none: every load asks the registry */
  readonly cache?: BundleCache;
  readonly onEvent?: (event: BundleEvent) => void;
  /** Wall clock of one load. @default 20 000 */
  readonly timeoutMs?: number;
  /** A bundle that nobody asked for in this time is let go. @default 30 minutes */
  readonly idleMs?: number;
  /** Bundles at once; the one that was asked for longest ago goes. @default 256 */
  readonly maxLoaded?: number;
  readonly clock?: Clock;
}

/** A refusal, and what kind of. */
export interface BundleRefusal extends Refusal {
  readonly code: ToolkitErrorCode | undefined;
}

interface Loaded {
  readonly bundle: BundleRef;
  readonly served: Served;
  used: number;
}

interface Failed {
  readonly refusal: BundleRefusal;
  readonly attempts: number;
  readonly retryAt: number;
}

const DEFAULT_TIMEOUT_MS = 20_000; // below the 30 s of a call
const DEFAULT_IDLE_MS: number = 30 * 60 * 1000; // three times the default ttl
const DEFAULT_MAX_LOADED = 256;
const MAX_PENDING = 64;
const MAX_FAILED = 1024;
const MAX_CONCURRENT_LOADS = 4;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000; // 5 minutes
const MAX_REASON = 1000; // characters

/**
 * Loads bundles when they are asked for and keeps them while they are. One load serves all who wait for it; what cannot
 * be loaded is not tried again before a pause that doubles each time; what is loaded needs no registry any more.
 */
export class BundleStore {
  readonly #options: BundleStoreOptions;
  readonly #clock: Clock;
  readonly #loaded = new Map<string, Loaded>(); // in the order of last use
  readonly #pending = new Map<string, Promise<Served | BundleRefusal>>();
  readonly #failed = new Map<string, Failed>();
  readonly #slots = new Semaphore(MAX_CONCURRENT_LOADS);
  readonly #closed = new AbortController();

  constructor(options: BundleStoreOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** For gauges. */
  get counts(): { readonly loaded: number; readonly pending: number; readonly failed: number } {
    return { loaded: this.#loaded.size, pending: this.#pending.size, failed: this.#failed.size };
  }

  /** The Blueprint of a bundle, at once if it is loaded; never rejects. */
  get(ref: BundleRef): Served | BundleRefusal | Promise<Served | BundleRefusal> {
    const key = keyOf(ref);
    const now = this.#clock.now();
    const loaded = this.#loaded.get(key);
    if (loaded !== undefined) {
      loaded.used = now;
      this.#loaded.delete(key);
      this.#loaded.set(key, loaded);
      this.#letGo(now);
      return loaded.served;
    }
    const failed = this.#failed.get(key);
    if (failed !== undefined && now < failed.retryAt) return failed.refusal;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= MAX_PENDING)
      return refusal(ref, 'too many other bundles are being loaded', 'limit');
    const load = this.#slots.run(() => this.#load(key, ref)).finally(() => this.#pending.delete(key));
    this.#pending.set(key, load);
    return load;
  }

  /** Ends loads under way. What is loaded stays. */
  close(): void {
    this.#closed.abort();
  }

  async #load(key: string, ref: BundleRef): Promise<Served | BundleRefusal> {
    const started = this.#clock.now();
    try {
      const { bytes, source } = await this.#bytes(ref, started);
      const served = evaluateBundle(openBundle(bytes, ref), ref);
      const now = this.#clock.now();
      this.#failed.delete(key);
      this.#loaded.set(key, { bundle: ref, served, used: now });
      this.#letGo(now);
      this.#tell({ type: 'loaded', bundle: ref, source, ms: now - started });
      return served;
    } catch (error) {
      return this.#refuse(key, ref, error, started);
    }
  }

  async #bytes(ref: BundleRef, started: number) {
    const { cache, open, trust: readTrust, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const trust = await readTrust();
    const cached = await cache?.read(ref, trust);
    if (cached !== undefined) return { bytes: cached, source: 'disk' as const };
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(timeoutMs)]);
    const bytes = await fetchBundle(open, ref, trust, signal);
    await cache?.write(ref, trust, bytes).catch((error: unknown) => {
      // A full or read-only disk costs a download after the next start, nothing else.
      const reason = reasonOf(error);
      this.#tell({ type: 'not-cached', bundle: ref, reason, ms: this.#clock.now() - started });
    });
    return { bytes, source: 'registry' as const };
  }

  #refuse(key: string, ref: BundleRef, error: unknown, started: number): BundleRefusal {
    const now = this.#clock.now();
    const attempts = (this.#failed.get(key)?.attempts ?? 0) + 1;
    const code = isToolkitError(error) ? error.code : undefined;
    const reason = reasonOf(error);
    const refused = refusal(ref, reason, code);
    const pause = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
    this.#failed.delete(key);
    this.#failed.set(key, { refusal: refused, attempts, retryAt: now + pause });
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MAX_FAILED && oldest !== undefined) this.#failed.delete(oldest);
    this.#tell({ type: 'refused', bundle: ref, reason, code, ms: now - started });
    return refused;
  }

  #letGo(now: number): void {
    const { idleMs = DEFAULT_IDLE_MS, maxLoaded = DEFAULT_MAX_LOADED } = this.#options;
    for (const [key, { bundle, used }] of this.#loaded) {
      if (now - used < idleMs && this.#loaded.size <= maxLoaded) return; // the others were used later
      this.#loaded.delete(key);
      this.#tell({ type: 'evicted', bundle, ms: now - used });
    }
  }

  #tell(event: BundleEvent): void {
    this.#options.onEvent?.(event);
  }
}

function refusal(ref: BundleRef, reason: string, code: ToolkitErrorCode | undefined): BundleRefusal {
  return { fatal: `Cannot load "${ref.name}" from "${formatRef(ref)}": ${reason}`, code };
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it took too long';
  const message = error instanceof Error ? error.message : String(error);
  return message.toWellFormed().slice(0, MAX_REASON);
}
