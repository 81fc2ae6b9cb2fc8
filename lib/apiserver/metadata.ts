import { isObject, type JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, keyPath, objectAt, type TextRule, textAt, textsAt } from './checks.ts';
import { dnsLabel, dnsSubdomain, pathSegment, qualifiedName, serviceName } from './names.ts';
import { checkLabels } from './selectors.ts';

const MAX_ANNOTATIONS = 256 * 1024; // bytes of keys and values together
const MAX_CRON_JOB_NAME = 52; // characters: a Job of it gets eleven more
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

const cronJobName: TextRule = (text) =>
  text.length > MAX_CRON_JOB_NAME ? `must have at most ${MAX_CRON_JOB_NAME} characters` : dnsSubdomain(text);

/** Kinds whose names are not DNS subdomains, by `group kind`. */
const NAME_RULES: ReadonlyMap<string, TextRule> = new Map<string, TextRule>([
  [' Namespace', dnsLabel],
  ['batch CronJob', cronJobName],
  ['policy PodDisruptionBudget', pathSegment],
  ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map(
    (kind) => [`rbac.authorization.k8s.io ${kind}`, pathSegment] as const,
  ),
]);

export interface MetadataOptions {
  readonly group: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** One of Kubernetes' own kinds. */
  readonly core: boolean;
}

/** `metadata` as the apiserver checks it of every object. */
export function checkMetadata(checks: Checks, object: JsonObject, options: MetadataOptions): void {
  const metadata = objectAt(object, 'metadata');
  checkName(checks, metadata, options);
  if (options.scope === 'Cluster') {
    const remedy = 'leave the namespace out';
    checks.forbidden(metadata.namespace, 'metadata.namespace', `${options.kind} is cluster-scoped`, remedy);
  } else if (metadata.namespace !== '') checks.text(metadata.namespace, 'metadata.namespace', dnsLabel);
  checkLabels(checks, metadata.labels, 'metadata.labels');
  checkAnnotations(checks, metadata.annotations, 'metadata.annotations');
  for (const [i, finalizer] of textsAt(metadata, 'finalizers').entries()) {
    const at = `metadata.finalizers[${i}]`;
    checks.text(finalizer, at, qualifiedName);
    const full = !options.core || finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer);
    if (!full) checks.add(at, 'must have a prefix, such as example.com/finalizer');
  }
  checkOwners(checks, metadata);
  const { resourceVersion } = metadata;
  if (typeof resourceVersion === 'string' && !/^\d*$/.test(resourceVersion))
    checks.add('metadata.resourceVersion', 'must be what the apiserver wrote', 'remove it');
}

function checkName(checks: Checks, metadata: JsonObject, { group, kind }: MetadataOptions): void {
  const named = `${group} ${kind}`;
  const rule = named === ' Service' ? serviceName(checks.minor) : (NAME_RULES.get(named) ?? dnsSubdomain);
  if (typeof metadata.generateName === 'string' && metadata.generateName !== '') {
    // What follows it ends in a letter or digit.
    checks.text(metadata.generateName, 'metadata.generateName', (text) =>
      rule(`${text.replace(/-+$/, '')}0`),
    );
    if (textAt(metadata, 'name') === '') return;
  }
  if (checks.required(metadata.name, 'metadata.name')) checks.text(metadata.name, 'metadata.name', rule);
}

export function checkAnnotations(checks: Checks, annotations: unknown, path: string): void {
  if (!isObject(annotations)) return;
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    checks.text(key, keyPath(path, key), (text) => qualifiedName(text.toLowerCase()));
    size += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  if (size > MAX_ANNOTATIONS) checks.add(path, `must have at most ${MAX_ANNOTATIONS} bytes, not ${size}`);
}

const groupVersion: TextRule = (text) =>
  text === '' || /^[^/]+(\/[^/]+)?$/.test(text)
    ? undefined
    : 'must be a group and a version, such as apps/v1';

function checkOwners(checks: Checks, metadata: JsonObject): void {
  const owners = itemsAt(metadata, 'ownerReferences', 'metadata');
  for (const [owner, at] of owners) {
    for (const key of ['apiVersion', 'kind', 'name', 'uid'] as const)
      checks.required(owner[key], `${at}.${key}`);
    checks.text(owner.apiVersion, `${at}.apiVersion`, groupVersion);
  }
  const controllers = owners.filter(([owner]) => owner.controller === true);
  if (controllers.length > 1) checks.add('metadata.ownerReferences', 'must name one controller at most');
}
