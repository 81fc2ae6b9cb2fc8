import { MAX_REGIONS } from '../blueprint/check-definition.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { statusSchema } from '../blueprint/status.ts';
import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_GROUP } from '../model/names.ts';
import { loadConfigSchema, toStructural } from '../schema/index.ts';

const MAX_XR_NAME = 53; // so that a Helm release may be called after its XR
const REGION = '^[a-z]+-[a-z]+-[a-z]+-[a-z]+$'; // the platform's region codes: hz-fsn-rtz-prod

/** `keycloaks.compose.openova.io` */
export function xrdName(blueprint: Blueprint): string {
  return `${blueprint.plural}.${COMPOSE_GROUP}`;
}

/**
 * The CompositeResourceDefinition: `spec.config` holds exactly the config schema, without defaults (the apiserver
 * would turn them into the user's values).
 * @throws ToolkitError `schema` for a JSON Schema that Kubernetes cannot hold
 */
export function generateXrd(blueprint: Blueprint): JsonObject {
  return xrd(blueprint, { schema: { openAPIV3Schema: xrSchema(blueprint) } });
}

/** What a render needs of the XRD: it carries no defaults, so its schema would change nothing. */
export function xrdWithoutSchema(blueprint: Blueprint): JsonObject {
  return xrd(blueprint, {});
}

function xrd(blueprint: Blueprint, served: JsonObject): JsonObject {
  return {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: xrdName(blueprint) },
    spec: {
      group: COMPOSE_GROUP,
      names: {
        kind: blueprint.kind,
        listKind: `${blueprint.kind}List`,
        plural: blueprint.plural,
        singular: blueprint.kind.toLowerCase(),
        categories: ['catalyst', 'blueprints'],
      },
      scope: blueprint.scope,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          referenceable: true,
          additionalPrinterColumns: [
            { name: 'PHASE', type: 'string', jsonPath: '.status.phase' },
            { name: 'SIZE', type: 'string', jsonPath: '.spec.size' },
            { name: 'VERSION', type: 'string', jsonPath: '.status.installed.version' },
          ],
          ...served,
        },
      ],
    },
  };
}

/** Structural schema of the XR, without what Crossplane injects. */
export function xrSchema(blueprint: Blueprint): JsonObject {
  const { card } = blueprint.facts;
  return {
    type: 'object',
    description: `${card.title}: ${card.summary}`,
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: MAX_XR_NAME } } },
      spec: specSchema(blueprint),
      status: statusSchema(blueprint),
    },
  };
}

/** Every field that the `spec` of an XR can have; `crossplane` is Crossplane's own. */
export const XR_SPEC_FIELDS: ReadonlySet<string> = new Set([
  'config',
  'size',
  'placement',
  'dependencies',
  'crossplane',
]);

function specSchema(blueprint: Blueprint): JsonObject {
  const schema = loadConfigSchema(blueprint.config.json, `config schema of "${blueprint.name}"`);
  const layers = { values: blueprint.values, sizes: [...blueprint.sizes.values()] };
  const config = toStructural(schema, layers) as JsonObject;
  const needsConfig = Array.isArray(config.required) && config.required.length > 0;
  const dependencies = dependenciesSchema(blueprint);
  return {
    type: 'object',
    ...(needsConfig ? { required: ['config'] } : {}),
    properties: {
      config,
      size: {
        type: 'string',
        enum: [...blueprint.sizes.keys()],
        description: `How large it is made. Without one: ${blueprint.defaultSize}.`,
      },
      placement: placementSchema(blueprint),
      ...(dependencies === undefined ? {} : { dependencies }),
    },
  };
}

function placementSchema(blueprint: Blueprint): JsonObject {
  const { modes, default: fallback, minRegions, maxRegions } = blueprint.facts.placement;
  const rules: JsonObject[] = [];
  if ((modes as readonly string[]).includes('single-region')) {
    const mode =
      fallback === 'single-region'
        ? "(!has(self.mode) || self.mode == 'single-region')"
        : "(has(self.mode) && self.mode == 'single-region')";
    rules.push({
      rule: `!${mode} || !has(self.regions) || size(self.regions) == 1`,
      message: 'single-region takes exactly one region',
    });
  }
  const least = Math.max(2, minRegions ?? 1);
  for (const many of modes.filter((m) => m !== 'single-region')) {
    const mode =
      fallback === many
        ? `(!has(self.mode) || self.mode == '${many}')`
        : `(has(self.mode) && self.mode == '${many}')`;
    rules.push({
      rule: `!${mode} || !has(self.regions) || size(self.regions) >= ${least}`,
      message: `${many} takes ${least} regions or more`,
    });
  }
  return {
    type: 'object',
    description: 'Which regions realise it, and how.',
    'x-kubernetes-validations': rules,
    properties: {
      mode: { type: 'string', enum: [...modes], description: `Without one: ${fallback}.` },
      regions: {
        type: 'array',
        description: 'Host clusters in order of priority; the first is the primary of a hot standby.',
        minItems: 1,
        maxItems: maxRegions ?? MAX_REGIONS,
        'x-kubernetes-list-type': 'set',
        items: { type: 'string', maxLength: 63, pattern: REGION },
      },
    },
  };
}

function dependenciesSchema(blueprint: Blueprint): JsonObject | undefined {
  if (blueprint.depends.length === 0) return undefined;
  const entry = (d: Blueprint['depends'][number]): readonly [string, JsonObject] => [
    d.alias,
    {
      type: 'string',
      maxLength: 127,
      description: `Name (or namespace/name) of the ${d.blueprint} to build on, ${d.version}.`,
    },
  ];
  return {
    type: 'object',
    description: 'Picks existing installations to build on; without a choice the only one is taken.',
    properties: Object.fromEntries(blueprint.depends.map(entry)),
  };
}
