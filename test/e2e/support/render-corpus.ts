import fc, { type Arbitrary } from 'fast-check';
import { INPUT_API_VERSION, INPUT_KIND } from '../../../lib/function/index.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import {
  composedObject,
  json,
  jsonObject,
  type Odd,
  observedResource,
  RESOURCE_NAMES,
} from './render-objects.ts';
import { CLUSTER, REQUIREMENTS, SCHEMAS, selectors } from './render-requirements.ts';
import type { Answer, Script, ScriptResource } from './script.ts';

// Inputs of one reconcile, made from a seed. What they stress is named, so that a corpus holds as much of it as it says.

export type Stress = 'loops' | 'context' | 'observed' | 'talk' | 'names' | 'status' | 'secrets' | 'mixed';
export const STRESSES: readonly Stress[] = [
  'loops',
  'context',
  'observed',
  'talk',
  'names',
  'status',
  'secrets',
  'mixed',
];

export type Scope = 'namespaced' | 'cluster' | 'legacy';

/** One reconcile: what both sides are given. */
export interface RenderCase {
  readonly scope: Scope;
  readonly xr: JsonObject;
  readonly composition: JsonObject;
  readonly xrd: JsonObject | undefined;
  readonly observed: readonly JsonObject[];
  readonly required: readonly JsonObject[];
  readonly schemas: readonly JsonObject[];
  readonly credentials: readonly JsonObject[];
  /** What the context holds before the first step. */
  readonly context: JsonObject | undefined;
}

export const FUNCTIONS = ['fn-one', 'fn-two'] as const;
export const SCRIPT_NAME = 'script';
export const SCRIPT_VERSION = '1.0.0';
const XR_UID = '7f4e1a52-3c1d-4a51-9d6c-0b5a3c2f1e00';

/** The first `count` cases of a stress; the same seed gives the same cases. */
export function renderCases(stress: Stress, count: number, seed: number): readonly RenderCase[] {
  return fc.sample(renderCase(stress), { numRuns: count, seed });
}

/** Four times of five for cases that stress this, now and then in a mixed one, else never. */
function often(stress: Stress, ...of: readonly Stress[]): Arbitrary<boolean> {
  const fifths = of.includes(stress) ? 4 : stress === 'mixed' ? 2 : 0;
  return fc.integer({ min: 0, max: 4 }).map((n) => n < fifths);
}

/** The arbitrary where the stress wants it, else nothing. */
function when<T>(stress: Stress, of: readonly Stress[], arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return often(stress, ...of).chain(
    (yes): Arbitrary<T | undefined> => (yes ? arbitrary : fc.constant(undefined)),
  );
}

const CONDITION_TYPES = [
  'DatabaseReady',
  'NetworkReady',
  'Ready',
  'Synced',
  'Healthy',
  'Responsive',
  '',
] as const;

const results = fc.array(
  fc.record(
    {
      severity: fc.constantFrom(0, 2, 3, 3),
      message: fc.constantFrom('all good', 'not "yet"\nthere', '', 'grüße ☃', 'a\tb <c> & d'),
      reason: fc.constantFrom('Composing', '', 'DatabaseSlow'),
      target: fc.constantFrom(0, 1, 2),
    },
    { requiredKeys: ['severity', 'message'] },
  ),
  { maxLength: 3 },
);

const fatal: NonNullable<Answer['results']> = [
  { severity: 2, message: 'before the end', reason: 'Soon' },
  { severity: 1, message: 'cannot go on: "no" <way>', reason: 'Stuck' },
  { severity: 3, message: 'never heard' },
];

const conditions = fc.array(
  fc.record(
    {
      type: fc.constantFrom(...CONDITION_TYPES),
      status: fc.constantFrom(0, 1, 2, 3),
      reason: fc.constantFrom('Up', 'Down', ''),
      message: fc.constantFrom('because', '', 'two\nlines'),
      target: fc.constantFrom(0, 1, 2),
    },
    { requiredKeys: ['type', 'status', 'reason'] },
  ),
  { maxLength: 3 },
);

