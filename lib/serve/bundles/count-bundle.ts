import type { Meter } from '../../function/host/router.ts';
import type { BundleEvent } from './bundle-store.ts';

/** Counts what happens to bundles; their names stay in the log, since callers choose them. */
export function countBundle(meter: Meter, { type, source, code, ms }: BundleEvent): void {
  const events = 'Signed bundles: loaded, refused, evicted, not-cached (disk full or read-only)';
  meter.count('function_bundle_events_total', events, {
    event: type,
    source: source ?? '',
    code: code ?? '',
  });
  if (type !== 'loaded' && type !== 'refused') return;
  const help = 'Time spent on loading signed bundles';
  meter.count('function_bundle_load_seconds_total', help, { event: type }, ms / 1000);
}
