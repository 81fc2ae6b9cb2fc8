/** Safety net only: watches trigger calls, and 60 s costs a busy control plane six times the CPU for nothing. */
export const DEFAULT_TTL_SECONDS = 600;
/** Wall clock of one call. Crossplane gives a whole reconcile two minutes. */
export const DEFAULT_TIMEOUT_MS = 30_000;
/** How long a stopping host waits for calls in flight. */
export const DEFAULT_GRACE_MS = 10_000;
export const DEFAULT_MAX_CONCURRENT = 64;
export const DEFAULT_MAX_QUEUED = 256;
export const DEFAULT_MAX_QUEUED_BYTES: number = 64 * 1024 * 1024; // 64 MiB
export const DEFAULT_MAX_RECEIVE_MB = 4;
/** Crossplane's client accepts 4 MiB, and no flag raises it. */
export const DEFAULT_MAX_SEND_MB = 4;
/** How often a certificate directory is looked at for a rotation. */
export const CERTIFICATE_POLL_MS = 10_000;
/** Memory for kept answers: some 300 XRs of 64 KiB requests. */
export const DEFAULT_CACHE_MB = 32;
/** Heap of one worker: every Blueprint of a catalogue, and an answer of a few MiB beside it. */
export const DEFAULT_HEAP_MB = 256;