const ready = fc.constantFrom('unspecified', 'true', 'true', 'false') as Arbitrary<
  'unspecified' | 'true' | 'false'
>;

function answer({ stress, scope, odd }: Setting, step: string): Arbitrary<Answer> {
  return fc
    .record({
      resources: fc.dictionary(
        fc.constantFrom(...RESOURCE_NAMES),
        composedObject(scope, odd).chain((object) =>
          ready.map((r): ScriptResource => ({ object, ready: r, connection: { key: 'composed' } })),
        ),
        { minKeys: stress === 'status' || stress === 'talk' ? 0 : 1, maxKeys: 4, noNullPrototype: true },
      ),
      removed: when(stress, ['observed', 'names'], fc.subarray([...RESOURCE_NAMES], { maxLength: 2 })),
      desired: when(stress, ['observed', 'status'], fc.constantFrom('drop', 'replace', undefined, undefined)),
      composite: when(stress, ['status', 'talk', 'loops'], composite(step)),
      results: when(
        stress,
        ['talk'],
        fc.oneof({ weight: 4, arbitrary: results }, { weight: 1, arbitrary: fc.constant(fatal) }),
      ),
      conditions: when(stress, ['talk', 'status'], conditions),
      context: when(
        stress,
        ['context'],
        fc.dictionary(fc.constantFrom('a', 'b', 'é/ü'), json, { maxKeys: 2, noNullPrototype: true }),
      ),
      forget: when(stress, ['context'], fc.constantFrom(true, false, false)),
      ttlSeconds: fc.constantFrom(undefined, 0, 60),
    })
    .map((all) => ({ ...defined(all), echo: true }));
}

function composite(step: string): Arbitrary<ScriptResource> {
  return fc.record({
    object: fc
      .record(
        {
          apiVersion: fc.constant('example.org/v1'),
          kind: fc.constant('Thing'),
          metadata: fc.constant({ name: 'another', labels: { ignored: 'yes' } }),
          spec: jsonObject,
          status: fc.record(
            {
              [step]: json,
              list: fc.array(json, { maxLength: 3 }),
              conditions: fc.constant([
                { type: 'DatabaseReady', status: 'True', reason: 'FromStatus', lastTransitionTime: TIME },
              ]),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      )
      .map(defined) as Arbitrary<JsonObject>,
    ready,
  });
}

export const TIME = '2023-05-06T07:08:09Z';

/** Answers of one step: usually one; with requirements, as many as the loop is to take. */
function script(setting: Setting, step: string): Arbitrary<Script> {
  const one = answer(setting, step);
  return when(setting.stress, ['loops'], fc.constantFrom(...REQUIREMENTS)).chain((shape) => {
    if (shape === undefined) {
      return one.map((a): Script => ({ step, by: 'calls', answers: [a] }));
    }
    return fc.tuple(one, fc.array(selectors, { minLength: 6, maxLength: 6 })).map(([a, found]): Script => {
      const { by, rounds } = shape(found);
      return {
        step,
        by,
        answers: rounds.map((requirements) => ({ ...a, ...(requirements && { requirements }) })),
      };
    });
  });
}

/** A step of a pipeline that plays a script. */
export function scriptStep(step: string, fn: string, own: Script): JsonObject {
  const input = {
    apiVersion: INPUT_API_VERSION,
    kind: INPUT_KIND,
    function: SCRIPT_NAME,
    version: SCRIPT_VERSION,
  };
  return { step, functionRef: { name: fn }, input: { ...input, input: own as unknown as JsonObject } }; // plain data, of a closed type
}

function pipelineStep(setting: Setting, index: number): Arbitrary<JsonObject> {
  const { stress } = setting;
  const name = ['compose', 'second "step"', 'third'][index] ?? `step-${index}`;
  return fc
    .record({
      script: script(setting, name),
      fn: fc.constantFrom(...FUNCTIONS),
      bootstrap: when(stress, ['loops'], bootstrap),
      credentials: when(stress, ['secrets'], fc.constantFrom(...CREDENTIALS)),
    })
    .map(({ script: own, fn, bootstrap: requirements, credentials }) =>
      defined({
        ...scriptStep(name, fn, own),
        requirements,
        credentials,
      }),
    ) as Arbitrary<JsonObject>;
}

const bootstrap: Arbitrary<JsonObject> = selectors.map(({ resources, schemas }) => {
  const required = Object.entries(resources).map(([requirementName, { matchName, ...rest }]) => ({
    requirementName,
    ...rest,
    ...(matchName !== undefined && { name: matchName }),
  }));
  const wanted = Object.entries(schemas).map(([requirementName, { apiVersion, kind }]) => ({
    requirementName,
    apiVersion,
    kind,
  }));
  return {
    ...(required.length > 0 && { requiredResources: required }),
    ...(wanted.length > 0 && { requiredSchemas: wanted }),
  };
});

const secretRef = (name: string): JsonObject => ({ namespace: 'vault', name });
const CREDENTIALS: readonly (readonly JsonObject[])[] = [
  [{ name: 'cloud', source: 'Secret', secretRef: secretRef('cloud') }],
  [
    { name: 'cloud', source: 'Secret', secretRef: secretRef('cloud') },
    { name: 'other', source: 'Secret', secretRef: secretRef('empty') },
    { name: 'none', source: 'None' },
  ],
  [{ name: 'gone', source: 'Secret', secretRef: secretRef('missing') }],
];
const SECRETS: readonly JsonObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'vault', name: 'cloud' },
    data: { token: 'czNjcjN0', raw: '/wD+' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'vault', name: 'empty' } },
  connectionSecret('acme'),
  connectionSecret('elsewhere'),
];

