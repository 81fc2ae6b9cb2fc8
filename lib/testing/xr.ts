import type { Blueprint } from '../blueprint/index.ts';
import { ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';

/** What an XR says; `I` is what a user writes under `spec.config`. */
export interface XrOptions<I> {
  /** @default the Blueprint's name */
  readonly name?: string;
  /** Of a namespaced Blueprint. @default "default" */
  readonly namespace?: string;
  /** @default none, which is the Blueprint's first */
  readonly size?: string;
  readonly placement?: { readonly mode?: string; readonly regions?: readonly string[] };
  readonly config?: I;
  /** Which XR is used for an alias of `depends`. */
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * An XR of a Blueprint; the config is checked by its type.
 * @throws ToolkitError `usage` for a size that the Blueprint does not have
 * @example xr(valkey, { size: 'large', config: { memory: '1Gi' } })
 */
export function xr<I>(blueprint: Blueprint<I>, options: XrOptions<I> = {}): JsonObject {
  const {
    name = blueprint.name,
    namespace = 'default',
    labels,
    size,
    placement,
    config,
    dependencies,
  } = options;
  if (size !== undefined && !blueprint.sizes.has(size)) {
    throw new ToolkitError('usage', `Cannot make an XR of "${blueprint.name}": there is no size "${size}"`, {
      remedy: `there are ${[...blueprint.sizes.keys()].join(', ')}`,
    });
  }
  const spec = { size, placement, config, dependencies };
  return JSON.parse(
    // Undefined fields, also those inside a config, are left out as they would be in YAML.
    JSON.stringify({
      apiVersion: COMPOSE_API_VERSION,
      kind: blueprint.kind,
      metadata: { name, ...(blueprint.scope === 'Namespaced' && { namespace }), labels },
      spec,
    }),
  ) as JsonObject;
}
