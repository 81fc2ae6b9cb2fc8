import fc, { type Arbitrary } from 'fast-check';
import type { JsonObject } from '../../../lib/internal/json.ts';
import type { Answer, Script, ScriptSelector } from './script.ts';

// What functions may ask for, and the shapes that their asking takes from call to call.

type Wanted = NonNullable<Answer['requirements']>;
/** Selectors with names of their own. */
export interface Found {
  readonly resources: Readonly<Record<string, ScriptSelector>>;
  readonly schemas: Readonly<Record<string, ScriptSelector>>;
}

const object = (
  apiVersion: string,
  kind: string,
  metadata: JsonObject,
  rest: JsonObject = {},
): JsonObject => ({
  apiVersion,
  kind,
  metadata,
  ...rest,
});
const ENVIRONMENT = ['apiextensions.crossplane.io/v1beta1', 'EnvironmentConfig'] as const;
const RESOURCE_NAME = 'crossplane.io/composition-resource-name';

/** The rest of the cluster. */
export const CLUSTER: readonly JsonObject[] = [
  object(...ENVIRONMENT, { name: 'blue', labels: { team: 'blue', tier: 'a' } }, { data: { region: 'eu' } }),
  object(...ENVIRONMENT, { name: 'green', labels: { team: 'green', tier: 'a' } }, { data: { region: 'us' } }),
  object(
    'v1',
    'ConfigMap',
    { namespace: 'b', name: 'settings', labels: { tier: 'a' } },
    { data: { k: 'b' } },
  ),
  object(
    'v1',
    'ConfigMap',
    { namespace: 'a', name: 'settings', labels: { tier: 'a' } },
    { data: { k: 'a' } },
  ),
  object('v1', 'ConfigMap', { namespace: 'a-b', name: 'settings' }, { data: { k: 'a-b' } }),
  object('v1', 'ConfigMap', { namespace: 'acme', name: 'nameless' }),
  object('example.org/v1beta1', 'Widget', { namespace: 'a', name: 'old', labels: { tier: 'a' } }),
  object(
    'example.org/v1',
    'Widget',
    {
      namespace: 'acme',
      name: 'composed-before',
      annotations: { [RESOURCE_NAME]: 'alpha' },
      generateName: 'was-',
    },
    { spec: { a: 1 } },
  ),
  object('example.org/v1', 'Widget', {
    namespace: 'acme',
    name: 'of-another',
    annotations: { [RESOURCE_NAME]: 'beta' },
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Other', name: 'boss', uid: 'uid-of-boss', controller: true },
    ],
  }),
];

const SELECTORS: readonly ScriptSelector[] = [
  { apiVersion: ENVIRONMENT[0], kind: ENVIRONMENT[1], matchName: 'blue' },
  { apiVersion: ENVIRONMENT[0], kind: ENVIRONMENT[1], matchName: 'missing' },
  { apiVersion: ENVIRONMENT[0], kind: ENVIRONMENT[1], matchLabels: { tier: 'a' } },
  { apiVersion: ENVIRONMENT[0], kind: ENVIRONMENT[1], matchLabels: { tier: 'a', team: 'green' } },
  { apiVersion: ENVIRONMENT[0], kind: ENVIRONMENT[1] },
  { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'settings' },
  { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'settings', namespace: 'a' },
  { apiVersion: 'v1', kind: 'ConfigMap', matchLabels: { tier: 'a' } },
  { apiVersion: 'v1', kind: 'ConfigMap', matchLabels: { tier: 'a' }, namespace: 'b' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'nowhere' },
  { apiVersion: 'example.org/v1', kind: 'Widget', matchLabels: {} },
  { apiVersion: 'example.org/v1beta1', kind: 'Widget' },
  { apiVersion: 'v1', kind: 'Secret', matchName: 'cloud', namespace: 'vault' },
  { apiVersion: 'example.org/v1', kind: 'Unheard' },
];
const SCHEMA_SELECTORS: readonly ScriptSelector[] = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'example.org/v1', kind: 'Widget' },
  { apiVersion: 'example.org/v1', kind: 'Unheard' },
  { apiVersion: 'unknown.example.org/v1', kind: 'Widget' },
];

const named = (names: readonly string[], from: readonly ScriptSelector[]) =>
  fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...from), { maxKeys: 2, noNullPrototype: true });