function connectionSecret(namespace: string): JsonObject {
  const data = { endpoint: Buffer.from(`${namespace}.example.org`).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'connection' }, data };
}

function xr(stress: Stress, scope: Scope, observed: readonly JsonObject[]): Arbitrary<JsonObject> {
  return fc
    .record({
      name: fc.constantFrom('demo', 'demo', 'a.dotted.name', 'n'.repeat(63), 'x1'),
      // An observed resource that is controlled by its XR says the XR's uid.
      uid: observed.length > 0 ? fc.constant(XR_UID) : fc.constantFrom(XR_UID, undefined),
      labels: when(stress, ['names'], fc.constantFrom(...LABELS)),
      annotations: when(stress, ['status'], fc.constantFrom(...ANNOTATIONS)),
      generation: fc.constantFrom(undefined, 3),
      parameters: jsonObject,
      ref: fc.constantFrom(undefined, undefined, { name: 'things' }, { name: 'another' }),
      refs: when(stress, ['observed'], fc.constantFrom(...REFS)),
      connection: fc.boolean(),
      status: when(stress, ['status', 'talk'], fc.constantFrom(...STATUSES)),
    })
    .map(({ name, uid, labels, annotations, generation, parameters, ref, refs, connection, status }) => {
      const own = defined({
        compositionRef: ref,
        resourceRefs: observed.length === 0 && scope !== 'namespaced' ? refs : refs?.map(withoutNamespace),
      });
      const secret = { writeConnectionSecretToRef: { namespace: 'acme', name: 'connection' } };
      const spec =
        scope === 'legacy'
          ? { parameters, ...own, ...(connection && secret) }
          : { parameters, ...(Object.keys(own).length > 0 && { crossplane: own }) };
      const metadata = defined({
        name,
        namespace: scope === 'namespaced' ? 'acme' : undefined,
        uid,
        labels,
        annotations,
        generation,
      });
      return defined({ apiVersion: 'example.org/v1', kind: 'Thing', metadata, spec, status }) as JsonObject;
    });
}

const withoutNamespace = ({ namespace: _, ...ref }: JsonObject): JsonObject => ref;

