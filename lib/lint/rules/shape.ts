import { chartsOf } from '../../blueprint/upstream.ts';
import type { JsonObject } from '../../internal/json.ts';
import { apiVersionOf, groupVersion, kindOf, objectAt, objectKey, textAt } from '../../render/objects.ts';
import { about, composed } from '../objects.ts';
import type { Found, LintInput, LintRule, Rendering } from '../rule.ts';

export const notHollow: LintRule = {
  id: 'not-hollow',
  hard: 14,
  tag: 'static',
  severity: 'error',
  summary: 'it installs what it names: every upstream chart is used, at its version',
  why: 'A Blueprint that renders nothing, or not what upstream states, looks installed and is not.',
  fix: 'Hand upstream to a HelmRelease, or remove it; a product needs members.',
  example: {
    wrong: 'upstream: helmChart({ … }) // and compose() makes no HelmRelease',
    right: "new HelmRelease(scope, 'server', { chart: upstream, values })",
  },
  *check(input) {
    const { blueprint } = input;
    const made = [...composed(input)].map(([o]) => o).filter((o) => kindOf(o) !== 'Namespace');
    if (made.length === 0 && blueprint.members.length === 0) {
      yield {
        path: 'compose',
        message: 'composes nothing, whatever its config',
        remedy: 'compose something',
      };
      return;
    }
    const installed = new Set(installedCharts(made));
    for (const [name, { chart, version }] of chartsOf(blueprint.upstream)) {
      if (installed.has(`${chart} ${version}`)) continue;
      const message = `chart "${chart}" ${version} is installed by no config`;
      yield {
        path: name === 'chart' ? 'upstream' : `upstream.${name}`,
        message,
        remedy: 'hand it to a HelmRelease',
      };
    }
  },
};

function installedCharts(objects: readonly JsonObject[]): readonly string[] {
  return objects.flatMap((o) => {
    const chart = objectAt(o, 'spec', 'chart', 'spec');
    if (kindOf(o) === 'HelmRelease') return `${String(chart.chart)} ${String(chart.version)}`;
    const name = textAt(o, 'spec', 'url').split('/').at(-1);
    return kindOf(o) === 'OCIRepository' ? `${name} ${textAt(o, 'spec', 'ref', 'tag')}` : [];
  });
}

// Charts known to bring the CRDs of a group with them.
const CRDS_OF: readonly (readonly [RegExp, string])[] = [
  [/^cert-manager$/, 'cert-manager.io'],
  [/^external-secrets$/, 'external-secrets.io'],
  [/^cloudnative-pg$/, 'postgresql.cnpg.io'],
  [/^kserve(-crd|-llmisvc-crd)?s?$/, 'serving.kserve.io'],
  [/^keda$/, 'keda.sh'],
  [/^kyverno$/, 'kyverno.io'],
  [/^velero$/, 'velero.io'],
  [/^knative-(serving|operator)$/, 'serving.knative.dev'],
  [/^(kube-)?prometheus(-operator)?(-crds|-stack)$/, 'monitoring.coreos.com'],
];

export const crdApart: LintRule = {
  id: 'crd-apart',
  hard: 15,
  tag: 'static',
  severity: 'error',
  summary: 'a CRD and an object of its kind are never applied in one step',
  why: 'The apiserver refuses an object whose kind does not exist yet, and that stalls everything beside it.',
  fix: 'Order them: issuer.after(release). What is withheld comes once the CRDs are there.',
  example: {
    wrong: "new ClusterIssuer(scope, 'issuer', …)",
    right: "new ClusterIssuer(scope, 'issuer', …).after(release)",
  },
  *check(input) {
    for (const rendering of input.renderings) yield* togetherIn(rendering);
  },
};

function* togetherIn({ objects, rounds }: Rendering): Generator<Found> {
  const brings = objects.flatMap((o) => groupsOf(o).map((group) => ({ group, by: o })));
  for (const object of objects) {
    const { group } = groupVersion(apiVersionOf(object));
    for (const { group: brought, by } of brings) {
      if (brought !== group || (rounds.get(objectKey(object)) ?? 0) > (rounds.get(objectKey(by)) ?? 0))
        continue;
      const message = `comes in one step with ${kindOf(by)} "${textAt(by, 'metadata', 'name')}", which brings its CRD`;
      yield about(object, '', message, 'order it with after()');
    }
  }
}

function groupsOf(object: JsonObject): readonly string[] {
  if (kindOf(object) === 'CustomResourceDefinition') return [textAt(object, 'spec', 'group')];
  if (kindOf(object) !== 'HelmRelease') return [];
  const chart = textAt(object, 'spec', 'chart', 'spec', 'chart');
  return CRDS_OF.filter(([pattern]) => pattern.test(chart)).map(([, group]) => group);
}

/** More than this in one XR slows every reconcile and opens Crossplane's watch circuit breaker. */
export const MAX_COMPOSED_OBJECTS = 40;

export const fewObjects: LintRule = {
  id: 'few-objects',
  tag: 'static',
  severity: 'warning',
  summary: `at most ${MAX_COMPOSED_OBJECTS} objects in one XR`,
  why: "Each object is watched and applied in every reconcile; too many open Crossplane's circuit breaker.",
  fix: 'Compose a part of them as a Blueprint of its own.',
  example: { wrong: 'for (const user of 60 users) new ConfigMap(…)', right: 'one ConfigMap that holds them' },
  *check({ renderings }: LintInput) {
    const most = renderings.toSorted((a, b) => b.objects.length - a.objects.length)[0];
    if (most === undefined || most.objects.length <= MAX_COMPOSED_OBJECTS) return;
    const message = `composes ${most.objects.length} objects in one XR (${most.label}), more than ${MAX_COMPOSED_OBJECTS}`;
    yield { path: 'compose', message, remedy: 'compose a part of them as a Blueprint of its own' };
  },
};
