import type { Blueprint } from './define.ts';
import type { Xr } from './xr.ts';

/** Labels of the platform that an XR hands on to what it composes. */
const INHERITED = [
  'openova.io/sovereign',
  'openova.io/organization',
  'openova.io/environment',
  'openova.io/env-type',
  'openova.io/building-block',
  'openova.io/vcluster',
  'openova.io/host-cluster',
  'openova.io/application',
] as const;

/** Those without which nobody finds what belongs together. */
export const REQUIRED_LABELS: readonly string[] = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
];

/** Labels of every object an XR composes. */
export function composedLabels(blueprint: Blueprint, xr: Xr): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {
    'app.kubernetes.io/name': blueprint.name,
    'app.kubernetes.io/instance': xr.name.slice(0, 63),
    'app.kubernetes.io/managed-by': 'crossplane',
    'openova.io/blueprint': blueprint.artifact,
    'openova.io/blueprint-version': blueprint.version,
  };
  for (const key of INHERITED) {
    const value = xr.labels[key];
    if (value !== undefined) labels[key] = value;
  }
  return labels;
}
