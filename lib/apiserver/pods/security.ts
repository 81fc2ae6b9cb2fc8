import { isObject, type JsonObject } from '../../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from '../checks.ts';
import { relativePath } from '../names.ts';

const MAX_ID = 2 ** 31 - 1;

/** `securityContext` of a pod. */
export function checkPodSecurity(checks: Checks, spec: JsonObject, path: string): void {
  const context = objectAt(spec, 'securityContext');
  const at = `${path}.securityContext`;
  for (const key of ['fsGroup', 'runAsUser', 'runAsGroup'] as const)
    checks.number(context[key], `${at}.${key}`, 0, MAX_ID);
  if (Array.isArray(context.supplementalGroups))
    for (const [i, group] of context.supplementalGroups.entries())
      checks.number(group, `${at}.supplementalGroups[${i}]`, 0, MAX_ID);
  checkUserNamespace(checks, spec, path);
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    checks.add(`${path}.shareProcessNamespace`, 'must not stand beside hostPID');
  checks.oneOf(context.fsGroupChangePolicy, `${at}.fsGroupChangePolicy`, ['OnRootMismatch', 'Always']);
  checks.oneOf(context.supplementalGroupsPolicy, `${at}.supplementalGroupsPolicy`, ['Merge', 'Strict']);
  checkProfiles(checks, context, at);
}

/** A pod with users of its own has nothing of the host's. */
function checkUserNamespace(checks: Checks, spec: JsonObject, path: string): void {
  if (spec.hostUsers !== false) return;
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
    if (spec[key] === true) checks.add(`${path}.${key}`, 'must not be set where hostUsers is false');
  if (checks.minor < 34) return;
  for (const list of ['initContainers', 'containers'] as const)
    for (const [container, at] of itemsAt(spec, list, path))
      if (itemsAt(container, 'volumeDevices', at).length > 0)
        checks.add(`${at}.volumeDevices`, 'must not be set where hostUsers is false');
}

/** `securityContext` of a container. */
export function checkContainerSecurity(
  checks: Checks,
  container: JsonObject,
  path: string,
  spec: JsonObject,
): void {
  const context = objectAt(container, 'securityContext');
  const at = `${path}.securityContext`;
  for (const key of ['runAsUser', 'runAsGroup'] as const)
    checks.number(context[key], `${at}.${key}`, 0, MAX_ID);
  if (context.procMount !== undefined)
    checks.choice(textAt(context, 'procMount'), `${at}.procMount`, ['Default', 'Unmasked']);
  if (context.procMount === 'Unmasked' && spec.hostUsers !== false)
    checks.add(`${at}.procMount`, 'may be Unmasked only where hostUsers is false');
  checkProfiles(checks, context, at);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    checks.add(`${at}.allowPrivilegeEscalation`, 'must not be false in a privileged container');
  const added = textsAt(objectAt(context, 'capabilities'), 'add');
  if (added.some((name) => name === 'CAP_SYS_ADMIN'))
    checks.add(`${at}.allowPrivilegeEscalation`, 'must not be false where CAP_SYS_ADMIN is added');
}

function checkProfiles(checks: Checks, context: JsonObject, path: string): void {
  for (const key of ['seccompProfile', 'appArmorProfile'] as const) {
    if (!isObject(context[key])) continue;
    const profile = objectAt(context, key);
    const type = textAt(profile, 'type');
    const at = `${path}.${key}`;
    if (!checks.required(type, `${at}.type`)) continue;
    checks.oneOf(type, `${at}.type`, ['Localhost', 'RuntimeDefault', 'Unconfined']);
    if (type === 'Localhost') {
      if (checks.required(profile.localhostProfile, `${at}.localhostProfile`) && key === 'seccompProfile')
        checks.text(profile.localhostProfile, `${at}.localhostProfile`, relativePath);
    } else if (profile.localhostProfile !== undefined) {
      checks.add(`${at}.localhostProfile`, 'may be set only with type Localhost');
    }
  }
}
