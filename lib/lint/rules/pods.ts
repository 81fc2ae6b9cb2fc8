import { isObject, type JsonObject } from '../../internal/json.ts';
import { kindOf, labelOf, listAt, nameOf, objectAt, textAt } from '../../render/objects.ts';
import { about, composed, podOf, releasesOf, walk } from '../objects.ts';
import type { Found, LintRule } from '../rule.ts';

const SERVING = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

export const healthProbes: LintRule = {
  id: 'health-probes',
  hard: 5,
  tag: 'static',
  severity: 'error',
  summary: 'every workload answers for its health and readiness',
  why: 'Without a readiness probe traffic reaches pods that cannot serve, and the XR says Ready too early.',
  fix: "Set readinessProbe and livenessProbe (/readyz and /healthz) on the serving container; do not turn the chart's off.",
  example: {
    wrong: "containers: [{ name: 'shop', image }]",
    right:
      "containers: [{ name: 'shop', image, readinessProbe: { httpGet: { path: '/readyz', port: 8080 } }, livenessProbe: … }]",
  },
  *check(input) {
    for (const [object] of composed(input)) {
      if (SERVING.has(kindOf(object))) {
        const containers = listAt(podOf(object)?.spec, 'containers');
        for (const probe of ['readinessProbe', 'livenessProbe']) {
          if (containers.some((c) => c[probe] !== undefined)) continue;
          yield about(object, 'spec.template.spec.containers', `none has a ${probe}`, `set ${probe}`);
        }
      }
      for (const { path, key, value } of walk(objectAt(object, 'spec', 'values'))) {
        if (kindOf(object) !== 'HelmRelease' || !/^(readiness|liveness)Probe$/.test(key)) continue;
        if (isObject(value) && value.enabled === false) {
          yield about(object, `spec.values.${path}`, "turns the chart's probe off", 'leave it on');
        }
      }
    }
  },
};

export const recommendedLabels: LintRule = {
  id: 'recommended-labels',
  hard: 9,
  tag: 'static',
  severity: 'error',
  summary: 'app.kubernetes.io/name and /instance on every object and pod',
  why: 'Network policies, monitors, the console and people find what belongs together by these labels.',
  fix: 'Composed objects have them by themselves; do not overwrite them, and give pod templates the same ones.',
  example: {
    wrong: "template: { metadata: { labels: { app: 'shop' } } }",
    right: 'template: { metadata: { labels: application.labels } }',
  },
  *check(input) {
    for (const [object] of composed(input)) {
      for (const key of ['app.kubernetes.io/name', 'app.kubernetes.io/instance']) {
        if (labelOf(object, key) === '') yield about(object, 'metadata.labels', `${key} is missing`);
        const pod = kindOf(object) === 'Pod' ? undefined : podOf(object);
        if (pod === undefined || textAt(pod.labels, key) !== '') continue;
        const at = `${pod.path.replace(/spec$/, 'metadata.labels')}`;
        yield about(object, at, `${key} is missing`, 'give the template application.labels');
      }
    }
  },
};

function claimsOf(spec: JsonObject | undefined): readonly string[] {
  return listAt(spec, 'volumes').flatMap((v) => textAt(v, 'persistentVolumeClaim', 'claimName') || []);
}

export const recreateSingleWriter: LintRule = {
  id: 'recreate-single-writer',
  hard: 16,
  tag: 'static',
  severity: 'error',
  summary: 'a Deployment with a ReadWriteOnce volume is recreated, never rolled',
  why: 'A rolling update starts the new pod while the old one holds the volume: it waits for ever, or two write.',
  fix: "Set strategy: { type: 'Recreate' }, or use a StatefulSet. Never force a PersistentVolumeClaim.",
  example: {
    wrong: "strategy: { type: 'RollingUpdate' } // with a PVC",
    right: "strategy: { type: 'Recreate' }",
  },
  *check(input) {
    for (const [object, { objects }] of composed(input)) {
      if (kindOf(object) === 'HelmRelease' && objectAt(object, 'spec', 'upgrade').force === true) {
        yield about(
          object,
          'spec.upgrade.force',
          'replaces volumes and StatefulSets with what they hold',
          'remove it',
        );
      }
      if (kindOf(object) !== 'Deployment') continue;
      const claims = claimsOf(podOf(object)?.spec).filter((c) => !isShared(c, objects));
      if (claims.length === 0 || textAt(object, 'spec', 'strategy', 'type') === 'Recreate') continue;
      const message = `is rolled, though one pod at a time can hold ${claims.map((c) => `"${c}"`).join(', ')}`;
      yield about(object, 'spec.strategy.type', message, "set it to 'Recreate'");
    }
  },
};

/** A claim that several nodes may mount; one that is not composed here is taken as ReadWriteOnce. */
function isShared(claim: string, objects: readonly JsonObject[]): boolean {
  const found = objects.find((o) => kindOf(o) === 'PersistentVolumeClaim' && nameOf(o) === claim);
  const modes = objectAt(found, 'spec').accessModes;
  return Array.isArray(modes) && modes.some((m) => m === 'ReadWriteMany' || m === 'ReadOnlyMany');
}

export const volumeGroup: LintRule = {
  id: 'volume-group',
  hard: 17,
  tag: 'static',
  severity: 'error',
  summary: 'who writes to a volume without being root has fsGroup and OnRootMismatch',
  why: 'Without fsGroup the volume belongs to root; without OnRootMismatch every start walks all of its files.',
  fix: "Set securityContext: { fsGroup: 65534, fsGroupChangePolicy: 'OnRootMismatch' } on the pod.",
  example: {
    wrong: 'podSecurityContext: { runAsUser: 1000, fsGroup: 1000 }',
    right: "podSecurityContext: { runAsUser: 1000, fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' }",
  },
  *check(input) {
    for (const [object] of composed(input)) {
      const pod = podOf(object);
      const templates = listAt(object, 'spec', 'volumeClaimTemplates').length;
      if (pod !== undefined && (templates > 0 || claimsOf(pod.spec).length > 0)) {
        yield* podGroup(object, `${pod.path}.securityContext`, pod.spec);
      }
      for (const release of releasesOf([object])) yield* valuesGroup(release);
    }
  },
};

function* podGroup(object: JsonObject, path: string, spec: JsonObject): Generator<Found> {
  const context = objectAt(spec, 'securityContext');
  const contexts = [context, ...listAt(spec, 'containers').map((c) => objectAt(c, 'securityContext'))];
  const notRoot = contexts.some((c) => c.runAsNonRoot === true || Number(c.runAsUser ?? 0) > 0);
  if (!notRoot) return;
  if (context.fsGroup === undefined)
    yield about(object, `${path}.fsGroup`, 'is missing', 'set it, for instance to 65534');
  else if (context.fsGroupChangePolicy !== 'OnRootMismatch') {
    yield about(object, `${path}.fsGroupChangePolicy`, 'must be OnRootMismatch');
  }
}

function* valuesGroup(release: JsonObject): Generator<Found> {
  for (const { path, value } of walk(objectAt(release, 'spec', 'values'))) {
    if (!isObject(value) || value.fsGroup === undefined || value.fsGroupChangePolicy === 'OnRootMismatch')
      continue;
    yield about(release, `spec.values.${path}.fsGroupChangePolicy`, 'must be OnRootMismatch beside fsGroup');
  }
}
