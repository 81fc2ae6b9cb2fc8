/** Bounds for what a registry may make us read; cosign's and Kyverno's where they have one. */
export const MAX_LEGACY_LAYERS = 1000;
export const MAX_LEGACY_PAYLOAD_BYTES: number = 128 * 1024 * 1024; // 128 MiB, cosign
export const MAX_REFERRERS = 50; // Kyverno
export const MAX_BUNDLE_BYTES: number = 10 * 1000 * 1000; // 10 MB, Kyverno
/** All payloads of one artifact together. */
export const MAX_TOTAL_BYTES: number = 256 * 1024 * 1024; // 256 MiB