const LABELS: readonly JsonObject[] = [
  { 'crossplane.io/composite': 'the-root', team: 'blue' },
  { 'crossplane.io/claim-name': 'mine', 'crossplane.io/claim-namespace': 'people' },
  { 'crossplane.io/claim-name': 'mine' },
  {},
];
const ANNOTATIONS: readonly JsonObject[] = [
  { 'crossplane.io/paused': 'true' },
  { 'crossplane.io/paused': 'false' },
  { 'crossplane.io/reconcile-requested-at': 'now-please' },
];
/** Objects of CLUSTER that an XR may claim to have composed, and one that nobody has. */
const REFS: readonly (readonly JsonObject[])[] = [
  [{ apiVersion: 'example.org/v1', kind: 'Widget', name: 'composed-before', namespace: 'acme' }],
  [
    { apiVersion: 'example.org/v1', kind: 'Widget', name: 'of-another', namespace: 'acme' },
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', namespace: 'acme' },
    { apiVersion: 'v1', kind: 'ConfigMap' },
  ],
  [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nameless', namespace: 'acme' }],
];
const STATUSES: readonly JsonObject[] = [
  { phase: 'old', nested: { a: 1 } },
  {
    phase: 'old',
    conditions: [
      { type: 'Synced', status: 'True', reason: 'ReconcileSuccess', lastTransitionTime: TIME },
      { type: 'DatabaseReady', status: 'True', reason: 'Up', lastTransitionTime: TIME, message: 'because' },
      { type: 'Forgotten', status: 'False', reason: 'Down', lastTransitionTime: TIME, observedGeneration: 2 },
    ],
  },
  {
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Available', lastTransitionTime: TIME, observedGeneration: 3 },
    ],
  },
  { lastHandledReconcileAt: 'now-please', claimConditionTypes: ['NetworkReady'] },
];

const SCOPES: readonly Scope[] = ['namespaced', 'cluster', 'legacy'];

/** What holds for a whole case. */
interface Setting {
  readonly stress: Stress;
  readonly scope: Scope;
  readonly odd: Odd;
}

const odds = (stress: Stress): Arbitrary<Odd> =>
  stress === 'names' ? fc.constantFrom('nothing', 'nothing', 'name', 'owner') : fc.constant('nothing');

/** One reconcile that stresses a part. */
export function renderCase(stress: Stress): Arbitrary<RenderCase> {
  return fc.tuple(fc.constantFrom(...SCOPES), odds(stress)).chain(([scope, odd]) =>
    when(
      stress,
      ['observed', 'secrets'],
      fc.uniqueArray(observedResource(scope, XR_UID), { maxLength: 4, selector: observedKey }),
    ).chain((observed = []) =>
      fc
        .record({
          xr: xr(stress, scope, observed),
          steps: fc
            .integer({ min: 1, max: 3 })
            .chain((count) =>
              fc.tuple(...Array.from({ length: count }, (_, i) => pipelineStep({ stress, scope, odd }, i))),
            ),
          context: when(
            stress,
            ['context'],
            fc.dictionary(fc.constantFrom('a', 'b', 'c.d/e'), json, {
              minKeys: 1,
              maxKeys: 3,
              noNullPrototype: true,
            }),
          ),
        })
        .map(
          ({ xr: composite, steps, context }): RenderCase => ({
            scope,
            xr: composite,
            composition: {
              apiVersion: 'apiextensions.crossplane.io/v1',
              kind: 'Composition',
              metadata: { name: 'things' },
              spec: {
                compositeTypeRef: { apiVersion: 'example.org/v1', kind: 'Thing' },
                mode: 'Pipeline',
                pipeline: steps,
              },
            },
            xrd: scope === 'legacy' ? LEGACY_XRD : undefined,
            observed,
            required: CLUSTER,
            schemas: SCHEMAS,
            credentials: SECRETS,
            context,
          }),
        ),
    ),
  );
}

function observedKey(object: JsonObject): string {
  const { annotations } = object.metadata as { readonly annotations: JsonObject };
  return JSON.stringify(annotations);
}

const LEGACY_XRD: JsonObject = {
  apiVersion: 'apiextensions.crossplane.io/v1',
  kind: 'CompositeResourceDefinition',
  metadata: { name: 'things.example.org' },
  spec: {
    group: 'example.org',
    names: { kind: 'Thing', plural: 'things' },
    versions: [
      {
        name: 'v1',
        served: true,
        referenceable: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  region: { type: 'string', default: 'eu' },
                  parameters: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

/** The record without its undefined values. */
function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
