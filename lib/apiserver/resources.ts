import { isObject, type JsonObject } from '../internal/json.ts';
import { NANO, parseQuantity } from '../schema/quantity.ts';
import { type Checks, keyPath, objectAt } from './checks.ts';
import { qualifiedName } from './names.ts';

/** What a container is given without a prefix. */
export const CONTAINER_RESOURCES: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

/** Billionths; undefined if it is no quantity. */
export function quantityOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return parseQuantity(String(value));
  return typeof value === 'string' ? parseQuantity(value.trim()) : undefined;
}

/** A quantity that is not negative. */
export function checkQuantity(
  checks: Checks,
  value: unknown,
  path: string,
  min: 'zero' | 'above zero' = 'zero',
): void {
  if (value === undefined) return;
  const nano = quantityOf(value);
  if (nano === undefined) return; // the decoder's finding
  if (nano < 0n || (min === 'above zero' && nano === 0n))
    checks.add(path, min === 'zero' ? 'must not be negative' : 'must be more than zero');
}

/** `requests` and `limits` of a container: known resources, nothing asked for that is not allowed. */
export function checkContainerResources(checks: Checks, resources: JsonObject, path: string): void {
  const [limits, requests] = [objectAt(resources, 'limits'), objectAt(resources, 'requests')];
  for (const [list, key] of [
    [limits, 'limits'],
    [requests, 'requests'],
  ] as const) {
    for (const [name, value] of Object.entries(list)) {
      const at = keyPath(`${path}.${key}`, name);
      checkResourceName(checks, name, at, CONTAINER_RESOURCES);
      checkQuantity(checks, value, at);
      if (!CONTAINER_RESOURCES.includes(name)) checkWhole(checks, value, at);
    }
  }
  for (const [name, value] of Object.entries(requests)) {
    const at = keyPath(`${path}.requests`, name);
    const [asked, allowed] = [quantityOf(value), quantityOf(limits[name])];
    if (asked === undefined) continue;
    if (allowed !== undefined && asked > allowed)
      checks.add(at, `must be at most the limit, ${String(limits[name])}`);
    if (!CONTAINER_RESOURCES.includes(name) && asked !== allowed)
      checks.add(at, 'must equal the limit: this resource cannot be overcommitted');
  }
  for (const name of Object.keys(limits)) {
    if (!/^hugepages-/.test(name)) continue;
    const others =
      Object.hasOwn({ ...limits, ...requests }, 'cpu') || Object.hasOwn({ ...limits, ...requests }, 'memory');
    if (!others) checks.add(path, 'must have cpu or memory beside huge pages');
  }
}

/** A resource of Kubernetes, or somebody's own with a prefix. */
export function checkResourceName(
  checks: Checks,
  name: string,
  path: string,
  known: readonly string[],
): void {
  checks.text(name, path, qualifiedName);
  if (name.includes('/') || known.includes(name) || /^hugepages-/.test(name)) return;
  checks.add(path, `is no resource; it must be ${known.join(', ')}, or have a prefix such as example.com/`);
}

export function checkWhole(checks: Checks, value: unknown, path: string): void {
  const nano = quantityOf(value);
  if (nano !== undefined && nano % NANO !== 0n) checks.add(path, 'must be a whole number');
}

/** The entries of a resource list with their paths. */
export function resourceEntries(
  value: unknown,
  path: string,
): readonly (readonly [string, unknown, string])[] {
  return isObject(value)
    ? Object.entries(value).map(([name, v]) => [name, v, keyPath(path, name)] as const)
    : [];
}
