import { satisfies } from 'semver';
import { composeFunction } from '../../blueprint/compose.ts';
import type { Blueprint } from '../../blueprint/define.ts';
import { ToolkitError } from '../../errors.ts';
import type { Served } from '../../function/host/router.ts';
import type { BundleRef } from './bundle-ref.ts';
import { runModule } from './host-modules.ts';
import type { OpenedBundle } from './open-bundle.ts';

/** What this host offers to bundles: a bundle's `hostApi` is a range of it. */
export const HOST_API_VERSION = '1.0.0';

/** Runs an opened bundle and makes a compose function of it. @throws ToolkitError `unsupported` or `invalid` */
export function evaluateBundle(bundle: OpenedBundle, ref: BundleRef): Served {
  if (!satisfies(HOST_API_VERSION, bundle.hostApi)) {
    throw new ToolkitError(
      'unsupported',
      `it needs host API "${bundle.hostApi.slice(0, 100)}", and this host has ${HOST_API_VERSION}`,
    );
  }
  const { default: exported } = runModule(ref.digest, ref.name, bundle.code);
  if (!isBlueprint(exported) || exported.name !== ref.name) {
    throw new ToolkitError('invalid', `its default export is not the Blueprint "${ref.name}"`);
  }
  const blueprint = { ...exported, version: ref.version }; // a development build's own version
  const catalogue = new Map(bundle.catalogue.map((entry) => [entry.name, entry]));
  return { name: ref.name, version: ref.version, compose: composeFunction(blueprint, { catalogue }) };
}

function isBlueprint(value: unknown): value is Blueprint {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'config' in value &&
    'sizes' in value &&
    'compose' in value &&
    typeof value.compose === 'function'
  );
}
