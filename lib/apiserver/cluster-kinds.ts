import type { JsonObject } from '../internal/json.ts';
import { type Checks, isEmpty, keyPath, objectAt, textAt } from './checks.ts';
import { dns1035Label, dnsSubdomain } from './names.ts';
import { MAX_PORT } from './ports.ts';

const MAX_PRIORITY = 1_000_000_000; // above it are the system's own
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

export function checkPriorityClass(checks: Checks, object: JsonObject): void {
  const name = textAt(objectAt(object, 'metadata'), 'name');
  if (name.startsWith('system-')) checks.add('metadata.name', 'begins with "system-", which is reserved');
  checks.number(object.value, 'value', Number.NEGATIVE_INFINITY, MAX_PRIORITY);
  if (object.preemptionPolicy !== undefined) {
    const policies = ['PreemptLowerPriority', 'Never'];
    checks.choice(textAt(object, 'preemptionPolicy'), 'preemptionPolicy', policies);
  }
}

export function checkApiService(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  const [group, version] = [textAt(spec, 'group'), textAt(spec, 'version')];
  const { name } = objectAt(object, 'metadata');
  if (name !== `${version}.${group}`) checks.add('metadata.name', `must be "${version}.${group}"`);
  if (group !== '') checks.text(group, 'spec.group', dnsSubdomain);
  else if (version !== 'v1') checks.add('spec.group', 'is required');
  checks.text(version, 'spec.version', dns1035Label);
  checks.number(spec.groupPriorityMinimum ?? 0, 'spec.groupPriorityMinimum', 1, MAX_GROUP_PRIORITY);
  checks.number(spec.versionPriority ?? 0, 'spec.versionPriority', 1, MAX_VERSION_PRIORITY);
  const skips = spec.insecureSkipTLSVerify === true;
  if (spec.service === undefined) {
    const why = 'may be set only beside a service';
    if (skips) checks.add('spec.insecureSkipTLSVerify', why);
    checks.forbidden(spec.caBundle, 'spec.caBundle', why);
    return;
  }
  const service = objectAt(spec, 'service');
  for (const key of ['namespace', 'name'] as const) checks.required(service[key], `spec.service.${key}`);
  checks.number(service.port, 'spec.service.port', 1, MAX_PORT);
  if (skips && !isEmpty(spec.caBundle))
    checks.add('spec.insecureSkipTLSVerify', 'may not be true beside a caBundle');
}

const POD_SECURITY = 'pod-security.kubernetes.io/';
const LEVELS = ['privileged', 'baseline', 'restricted'];

/** The labels that Pod Security admission reads. */
export function checkNamespace(checks: Checks, object: JsonObject): void {
  const labels = objectAt(object, 'metadata', 'labels');
  for (const mode of ['enforce', 'audit', 'warn']) {
    const key = `${POD_SECURITY}${mode}`;
    const [level, version] = [labels[key], labels[`${key}-version`]];
    if (level !== undefined) checks.choice(level, keyPath('metadata.labels', key), LEVELS);
    if (typeof version === 'string' && !/^(latest|v1\.\d+)$/.test(version))
      checks.add(keyPath('metadata.labels', `${key}-version`), 'must be "latest" or a version such as v1.35');
  }
}
