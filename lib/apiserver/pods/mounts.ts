import type { JsonObject } from '../../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt } from '../checks.ts';
import { noBackSteps, relativePath } from '../names.ts';

/** `volumeMounts` and `volumeDevices`: each leads to a volume of the pod, and no two to one place. */
export function checkMounts(
  checks: Checks,
  container: JsonObject,
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
): void {
  const mounts = itemsAt(container, 'volumeMounts', path);
  const devices = itemsAt(container, 'volumeDevices', path);
  for (const [mount, at] of [...mounts, ...devices]) checkVolumeName(checks, mount, at, volumes);
  for (const [mount, at] of mounts) checkMount(checks, mount, at, container);
  for (const [device, at] of devices) {
    if (checks.required(device.devicePath, `${at}.devicePath`))
      checks.text(device.devicePath, `${at}.devicePath`, noBackSteps);
    const volume = volumes.get(textAt(device, 'name'));
    const claimed =
      volume === undefined || volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined;
    if (!claimed) checks.add(`${at}.name`, 'must lead to a volume of a claim');
  }
  checks.unique([...mounts.map(([m]) => m.mountPath), ...devices.map(([d]) => d.devicePath)], (i) =>
    i < mounts.length ? `${mounts[i]?.[1]}.mountPath` : `${devices[i - mounts.length]?.[1]}.devicePath`,
  );
  const mounted = new Set(mounts.map(([m]) => textAt(m, 'name')));
  for (const [device, at] of devices)
    if (mounted.has(textAt(device, 'name'))) checks.add(`${at}.name`, 'is mounted as a file system already');
}

function checkVolumeName(
  checks: Checks,
  mount: JsonObject,
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
): void {
  const name = textAt(mount, 'name');
  if (!checks.required(name, `${path}.name`) || volumes.has(name)) return;
  const there = [...volumes.keys()].join(', ') || 'none';
  checks.add(`${path}.name`, `no volume of this pod is called "${name}"`, `there are: ${there}`);
}

function checkMount(checks: Checks, mount: JsonObject, path: string, container: JsonObject): void {
  checks.required(mount.mountPath, `${path}.mountPath`);
  for (const key of ['subPath', 'subPathExpr'] as const)
    checks.text(mount[key], `${path}.${key}`, relativePath);
  if (textAt(mount, 'subPath') !== '' && textAt(mount, 'subPathExpr') !== '')
    checks.add(`${path}.subPathExpr`, 'must not stand beside subPath');
  const propagation = textAt(mount, 'mountPropagation');
  if (mount.mountPropagation !== undefined)
    checks.choice(propagation, `${path}.mountPropagation`, ['None', 'HostToContainer', 'Bidirectional']);
  if (propagation === 'Bidirectional' && objectAt(container, 'securityContext').privileged !== true)
    checks.add(`${path}.mountPropagation`, 'may be Bidirectional only in a privileged container');
  const recursive = textAt(mount, 'recursiveReadOnly');
  if (mount.recursiveReadOnly === undefined) return;
  checks.choice(recursive, `${path}.recursiveReadOnly`, ['Disabled', 'IfPossible', 'Enabled']);
  if (recursive !== 'Disabled' && mount.readOnly !== true)
    checks.add(`${path}.recursiveReadOnly`, 'may be set only where readOnly is true');
}
