import fc, { type Arbitrary } from 'fast-check';
import type { Json, JsonObject } from '../../../lib/internal/json.ts';
import type { Scope } from './render-corpus.ts';

// Composed resources as a pipeline may desire them, and as a cluster may hold them.

/** Names in a Composition are any text. */
export const RESOURCE_NAMES = ['alpha', 'beta', 'Gamma_4', 'delta/5', 'grün'] as const;

const text = fc.oneof(
  fc.constantFrom(
    '',
    'plain',
    'yes',
    '~',
    'null',
    '1e3',
    '0x10',
    '012',
    'a: b # c',
    'two\nlines\n',
    ' lead',
    'é☃😀',
  ),
  fc.string({ maxLength: 8 }),
);

const leaf: Arbitrary<Json> = fc.oneof(
  text,
  fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
  fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 1000),
  fc.boolean(),
  fc.constant(null),
);

const key = fc.constantFrom('a', 'b', 'replicas', 'y', 'on', 'with space', 'é');

/** Any JSON, three levels deep. */
export const json: Arbitrary<Json> = fc.letrec<{ value: Json; list: Json; map: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).value;

export const jsonObject: Arbitrary<JsonObject> = fc.dictionary(key, json, {
  maxKeys: 4,
  noNullPrototype: true,
});

const NAMESPACED = [
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['example.org/v1', 'Widget'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
] as const;
const CLUSTER_SCOPED = [
  ['v1', 'Namespace'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
] as const;

/** A cluster-scoped resource of a namespaced XR is an error that the engine never raises. */
const kindFor = (scope: Scope) =>
  scope === 'namespaced' ? fc.constantFrom(...NAMESPACED) : fc.constantFrom(...NAMESPACED, ...CLUSTER_SCOPED);

const GOOD_NAMES = ['explicit', 'with.dots', 'z'.repeat(253)] as const;
const BAD_NAMES = ['Not_Good', '-dash', 'system:reader', 'z'.repeat(254)] as const;
const PREFIXES = ['gen-', 'gen', 'p'.repeat(60), `${'p'.repeat(50)}-`, `${'p'.repeat(51)}-q`] as const;

const naming: Arbitrary<JsonObject> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constantFrom(...GOOD_NAMES).map((name) => ({ name })) },
  { weight: 2, arbitrary: fc.constantFrom(...PREFIXES).map((generateName) => ({ generateName })) },
  { weight: 1, arbitrary: fc.constant({ name: 'both', generateName: 'ignored-' }) },
);

const owner = (name: string, controller: boolean): JsonObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Other',
  name,
  uid: `uid-of-${name}`,
  ...(controller && { controller: true }),
});

/** What may be wrong with a desired object. One kind a case: which of two errors comes first is chance in Crossplane. */
export type Odd = 'name' | 'owner' | 'nothing';

/** A desired object: names, labels and owners of all kinds. */
export function composedObject(scope: Scope, odd: Odd): Arbitrary<JsonObject> {
  const metadata = fc
    .record({
      names: naming,
      bad: fc.oneof(
        { weight: 5, arbitrary: fc.constant({}) },
        {
          weight: odd === 'name' ? 1 : 0,
          arbitrary: fc.constantFrom(...BAD_NAMES).map((name) => ({ name })),
        },
      ),
      rest: fc.record(
        {
          namespace: fc.constantFrom('acme', 'elsewhere'),
          labels: fc.constantFrom<JsonObject>({ app: 'x' }, { 'crossplane.io/composite': 'stolen' }),
          annotations: fc.constantFrom<JsonObject>(
            { 'crossplane.io/external-name': 'outside' },
            { 'crossplane.io/composition-resource-name': 'a-lie' },
          ),
          ownerReferences: fc.constantFrom(
            [owner('friend', false)],
            [owner('friend', false), owner('boss', odd === 'owner')],
          ),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ names, bad, rest }): JsonObject => ({ ...rest, ...names, ...bad }));
  return fc
    .record({ kind: kindFor(scope), metadata, spec: jsonObject, withStatus: fc.integer({ min: 0, max: 9 }) })
    .map(({ kind: [apiVersion, kind], metadata: own, spec, withStatus }) => ({
      apiVersion,
      kind,
      ...(Object.keys(own).length > 0 && { metadata: own }),
      spec,
      ...(withStatus === 0 && { status: { phase: 'desired' } }),
    }));
}

/** A resource that an earlier reconcile left: usually controlled by the XR, rarely refused as observed. */
export function observedResource(scope: Scope, xrUid: string): Arbitrary<JsonObject> {
  const own = {
    apiVersion: 'example.org/v1',
    kind: 'Thing',
    name: 'demo',
    uid: xrUid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return fc
    .record({
      kind: kindFor(scope),
      name: fc.constantFrom(...RESOURCE_NAMES),
      called: fc.constantFrom('obs-1', 'obs-2', 'obs-3'),
      namespace:
        scope === 'namespaced' ? fc.constant('acme') : fc.constantFrom(undefined, 'acme', 'elsewhere'),
      generateName: fc.constantFrom(undefined, 'obs-'),
      owners: fc.constantFrom(
        [own],
        [own],
        [owner('friend', false), own],
        [own, owner('friend', false)],
        undefined,
      ),
      odd: fc.oneof(
        { weight: 40, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom('foreign', 'unnamed') },
      ),
      connection: fc.boolean(),
      spec: jsonObject,
    })
    .map(
      ({
        kind: [apiVersion, kind],
        name,
        called,
        namespace,
        generateName,
        owners,
        odd,
        connection,
        spec,
      }) => ({
        apiVersion,
        kind,
        metadata: {
          name: called,
          ...(namespace !== undefined && { namespace }),
          ...(generateName !== undefined && { generateName }),
          ...(odd !== 'unnamed' && { annotations: { 'crossplane.io/composition-resource-name': name } }),
          labels: { 'crossplane.io/composite': 'demo', 'crossplane.io/claim-name': 'mine', app: 'x' },
          ...(odd === 'foreign' && { ownerReferences: [owner('boss', true)] }),
          ...(odd !== 'foreign' && owners !== undefined && { ownerReferences: owners }),
          uid: `uid-of-${called}`,
          resourceVersion: '7',
        },
        spec: {
          ...spec,
          ...(connection && { writeConnectionSecretToRef: { name: 'connection', namespace: 'elsewhere' } }),
        },
        status: {
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2023-05-06T07:08:09Z' }],
        },
      }),
    );
}
