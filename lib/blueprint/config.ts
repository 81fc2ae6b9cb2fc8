import { formatIssues, ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import {
  applyDefaults,
  type ConfigSchema,
  type ConfigValidator,
  compileConfig,
  loadConfigSchema,
  mergeConfig,
} from '../schema/index.ts';
import { MAX_REGIONS } from './check-definition.ts';
import type { Blueprint } from './define.ts';
import type { Xr } from './xr.ts';

export interface ResolvedConfig {
  readonly config: JsonObject;
  readonly size: string;
  readonly placement: { readonly mode: string; readonly regions: readonly string[] };
}

interface Judge {
  readonly schema: ConfigSchema;
  readonly validate: ConfigValidator;
}

// A host resolves thousands of configs a minute: each Blueprint's schema is read and compiled once.
const judges = new WeakMap<Blueprint, Judge>();

function judgeOf(blueprint: Blueprint): Judge {
  const known = judges.get(blueprint);
  if (known !== undefined) return known;
  const schema = loadConfigSchema(blueprint.config.json, `config schema of "${blueprint.name}"`);
  const judge = { schema, validate: compileConfig(schema) };
  judges.set(blueprint, judge);
  return judge;
}

/**
 * What compose sees: schema defaults < the Blueprint's values < size < what the user wrote.
 * @throws ToolkitError `invalid` listing everything that breaks the schema, with paths below `spec`
 */
export function resolveConfig(
  blueprint: Blueprint,
  xr: Pick<Xr, 'config' | 'size' | 'placement'>,
): ResolvedConfig {
  const { schema, validate } = judgeOf(blueprint);
  const size = xr.size ?? blueprint.defaultSize;
  const sizeValues = blueprint.sizes.get(size);
  const merged = mergeConfig(blueprint.values, sizeValues ?? {}, xr.config);
  const config = applyDefaults(schema, merged) as JsonObject;
  const issues = [...validate(config)];
  if (sizeValues === undefined) {
    issues.push({
      path: 'spec.size',
      message: `"${size}" is not one of ${[...blueprint.sizes.keys()].join(', ')}`,
    });
  }
  const placement = resolvePlacement(blueprint, xr.placement);
  issues.push(...placement.issues);
  if (issues.length > 0) {
    throw new ToolkitError(
      'invalid',
      `Cannot compose "${blueprint.name}": the XR breaks its schema\n${formatIssues(issues)}`,
    );
  }
  return { config, size, placement: { mode: placement.mode, regions: placement.regions } };
}

function resolvePlacement(blueprint: Blueprint, given: Xr['placement']) {
  const { modes, default: fallback, minRegions, maxRegions } = blueprint.facts.placement;
  const mode = given.mode ?? fallback;
  const issues: { path: string; message: string }[] = [];
  if (!(modes as readonly string[]).includes(mode)) {
    issues.push({ path: 'spec.placement.mode', message: `"${mode}" is not one of ${modes.join(', ')}` });
  }
  const { regions } = given;
  const single = mode === 'single-region';
  const least = single ? 1 : Math.max(minRegions ?? 1, 2);
  const most = single ? 1 : (maxRegions ?? MAX_REGIONS);
  if (regions.length > 0 && (regions.length < least || regions.length > most)) {
    const want = least === most ? `${least}` : `${least} to ${most}`;
    issues.push({ path: 'spec.placement.regions', message: `${mode} takes ${want} region(s), not ${regions.length}` });
  }
  if (new Set(regions).size < regions.length) {
    issues.push({ path: 'spec.placement.regions', message: 'names a region twice' });
  }
  // Without an order of priority, the order of names is the only stable one (domain B10).
  return { mode, regions: mode === 'active-active' ? [...regions].sort() : regions, issues };
}
