import type { Blueprint } from '../blueprint/define.ts';
import { output } from '../blueprint/output.ts';
import type { BlueprintScope } from '../blueprint/scope.ts';
import type { JsonObject } from '../internal/json.ts';
import { Cluster } from '../kinds/cnpg.ts';
import {
  ConfigMap,
  Deployment,
  Job,
  NetworkPolicy,
  PersistentVolumeClaim,
  Role,
  Service,
  StatefulSet,
} from '../kinds/core.ts';
import { HelmRelease } from '../kinds/flux.ts';
import { HTTPRoute } from '../kinds/gateway-api.ts';
import { shop } from '../prove/fixture.test-helper.ts';
import type { Area, Bump } from './change.ts';

/** Two versions of a Blueprint of which everybody knows what the step is. */
export interface Pair {
  readonly reason: string;
  readonly before: Blueprint;
  readonly after: Blueprint;
  /** The bump that the step asks for, and what must be told as its reason. */
  readonly needed: Bump;
  readonly tells?: readonly [Area, string, RegExp?];
}

const FIELDS: JsonObject = {
  replicas: { type: 'integer', minimum: 1, maximum: 9, default: 1, description: 'Pods.' },
  mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
  host: { type: 'string', pattern: '^[a-z0-9.-]+$', maxLength: 60 },
  debug: { type: 'boolean', default: false },
  tags: { type: 'array', items: { type: 'string', maxLength: 9 }, maxItems: 4, default: [] },
};

type Compose = Parameters<typeof shop>[1];
type More = NonNullable<Parameters<typeof shop>[2]>;
const nothing: Compose = () => undefined;

/** One version; what is not said is as in all others. */
function version(fields: JsonObject, compose: Compose = nothing, more: More = {}): Blueprint {
  return shop(fields, compose, more);
}

const withField = (name: string, change: JsonObject): JsonObject => ({
  ...FIELDS,
  [name]: { ...(FIELDS[name] as JsonObject), ...change },
});
const without = (name: string): JsonObject => {
  const { [name]: _, ...rest } = FIELDS;
  return rest;
};

/** A pair that differs in its config schema only. */
function schemas(
  reason: string,
  before: JsonObject,
  after: JsonObject,
  needed: Bump,
  tells?: Pair['tells'],
): Pair {
  return { reason, before: version(before), after: version(after), needed, ...(tells && { tells }) };
}

/** A pair that differs in what it composes only. */
function objects(
  reason: string,
  before: (scope: BlueprintScope, config: JsonObject) => void,
  after: (scope: BlueprintScope, config: JsonObject) => void,
  needed: Bump,
  tells?: Pair['tells'],
): Pair {
  const compose =
    (build: typeof before): Compose =>
    ({ scope, config }) => {
      build(scope, config);
      return undefined;
    };
  return {
    reason,
    before: version(FIELDS, compose(before)),
    after: version(FIELDS, compose(after)),
    needed,
    ...(tells && { tells }),
  };
}

const template = (
  image = 'registry.example.org/web:1.0.0',
  labels: Record<string, string> = { app: 'web' },
) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
});
const deployment =
  (app = 'web', image?: string) =>
  (scope: BlueprintScope) =>
    void new Deployment(scope, 'web', {
      spec: { selector: { matchLabels: { app } }, template: template(image, { app }) },
    });
const database =
  (id = 'database', size = '10Gi') =>
  (scope: BlueprintScope) =>
    void new Cluster(scope, id, { spec: { instances: 1, storage: { size } } });
const claim =
  (id = 'files', size = '5Gi', mode = 'ReadWriteOnce') =>
  (scope: BlueprintScope) =>
    void new PersistentVolumeClaim(scope, id, {
      spec: { accessModes: [mode], resources: { requests: { storage: size } } },
    });
const store =
  (size = '5Gi', replicas = 1) =>
  (scope: BlueprintScope) =>
    void new StatefulSet(scope, 'store', {
      spec: {
        replicas,
        serviceName: 'store',
        selector: { matchLabels: { app: 'web' } },
        template: template(),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
          },
        ],
      },
    });
