import { equalJson, getPath, isObject, type JsonObject } from '../internal/json.ts';
import { listAt } from '../render/objects.ts';
import { groupKind } from './composed.ts';

/** A field that cannot be changed in place, and what happens instead. */
export interface TouchedField {
  readonly path: string;
  /** `refused`: the apiserver rejects it. `replaced`: a controller removes and makes anew. */
  readonly outcome: 'refused' | 'replaced';
  /** What is lost, where something is. */
  readonly loses?: string;
}

interface Rule {
  readonly path: string;
  readonly outcome?: 'replaced';
  readonly loses?: string;
  /** Setting what was not set, or the other way round, is no change: the apiserver fills it. */
  readonly whenBothSet?: true;
}

const selector: Rule = { path: 'spec.selector' };
const release = 'the release under the old name is uninstalled with all that it holds';

/** By kind, from the validation code of Kubernetes 1.34 and of the controllers named. */
const RULES: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ['apps/Deployment', [selector]],
  ['apps/DaemonSet', [selector]],
  ['apps/ReplicaSet', [selector]],
  [
    'batch/Job',
    ['selector', 'template', 'completionMode', 'podFailurePolicy', 'managedBy'].map((f) => ({
      path: `spec.${f}`,
    })),
  ],
  [
    '/Service',
    [
      { path: 'spec.clusterIP', whenBothSet: true },
      { path: 'spec.clusterIPs', whenBothSet: true },
    ],
  ],
  ['rbac.authorization.k8s.io/RoleBinding', [{ path: 'roleRef' }]],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', [{ path: 'roleRef' }]],
  [
    'storage.k8s.io/StorageClass',
    ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'].map((path) => ({ path })),
  ],
  ['networking.k8s.io/IngressClass', [{ path: 'spec.controller' }]],
  ['scheduling.k8s.io/PriorityClass', [{ path: 'value' }, { path: 'preemptionPolicy' }]],
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    ['spec.group', 'spec.scope', 'spec.names.kind', 'spec.names.plural'].map((path) => ({
      path,
      loses: 'a CRD can only be made anew, and every object of that kind goes with the old one',
    })),
  ],
  ['/Secret', [{ path: 'type' }]],
  ['/Pod', [{ path: 'spec.volumes' }, { path: 'spec.nodeName' }]],
  [
    'helm.toolkit.fluxcd.io/HelmRelease',
    ['spec.releaseName', 'spec.targetNamespace', 'spec.storageNamespace'].map((path) => ({
      path,
      outcome: 'replaced' as const,
      loses: release,
    })),
  ],
  ['cert-manager.io/Certificate', []],
]);

/** What may be changed of a StatefulSet; everything else in its spec is fixed. */
const STATEFUL_SET = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
/** The same of a PersistentVolumeClaim; a request may only grow. */
const CLAIM = new Set(['resources', 'volumeAttributesClassName', 'volumeName']);

/** Fields that were changed although they cannot be, of two states of one object. */
export function immutableFields(before: JsonObject, after: JsonObject): readonly TouchedField[] {
  const kind = groupKind(before);
  const touched = (RULES.get(kind) ?? []).flatMap((rule) => judge(rule, before, after));
  if (kind === 'apps/StatefulSet')
    touched.push(...fixedSpec(before, after, STATEFUL_SET, 'its pods and volumes are made anew'));
  if (kind === '/PersistentVolumeClaim') {
    touched.push(...fixedSpec(before, after, CLAIM, 'the volume can only be made anew'));
    touched.push(...shrunk(before, after, 'spec.resources.requests.storage'));
  }
  if (kind === 'postgresql.cnpg.io/Cluster') {
    for (const path of ['spec.storage.size', 'spec.walStorage.size'])
      touched.push(...shrunk(before, after, path));
    touched.push(...dropped(before, after, 'spec.walStorage'));
  }
  if (kind === '/Pod') touched.push(...besideImages(before, after));
  if (kind === '/ConfigMap' || kind === '/Secret') touched.push(...sealed(before, after));
  return touched;
}

/** Of a pod's containers only the images may change. */
function besideImages(before: JsonObject, after: JsonObject): TouchedField[] {
  const fixed = (pod: JsonObject, path: string): unknown =>
    listAt(pod, ...path.split('.')).map(({ image: _, ...container }) => container);
  return ['spec.containers', 'spec.initContainers']
    .filter((path) => !equalJson(fixed(before, path), fixed(after, path)))
    .map((path) => ({ path, outcome: 'refused' as const }));
}

const get = (object: JsonObject, path: string): unknown => getPath(object, path.split('.'));

function judge(rule: Rule, before: JsonObject, after: JsonObject): TouchedField[] {
  const [a, b] = [get(before, rule.path), get(after, rule.path)];
  if (equalJson(a, b)) return [];
  if (rule.whenBothSet && (a === undefined || b === undefined)) return [];
  return [
    {
      path: rule.path,
      outcome: rule.outcome ?? 'refused',
      ...(rule.loses !== undefined && { loses: rule.loses }),
    },
  ];
}

function fixedSpec(
  before: JsonObject,
  after: JsonObject,
  free: ReadonlySet<string>,
  loses: string,
): TouchedField[] {
  const [a, b] = [before.spec, after.spec];
  if (!isObject(a) || !isObject(b)) return [];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !free.has(key));
  return keys
    .filter((key) => !equalJson(a[key], b[key]))
    .map((key) => ({ path: `spec.${key}`, outcome: 'refused' as const, loses }));
}

function shrunk(before: JsonObject, after: JsonObject, path: string): TouchedField[] {
  const [a, b] = [bytesOf(get(before, path)), bytesOf(get(after, path))];
  if (a === undefined || b === undefined || b >= a) return [];
  return [{ path, outcome: 'refused', loses: 'a volume cannot shrink: it would have to be made anew' }];
}

function dropped(before: JsonObject, after: JsonObject, path: string): TouchedField[] {
  if (get(before, path) === undefined || get(after, path) !== undefined) return [];
  return [{ path, outcome: 'refused', loses: 'the volume cannot be taken away' }];
}

function sealed(before: JsonObject, after: JsonObject): TouchedField[] {
  if (before.immutable !== true) return [];
  const changed = ['data', 'stringData', 'binaryData', 'immutable'].filter(
    (key) => !equalJson(before[key], after[key]),
  );
  return changed.map((path) => ({ path, outcome: 'refused' }));
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ...['k', 'M', 'G', 'T', 'P'].map((u, i): [string, number] => [u, 1000 ** (i + 1)]),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi'].map((u, i): [string, number] => [u, 1024 ** (i + 1)]),
]);

function bytesOf(value: unknown): number | undefined {
  const m = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(String(value ?? ''));
  const unit = m === null ? undefined : UNITS.get(m[2] ?? '');
  return m === null || unit === undefined ? undefined : Number(m[1]) * unit;
}
