import type { JsonObject } from '../../internal/json.ts';
import { type Checks, itemsAt, keyPath, objectAt, textAt } from '../checks.ts';
import { configKey, dnsSubdomain, envName, qualifiedName } from '../names.ts';
import { quantityOf } from '../resources.ts';

const ENV_FIELDS = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];
export const FILE_FIELDS: readonly string[] = [
  ...['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid'],
];
const RESOURCES = [
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
  ...['requests.cpu', 'requests.memory', 'requests.ephemeral-storage'],
];
const CPU_DIVISORS = ['1m', '1'];
const MEMORY_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'] as const;

/** `env` and `envFrom` of a container. */
export function checkEnvironment(checks: Checks, container: JsonObject, path: string): void {
  for (const [entry, at] of itemsAt(container, 'env', path)) {
    if (checks.required(entry.name, `${at}.name`)) checks.text(entry.name, `${at}.name`, envName);
    if (entry.valueFrom !== undefined) checkValueFrom(checks, entry, `${at}.valueFrom`);
  }
  for (const [entry, at] of itemsAt(container, 'envFrom', path)) {
    if (entry.prefix !== '') checks.text(entry.prefix, `${at}.prefix`, envName);
    const sources = (['configMapRef', 'secretRef'] as const).filter((key) => entry[key] !== undefined);
    if (sources.length !== 1) checks.add(at, 'must have exactly one of configMapRef and secretRef');
    for (const key of sources) checkReference(checks, objectAt(entry, key), `${at}.${key}`);
  }
}

function checkValueFrom(checks: Checks, entry: JsonObject, path: string): void {
  const from = objectAt(entry, 'valueFrom');
  const known = checks.minor >= 35 ? [...SOURCES, 'fileKeyRef'] : SOURCES;
  const sources = known.filter((key) => from[key] !== undefined);
  if (sources.length !== 1) checks.add(path, `must have exactly one of ${SOURCES.join(', ')}`);
  else if (textAt(entry, 'value') !== '')
    checks.add(path, 'must not stand beside a value', 'remove one of the two');
  if (from.fieldRef !== undefined)
    checkFieldRef(checks, objectAt(from, 'fieldRef'), `${path}.fieldRef`, ENV_FIELDS);
  if (from.resourceFieldRef !== undefined)
    checkResourceRef(checks, objectAt(from, 'resourceFieldRef'), `${path}.resourceFieldRef`);
  for (const key of ['configMapKeyRef', 'secretKeyRef'] as const) {
    if (from[key] === undefined) continue;
    const ref = objectAt(from, key);
    checkReference(checks, ref, `${path}.${key}`);
    if (checks.required(ref.key, `${path}.${key}.key`)) checks.text(ref.key, `${path}.${key}.key`, configKey);
  }
}

function checkReference(checks: Checks, ref: JsonObject, path: string): void {
  if (checks.required(ref.name, `${path}.name`)) checks.text(ref.name, `${path}.name`, dnsSubdomain);
}

/** A field of the pod itself. */
export function checkFieldRef(
  checks: Checks,
  ref: JsonObject,
  path: string,
  fields: readonly string[],
): void {
  const at = keyPath(path, 'fieldPath');
  const field = textAt(ref, 'fieldPath');
  const version = textAt(ref, 'apiVersion');
  if (version !== '' && version !== 'v1') checks.add(`${path}.apiVersion`, 'must be "v1"');
  if (!checks.required(field, at)) return;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(field);
  if (subscript !== null) {
    checks.text(subscript[2], at, (key) =>
      qualifiedName(subscript[1] === 'annotations' ? key.toLowerCase() : key),
    );
  } else checks.oneOf(field, at, fields);
}

/** A request or limit of a container. */
export function checkResourceRef(checks: Checks, ref: JsonObject, path: string): void {
  const resource = textAt(ref, 'resource');
  if (!checks.required(resource, `${path}.resource`)) return;
  if (!/^(limits|requests)\.hugepages-/.test(resource)) checks.oneOf(resource, `${path}.resource`, RESOURCES);
  const divisor = quantityOf(ref.divisor);
  if (divisor === undefined || divisor === 0n) return;
  const allowed = resource.endsWith('.cpu') ? CPU_DIVISORS : MEMORY_DIVISORS;
  const fits = allowed.some((text) => quantityOf(text) === divisor);
  if (!fits) checks.add(`${path}.divisor`, `must be ${allowed.join(', ')}`);
}