const service =
  (type = 'ClusterIP', clusterIP?: string) =>
  (scope: BlueprintScope) =>
    void new Service(scope, 'web', {
      spec: { type, ...(clusterIP && { clusterIP }), ports: [{ port: 80 }] },
    });
const job = (image: string) => (scope: BlueprintScope) =>
  void new Job(scope, 'migrate', {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'm', image }] } } },
  });
const release =
  (chart = '1.2.0', name = 'shop') =>
  (scope: BlueprintScope) =>
    void new HelmRelease(scope, 'server', {
      spec: {
        interval: '15m',
        releaseName: name,
        chart: {
          spec: { chart: 'shop', version: chart, sourceRef: { kind: 'HelmRepository', name: 'shop' } },
        },
      },
    });
const role =
  (...verbs: readonly string[]) =>
  (scope: BlueprintScope) =>
    void new Role(scope, 'reader', {
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: [...verbs] }],
    });
const policy =
  (...from: readonly object[]) =>
  (scope: BlueprintScope) =>
    void new NetworkPolicy(scope, 'clients', {
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [from.length === 0 ? {} : { from: [...from] }],
      },
    });
const map =
  (data: Record<string, string> = {}, id = 'settings', immutable = false) =>
  (scope: BlueprintScope) =>
    void new ConfigMap(scope, id, { data, ...(immutable && { immutable }) });
const both =
  (...builds: readonly ((scope: BlueprintScope) => void)[]) =>
  (scope: BlueprintScope) => {
    for (const build of builds) build(scope);
  };

const outputs = (fields: object): More => ({ outputs: fields }) as More;

const depends = (...names: readonly (readonly [string, string])[]): More =>
  ({ depends: Object.fromEntries(names.map(([name, range]) => [name, { version: range }])) }) as never;