/** A few selectors of resources and schemas; never none at all. */
export const selectors: Arbitrary<Found> = fc
  .record({
    resources: named(['one', 'two', 'three'], SELECTORS),
    schemas: named(['s', 't'], SCHEMA_SELECTORS),
  })
  .map(({ resources, schemas }) => ({
    resources: Object.keys(resources).length > 0 ? resources : { one: SELECTORS[0] as ScriptSelector },
    schemas,
  }));

interface Rounds {
  readonly by: Script['by'];
  readonly rounds: readonly (Wanted | undefined)[];
}
type Shape = (found: readonly Found[]) => Rounds;

const at = (found: readonly Found[], i: number): Wanted => ({ ...found[i] });
const extra = ({ resources = {} }: Wanted): Wanted => ({ extraResources: resources });

/** How a function asks, call by call. */
export const REQUIREMENTS: readonly Shape[] = [
  // The same each time: two calls.
  (found) => ({ by: 'calls', rounds: [at(found, 0)] }),
  (found) => ({ by: 'calls', rounds: [extra(at(found, 0))] }),
  (found) => ({ by: 'calls', rounds: [{ ...at(found, 0), ...extra(at(found, 1)) }] }),
  // More with each answer, until nothing is missing.
  (found) => ({ by: 'calls', rounds: [at(found, 0), at(found, 1), at(found, 2)] }),
  (found) => ({ by: 'calls', rounds: [0, 1, 2, 3, 4].map((i) => at(found, i)) }),
  (found) => ({ by: 'resolved', rounds: [at(found, 0), at(found, 1), at(found, 1)] }),
  // Dropped once it is there.
  (found) => ({ by: 'calls', rounds: [at(found, 0), undefined] }),
  (found) => ({ by: 'resolved', rounds: [at(found, 0), undefined] }),
  // Present and empty is not absent.
  () => ({ by: 'calls', rounds: [{}] }),
  () => ({ by: 'calls', rounds: [undefined, {}] }),
  // Never the same twice: the limit ends it.
  () => ({
    by: 'calls',
    rounds: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
      resources: { one: { apiVersion: 'v1', kind: 'ConfigMap', matchName: `round-${i}` } },
    })),
  }),
  // Settles with the very last call that there is.
  () => ({
    by: 'calls',
    rounds: [0, 1, 2, 3, 4, 4].map((i) => ({
      resources: { one: { apiVersion: 'v1', kind: 'ConfigMap', matchName: `round-${i}` } },
    })),
  }),
];

const gvk = (group: string, version: string, kind: string): JsonObject[] => [{ group, version, kind }];

/** OpenAPI documents as an API server serves them, with references and a kind that stands for several. */
export const SCHEMAS: readonly JsonObject[] = [
  {
    openapi: '3.0.0',
    info: { title: 'core', version: 'v1' },
    components: {
      schemas: {
        'io.k8s.api.core.v1.ConfigMap': {
          type: 'object',
          description: 'ConfigMap holds data',
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { allOf: [{ $ref: '#/components/schemas/Meta' }], default: {} },
            data: { type: 'object', additionalProperties: { type: 'string' } },
          },
          'x-kubernetes-group-version-kind': gvk('', 'v1', 'ConfigMap'),
        },
        Meta: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            labels: { type: 'object', additionalProperties: { type: 'string', default: '' } },
          },
        },
        Options: {
          type: 'object',
          'x-kubernetes-group-version-kind': [
            { group: '', version: 'v1', kind: 'Options' },
            { group: 'apps', version: 'v1', kind: 'Options' },
          ],
        },
      },
    },
  },
  {
    openapi: '3.0.0',
    info: { title: 'example.org', version: 'v1' },
    components: {
      schemas: {
        'org.example.v1.Widget': {
          type: 'object',
          required: ['spec'],
          properties: {
            spec: { $ref: '#/components/schemas/Spec' },
            list: { type: 'array', items: { $ref: '#/components/schemas/Spec' } },
          },
          'x-kubernetes-group-version-kind': gvk('example.org', 'v1', 'Widget'),
        },
        Spec: { type: 'object', properties: { size: { type: 'integer', format: 'int32', minimum: 1 } } },
      },
    },
  },
];
