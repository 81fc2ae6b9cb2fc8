import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import type { StructuralSchema } from '../schema/index.ts';

const SEMVER = '^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$';
const MODES = [
  'single-region',
  'active-active',
  'active-hotstandby',
  // Spellings of older Blueprints; ours write the three above.
  'singleton',
  'active-hot-standby',
  'active-passive',
  'primary-only',
  'secondary-only',
  'every-region',
];

const text = (description: string, more: StructuralSchema = {}): StructuralSchema => ({
  type: 'string',
  minLength: 1,
  description,
  ...more,
});
const texts = (description: string): StructuralSchema => ({
  type: 'array',
  items: { type: 'string', minLength: 1 },
  description,
});
const open = (description: string): StructuralSchema => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});
const object = (
  properties: Readonly<Record<string, StructuralSchema>>,
  more: StructuralSchema = {},
): StructuralSchema => ({ type: 'object', properties, ...more });

const CARD = object(
  {
    title: text('Name that people read.'),
    summary: text('One sentence.'),
    description: text('More than one sentence.'),
    tagline: text('Older spelling of summary.'),
    category: text('Shelf of the marketplace: data, security, …'),
    family: text('Product family: GUARDIAN, FABRIC, CORTEX, …'),
    icon: text('File inside card/.'),
    tags: texts('Words to search by.'),
    license: text('SPDX expression of what is installed.'),
    screenshots: texts('Files inside card/.'),
    documentation: text('Page about it.'),
    docs: text('Older spelling of documentation.'),
  },
  { required: ['title'], description: 'What the marketplace shows.' },
);

const PLACEMENT = object(
  {
    modes: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', enum: MODES },
      description: 'How it may be spread over regions.',
    },
    default: { type: 'string', enum: MODES, description: 'One of the modes.' },
    minRegions: { type: 'integer', minimum: 1, maximum: 5, description: 'Regions it needs at least.' },
    maxRegions: { type: 'integer', minimum: 1, maximum: 5, description: 'Regions it can use at most.' },
    defaultOnMultiRegion: {
      type: 'string',
      enum: MODES,
      description: 'Mode on a Sovereign of several regions.',
    },
  },
  {
    description: 'Every mode, if it is left out.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.default) || !has(self.modes) || self.default in self.modes',
        message: 'default must be one of modes',
      },
      {
        rule: '!has(self.minRegions) || !has(self.maxRegions) || self.minRegions <= self.maxRegions',
        message: 'minRegions must not be more than maxRegions',
      },
    ],
  },
);

const DEPENDENCY = object(
  {
    blueprint: text('Name of the Blueprint, with or without bp-.', {
      pattern: '^(bp-)?[a-z][a-z0-9]*(-[a-z0-9]+)*$',
    }),
    version: text('Range of versions that will do: ^1.4, ~1.2, 1.2.x, >=1 <3, ^1 || ^2.'),
    alias: text('Name under which its outputs are handed in; unique.'),
    when: text('Needed only if this holds: {{ .config.auth.enabled == true }}.'),
    values: open('Values handed to it when it is installed for this Blueprint.'),
  },
  { required: ['blueprint'] },
);

const MANIFESTS = object(
  {
    source: object(
      {
        kind: { type: 'string', enum: ['HelmChart', 'Kustomize', 'OAM'], description: 'OAM is reserved.' },
        ref: text('Path below the folder.'),
      },
      { required: ['kind'] },
    ),
    chart: text('Short form of a HelmChart source: ./chart.'),
    overlays: {
      type: 'object',
      additionalProperties: object({
        path: text('Folder of the overlay.'),
        values: open('Config of that size.'),
      }),
      description: 'Sizes: small, medium, large.',
    },
    values: open('Defaults for every size.'),
  },
  { description: 'What is installed.' },
);

const ROTATION = object(
  {
    kind: {
      type: 'string',
      enum: ['database-credentials', 'api-token', 'oauth-client-secret', 'signing-key', 'tls-cert'],
    },
    name: text('Which of them.'),
    ttl: text('How long it may live: 1h, 90d.', { pattern: '^[0-9]+(s|m|h|d)$' }),
  },
  { required: ['kind'] },
);

const SPEC = object(
  {
    version: text('Semantic version of the Blueprint.', { pattern: SEMVER }),
    card: CARD,
    visibility: {
      type: 'string',
      enum: ['listed', 'unlisted', 'private'],
      description: 'listed: on the card grid; unlisted: by URL or search; private: the owner only.',
    },
    owner: object({ team: text('Team.'), contact: text('Address of the team.') }),
    configSchema: open('JSON Schema of spec.config: what a user may set.'),
    placementSchema: PLACEMENT,
    depends: { type: 'array', items: DEPENDENCY, description: 'Blueprints that it builds on.' },
    manifests: MANIFESTS,
    upgrades: object({
      from: texts('Ranges that reach this version in one step.'),
      blocks: texts('Ranges without a path: reinstall.'),
    }),
    rotation: { type: 'array', items: ROTATION, description: 'How long credentials may live.' },
    observability: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'metrics: prometheus, logs: stdout, traces: otlp.',
    },
    outputs: open('What consumers are told, by name.'),
  },
  { required: ['version', 'card'] },
);

/** apiVersions of `blueprint.yaml` that are read; the first is written. */
export const MANIFEST_API_VERSIONS: readonly string[] = [
  'catalyst.openova.io/v1',
  'catalyst.openova.io/v1alpha1',
];

/** What `blueprint.yaml` may say, for the validator; older spellings are accepted. */
export const MANIFEST_SCHEMA: StructuralSchema = object(
  {
    apiVersion: { type: 'string', enum: [...MANIFEST_API_VERSIONS] },
    kind: { type: 'string', enum: ['Blueprint'] },
    metadata: object(
      {
        name: text('bp-<short name>.', { pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$', maxLength: 63 }),
        version: text('Older place of spec.version.'),
      },
      { required: ['name'], 'x-kubernetes-preserve-unknown-fields': true },
    ),
    spec: SPEC,
  },
  { required: ['apiVersion', 'kind', 'metadata', 'spec'] },
);

/** The same as a JSON Schema (draft-07): editors complete and explain `blueprint.yaml` by it. */
export function generateManifestEditorSchema(): JsonObject {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Blueprint',
    description: 'A Blueprint as the catalogue and the console of the platform read it.',
    ...closed(MANIFEST_SCHEMA as JsonObject),
  };
}

/** Without Kubernetes' extensions; an object that is not open takes no other keys. */
function closed(node: JsonObject): JsonObject {
  const out: Record<string, Json> = {};
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith('x-kubernetes-')) continue;
    out[key] = key === 'properties' && isObject(value) ? closedEach(value) : closedValue(value);
  }
  const isClosed = isObject(node.properties) && node['x-kubernetes-preserve-unknown-fields'] !== true;
  return isClosed ? { ...out, additionalProperties: false } : out;
}

const closedEach = (properties: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closedValue(value)]));

const closedValue = (value: Json): Json => (isObject(value) ? closed(value) : value);