/** Steps that break somebody, each in its own way. */
export const BREAKING: readonly Pair[] = [
  schemas('a field is gone', FIELDS, without('debug'), 'major', ['api', 'field-removed', /debug/]),
  schemas('a field has another name', FIELDS, { ...without('debug'), verbose: FIELDS.debug ?? {} }, 'major', [
    'api',
    'field-renamed',
    /debug/,
  ]),
  schemas('a default changed', FIELDS, withField('replicas', { default: 2 }), 'major', [
    'api',
    'default-changed',
    /replicas/,
  ]),
  schemas('a default is gone', FIELDS, { ...FIELDS, mode: { type: 'string', enum: ['a', 'b'] } }, 'major', [
    'api',
    'default-changed',
    /mode/,
  ]),
  schemas('an enum shrank', FIELDS, withField('mode', { enum: ['a'] }), 'major', [
    'api',
    'enum-shrunk',
    /mode/,
  ]),
  schemas(
    'a text became an enum',
    { ...FIELDS, zone: { type: 'string' } },
    { ...FIELDS, zone: { type: 'string', enum: ['x'] } },
    'major',
    ['api', 'enum-closed'],
  ),
  schemas(
    'a type changed',
    FIELDS,
    { ...without('debug'), debug: { type: 'string', default: 'false' } },
    'major',
    ['api', 'type-changed', /debug/],
  ),
  schemas('a maximum was lowered', FIELDS, withField('replicas', { maximum: 5 }), 'major', [
    'api',
    'bound-narrowed',
    /replicas/,
  ]),
  schemas(
    'a minimum was raised',
    { n: { type: 'integer', minimum: 0, default: 3 } },
    { n: { type: 'integer', minimum: 1, default: 3 } },
    'major',
    ['api', 'bound-narrowed'],
  ),
  schemas('a text may be less long', FIELDS, withField('host', { maxLength: 30 }), 'major', [
    'api',
    'bound-narrowed',
    /host/,
  ]),
  schemas('a pattern takes less', FIELDS, withField('host', { pattern: '^[a-z.]+$' }), 'major', [
    'api',
    'pattern-narrowed',
    /host/,
  ]),
  schemas('items must be unique', FIELDS, withField('tags', { uniqueItems: true }), 'major', [
    'api',
    'unique-required',
    /tags/,
  ]),
  schemas(
    'items of a list are narrower',
    FIELDS,
    withField('tags', { items: { type: 'string', maxLength: 3 } }),
    'major',
    ['api', 'bound-narrowed', /tags/],
  ),
  {
    reason: 'a new field is required and has no default',
    before: version(FIELDS),
    after: version({ ...FIELDS, owner: { type: 'string' } }, nothing, { schema: { required: ['owner'] } }),
    needed: 'major',
    tells: ['api', 'required-added', /owner/],
  },
  {
    reason: 'a field that was optional is required',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { schema: { required: ['host'] } }),
    needed: 'major',
    tells: ['api', 'required-added', /host/],
  },
  {
    reason: 'a condition between fields that the declarations alone do not show',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { schema: { dependentRequired: { debug: ['host'] } } }),
    needed: 'major',
    tells: ['api', 'xr-refused'],
  },
  {
    reason: 'a size gives something else to who has chosen it',
    before: version(FIELDS, nothing, { sizes: { small: {}, large: { replicas: 3 } } }),
    after: version(FIELDS, nothing, { sizes: { small: {}, large: { replicas: 5 } } }),
    needed: 'major',
    tells: ['api', 'default-changed', /replicas/],
  },
  {
    reason: 'a size is gone',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { sizes: { small: {} } }),
    needed: 'major',
    tells: ['api', 'size-removed'],
  },
  {
    reason: 'a placement is gone',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { placement: { modes: ['single-region'], default: 'single-region' } }),
    needed: 'major',
    tells: ['api', 'mode-removed'],
  },
  {
    reason: 'the API has another scope',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { scope: 'Cluster' }),
    needed: 'major',
    tells: ['data', 'scope-changed'],
  },
  {
    reason: 'the API has another plural',
    before: version(FIELDS),
    after: version(FIELDS, nothing, { plural: 'shoppes' }),
    needed: 'major',
    tells: ['data', 'plural-changed'],
  },
  {
    reason: 'an output is gone',
    before: version(
      FIELDS,
      nothing,
      outputs({ host: output.string('Host.'), port: output.integer('Port.') }),
    ),
    after: version(FIELDS, nothing, outputs({ host: output.string('Host.') })),
    needed: 'major',
    tells: ['outputs', 'output-removed', /port/],
  },
  {
    reason: 'an output has another type',
    before: version(FIELDS, nothing, outputs({ port: output.integer('Port.') })),
    after: version(FIELDS, nothing, outputs({ port: output.string('Port.') })),
    needed: 'major',
    tells: ['outputs', 'output-changed', /port/],
  },
  objects('a ConfigMap is no longer composed', both(map(), deployment()), deployment(), 'major', [
    'objects',
    'resource-deleted',
    /ConfigMap/,
  ]),
  objects(
    'a resource has another key, and with it another name',
    map({}, 'settings'),
    map({}, 'options'),
    'major',
    ['objects', 'resource-deleted', /settings/],
  ),
  objects(
    'a resource has another key and keeps its name',
    (scope) => void new ConfigMap(scope, 'settings', { metadata: { name: 'x' }, data: {} }),
    (scope) => void new ConfigMap(scope, 'options', { metadata: { name: 'x' }, data: {} }),
    'major',
    ['objects', 'resource-renamed', /ConfigMap "x"/],
  ),
  objects(
    'a key stands for another kind',
    deployment(),
    (scope) =>
      void new StatefulSet(scope, 'web', {
        spec: { serviceName: 'web', selector: { matchLabels: { app: 'web' } }, template: template() },
      }),
    'major',
    ['objects', 'resource-replaced', /Deployment/],
  ),
  objects('a database is gone', database(), () => undefined, 'major', [
    'data',
    'resource-deleted',
    /Cluster/,
  ]),
  objects('a database has another key', database('database'), database('postgres'), 'major', [
    'data',
    'resource-deleted',
    /database/,
  ]),
  objects('a volume has another key', claim('files'), claim('uploads'), 'major', [
    'data',
    'resource-deleted',
    /files/,
  ]),
  objects('a volume shrinks', claim('files', '5Gi'), claim('files', '500Mi'), 'major', [
    'data',
    'immutable-changed',
    /PersistentVolumeClaim/,
  ]),
  objects(
    'a volume is mounted otherwise',
    claim('files', '5Gi'),
    claim('files', '5Gi', 'ReadWriteMany'),
    'major',
    ['data', 'immutable-changed'],
  ),
  objects('a database shrinks', database('database', '10Gi'), database('database', '5Gi'), 'major', [
    'data',
    'immutable-changed',
    /Cluster/,
  ]),
  objects("a StatefulSet's volumes change", store('5Gi'), store('8Gi'), 'major', [
    'data',
    'immutable-changed',
    /StatefulSet/,
  ]),
  objects("a Deployment's selector is touched", deployment('web'), deployment('front'), 'major', [
    'immutable',
    'immutable-changed',
    /Deployment/,
  ]),
  objects("a Job's template is touched", job('x:1'), job('x:2'), 'major', [
    'immutable',
    'immutable-changed',
    /Job/,
  ]),
  objects(
    'a Service gets another address',
    service('ClusterIP', '10.0.0.1'),
    service('ClusterIP', 'None'),
    'major',
    ['immutable', 'immutable-changed', /Service/],
  ),
  objects(
    'an immutable ConfigMap is changed',
    map({ a: '1' }, 'settings', true),
    map({ a: '2' }, 'settings', true),
    'major',
    ['immutable', 'immutable-changed'],
  ),
  objects('a release has another name', release('1.2.0', 'shop'), release('1.2.0', 'store'), 'major', [
    'data',
    'immutable-changed',
    /HelmRelease/,
  ]),
  {
    reason: 'it builds on something that was not needed before',
    before: version(FIELDS),
    after: version(FIELDS, nothing, depends(['vault', '^1.0'])),
    needed: 'major',
    tells: ['api', 'dependency-added', /vault/],
  },
  {
    reason: 'what it builds on must be another major version',
    before: version(FIELDS, nothing, depends(['vault', '^1.0'])),
    after: version(FIELDS, nothing, depends(['vault', '^2.0'])),
    needed: 'major',
    tells: ['api', 'dependency-range', /vault/],
  },
  objects(
    'an XR that worked fails under some config',
    () => undefined,
    (_, config) => {
      if (config.mode === 'b') throw new Error('b is not supported any more');
    },
    'major',
    ['objects', 'xr-fails'],
  ),
];

