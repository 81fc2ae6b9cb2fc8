import { isObject, type JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from './checks.ts';
import { dnsSubdomain, qualifiedName } from './names.ts';
import { checkQuantity } from './resources.ts';
import { checkLabelSelector } from './selectors.ts';

const ACCESS_MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
const SNAPSHOT_GROUP = 'snapshot.storage.k8s.io';
const MAX_PARAMETERS = 512;

export function checkPersistentVolumeClaim(checks: Checks, object: JsonObject): void {
  checkClaimSpec(checks, objectAt(object, 'spec'), 'spec');
}

/** What is asked of a volume. */
export function checkClaimSpec(checks: Checks, spec: JsonObject, path: string): void {
  const modes = textsAt(spec, 'accessModes');
  if (modes.length === 0)
    checks.add(`${path}.accessModes`, 'is required', `one or more of ${ACCESS_MODES.join(', ')}`);
  for (const [i, mode] of modes.entries()) checks.choice(mode, `${path}.accessModes[${i}]`, ACCESS_MODES);
  if (modes.includes('ReadWriteOncePod') && modes.some((m) => m !== 'ReadWriteOncePod'))
    checks.add(`${path}.accessModes`, 'must hold nothing beside ReadWriteOncePod');
  checkLabelSelector(checks, spec.selector, `${path}.selector`);
  const { storage } = objectAt(spec, 'resources', 'requests');
  const at = `${path}.resources.requests.storage`;
  if (checks.required(storage, at)) checkQuantity(checks, storage, at, 'above zero');
  for (const key of ['storageClassName', 'volumeAttributesClassName'] as const)
    if (spec[key] !== '') checks.text(spec[key], `${path}.${key}`, dnsSubdomain);
  if (spec.volumeMode !== undefined)
    checks.choice(textAt(spec, 'volumeMode'), `${path}.volumeMode`, ['Block', 'Filesystem']);
  checkSource(checks, spec.dataSourceRef, `${path}.dataSourceRef`);
  // The apiserver drops a dataSource that is neither a claim nor a snapshot, and then judges nothing of it.
  if (isCopyable(spec.dataSource)) checkSource(checks, spec.dataSource, `${path}.dataSource`);
}

function isCopyable(source: unknown): boolean {
  const [group, kind] = [textAt(source, 'apiGroup'), textAt(source, 'kind')];
  return (
    (group === '' && kind === 'PersistentVolumeClaim') ||
    (group === SNAPSHOT_GROUP && kind === 'VolumeSnapshot')
  );
}

function checkSource(checks: Checks, source: unknown, path: string): void {
  if (!isObject(source)) return;
  checks.required(source.name, `${path}.name`);
  checks.required(source.kind, `${path}.kind`);
  const group = textAt(source, 'apiGroup');
  if (group !== '') checks.text(group, `${path}.apiGroup`, dnsSubdomain);
  else if (source.kind !== undefined && source.kind !== 'PersistentVolumeClaim')
    checks.add(`${path}.kind`, 'must be "PersistentVolumeClaim" where no apiGroup is given');
}

export function checkStorageClass(checks: Checks, object: JsonObject): void {
  if (checks.required(object.provisioner, 'provisioner'))
    checks.text(textAt(object, 'provisioner').toLowerCase(), 'provisioner', qualifiedName);
  const parameters = Object.keys(objectAt(object, 'parameters'));
  if (parameters.length > MAX_PARAMETERS)
    checks.add('parameters', `must have at most ${MAX_PARAMETERS} keys`);
  if (parameters.includes('')) checks.add('parameters', 'must not have an empty key');
  checks.oneOf(object.reclaimPolicy, 'reclaimPolicy', ['Delete', 'Retain']);
  if (object.volumeBindingMode !== undefined)
    checks.choice(textAt(object, 'volumeBindingMode'), 'volumeBindingMode', [
      'Immediate',
      'WaitForFirstConsumer',
    ]);
  const terms = itemsAt(object, 'allowedTopologies', '');
  for (const [term, path] of terms) {
    const expressions = itemsAt(term, 'matchLabelExpressions', path);
    if (expressions.length === 0) checks.add(`${path}.matchLabelExpressions`, 'is required');
    for (const [expression, at] of expressions) {
      checks.text(expression.key ?? '', `${at}.key`, qualifiedName);
      const values = textsAt(expression, 'values');
      if (values.length === 0) checks.add(`${at}.values`, 'is required');
      checks.unique(values, (i) => `${at}.values[${i}]`);
    }
    checks.unique(
      expressions.map(([e]) => e.key),
      (i) => `${expressions[i]?.[1]}.key`,
    );
  }
  checks.unique(
    terms.map(([term]) => term),
    (i) => `allowedTopologies[${i}]`,
  );
}