/** Steps that break nobody, though much is different. */
export const HARMLESS: readonly Pair[] = [
  {
    reason: 'nothing changed',
    before: version(FIELDS, deployment() as never),
    after: version(FIELDS, deployment() as never),
    needed: 'none',
  },
  schemas(
    'only words changed',
    FIELDS,
    withField('replicas', { description: 'How many pods there are.' }),
    'none',
  ),
  schemas(
    'a new field with a default',
    FIELDS,
    { ...FIELDS, zone: { type: 'string', default: 'x' } },
    'minor',
    ['api', 'field-added', /zone/],
  ),
  {
    reason: 'a new field that is required and has a default',
    before: version(FIELDS),
    after: version({ ...FIELDS, owner: { type: 'string', default: 'me' } }, nothing, {
      schema: { required: ['owner'] },
    }),
    needed: 'minor',
    tells: ['api', 'field-added', /owner/],
  },
  {
    reason: 'a new field that is required, and that every size supplies',
    before: version(FIELDS),
    after: version({ ...FIELDS, owner: { type: 'string' } }, nothing, {
      schema: { required: ['owner'] },
      sizes: { small: { owner: 'a' }, large: { owner: 'b' } },
    }),
    needed: 'minor',
    tells: ['api', 'field-added', /owner/],
  },
  schemas(
    'a field that had no default has one',
    { ...FIELDS, zone: { type: 'string' } },
    { ...FIELDS, zone: { type: 'string', default: 'x' } },
    'minor',
    ['api', 'default-added', /zone/],
  ),
  {
    reason: 'what it builds on may be newer too',
    before: version(FIELDS, nothing, depends(['vault', '^1.0'])),
    after: version(FIELDS, nothing, depends(['vault', '^1.0 || ^2.0'])),
    needed: 'patch',
    tells: ['api', 'dependency-range', /vault/],
  },
  schemas('an enum grew', FIELDS, withField('mode', { enum: ['a', 'b', 'c'] }), 'minor', [
    'api',
    'enum-grown',
    /mode/,
  ]),
  schemas('bounds are wider', FIELDS, withField('replicas', { maximum: 20 }), 'minor', [
    'api',
    'bound-widened',
  ]),
  schemas('a pattern takes more', FIELDS, withField('host', { pattern: '^[A-Za-z0-9._-]+$' }), 'minor', [
    'api',
    'pattern-widened',
  ]),
  schemas(
    'an integer became a number',
    { n: { type: 'integer', default: 1 } },
    { n: { type: 'number', default: 1 } },
    'minor',
    ['api', 'type-widened'],
  ),
  {
    reason: 'what was required is optional',
    before: version(FIELDS, nothing, { schema: { required: ['host'] } }),
    after: version(FIELDS),
    needed: 'minor',
    tells: ['api', 'required-dropped', /host/],
  },
  {
    reason: 'one more size and placement stay beside the others',
    before: version(FIELDS, nothing, { placement: { modes: ['single-region'], default: 'single-region' } }),
    after: version(FIELDS, nothing, { sizes: { small: {}, large: {}, huge: {} } }),
    needed: 'minor',
    tells: ['api', 'size-added'],
  },
  {
    reason: 'one more output',
    before: version(FIELDS, nothing, outputs({ host: output.string('Host.') })),
    after: version(FIELDS, nothing, outputs({ host: output.string('Host.'), port: output.integer('Port.') })),
    needed: 'minor',
    tells: ['outputs', 'output-added', /port/],
  },
  objects('one more object', deployment(), both(deployment(), map()), 'minor', [
    'objects',
    'resource-added',
    /ConfigMap/,
  ]),
  objects('a newer image', deployment('web', 'x:1.0.0'), deployment('web', 'x:1.0.1'), 'patch', [
    'images',
    'software-changed',
    /Deployment/,
  ]),
  objects('a newer chart', release('1.2.0'), release('1.3.0'), 'patch', [
    'images',
    'software-changed',
    /HelmRelease/,
  ]),
  objects('a volume grows', claim('files', '5Gi'), claim('files', '10Gi'), 'patch', [
    'other',
    'fields-changed',
  ]),
  objects('a database grows', database('database', '1000Mi'), database('database', '1Gi'), 'patch', [
    'other',
    'fields-changed',
  ]),
  objects('a StatefulSet is scaled', store('5Gi', 1), store('5Gi', 3), 'patch', ['other', 'fields-changed']),
  objects('other data in a ConfigMap', map({ a: '1' }), map({ a: '2' }), 'patch', [
    'other',
    'fields-changed',
  ]),
  objects('a Role may do more', role('get'), role('get', 'list'), 'minor', [
    'exposure',
    'exposure-widened',
    /Role/,
  ]),
  objects('a Role may do less', role('get', 'list'), role('get'), 'patch', ['other', 'fields-changed']),
  objects('a Service is opened to the outside', service(), service('LoadBalancer'), 'minor', [
    'exposure',
    'exposure-widened',
    /Service/,
  ]),
  objects(
    'a policy lets everybody in',
    policy({ podSelector: { matchLabels: { app: 'x' } } }),
    policy(),
    'minor',
    ['exposure', 'exposure-widened', /NetworkPolicy/],
  ),
  objects(
    'a policy lets fewer in',
    policy(),
    policy({ podSelector: { matchLabels: { app: 'x' } } }),
    'patch',
    ['other', 'fields-changed'],
  ),
  objects(
    'a route is new',
    deployment(),
    both(
      deployment(),
      (scope) =>
        void new HTTPRoute(scope, 'route', {
          spec: { parentRefs: [{ name: 'public' }], hostnames: ['a.example.org'] },
        }),
    ),
    'minor',
    ['exposure', 'exposure-widened', /HTTPRoute/],
  ),
];
