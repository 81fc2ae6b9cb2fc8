import type { JsonObject } from '../../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt } from '../checks.ts';
import { dnsLabel, portName } from '../names.ts';
import { MAX_PORT } from '../ports.ts';
import { checkContainerResources } from '../resources.ts';
import { checkEnvironment } from './environment.ts';
import { checkMounts } from './mounts.ts';
import { checkLifecycle, checkProbes } from './probes.ts';
import { checkContainerSecurity } from './security.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const ONLY_SIDECARS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** Every container of a pod. `volumes` are the names of its volumes, with whether each is a claim. */
export function checkContainers(
  checks: Checks,
  spec: JsonObject,
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
): void {
  const containers = itemsAt(spec, 'containers', path);
  if (containers.length === 0)
    checks.add(`${path}.containers`, 'is required', 'a pod has at least one container');
  const starting = itemsAt(spec, 'initContainers', path);
  const all = [...containers, ...starting];
  for (const [container, at] of all) checkContainer(checks, container, at, { spec, volumes });
  checks.unique(
    all.map(([c]) => c.name),
    (i) => `${all[i]?.[1]}.name`,
  );
  for (const [container, at] of containers) {
    const grace = spec.terminationGracePeriodSeconds;
    checkProbes(checks, container, at);
    checkLifecycle(checks, container, at, grace);
  }
  for (const [container, at] of starting) checkInitContainer(checks, container, at, spec);
  checkHostPorts(checks, spec, containers);
  for (const [container] of itemsAt(spec, 'ephemeralContainers', path)) {
    checks.add(
      `${path}.ephemeralContainers`,
      'may not be set before the pod runs',
      `remove "${textAt(container, 'name')}"`,
    );
  }
}

interface PodOf {
  readonly spec: JsonObject;
  readonly volumes: ReadonlyMap<string, JsonObject>;
}

function checkContainer(checks: Checks, container: JsonObject, path: string, { spec, volumes }: PodOf): void {
  if (checks.required(container.name, `${path}.name`)) checks.text(container.name, `${path}.name`, dnsLabel);
  checks.required(container.image, `${path}.image`);
  checks.oneOf(container.imagePullPolicy, `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']);
  const policies = ['File', 'FallbackToLogsOnError'];
  checks.oneOf(container.terminationMessagePolicy, `${path}.terminationMessagePolicy`, policies);
  checkPorts(checks, container, path);
  checkEnvironment(checks, container, path);
  checkMounts(checks, container, path, volumes);
  checkContainerResources(checks, objectAt(container, 'resources'), `${path}.resources`);
  checkResize(checks, container, path);
  checkContainerSecurity(checks, container, path, spec);
  checkRestarts(checks, container, path);
}

/** Until 1.34 only an init container had a policy of its own, which made it a sidecar. */
function checkRestarts(checks: Checks, container: JsonObject, path: string): void {
  const at = `${path}.restartPolicy`;
  const { restartPolicy } = container;
  if (checks.minor < 35) {
    if (restartPolicy === undefined) return;
    if (!path.includes('.initContainers[')) checks.add(at, 'may be set only for an init container');
    else checks.choice(textAt(container, 'restartPolicy'), at, ['Always']);
    return;
  }
  const rules = itemsAt(container, 'restartPolicyRules', path);
  if (restartPolicy !== undefined)
    checks.choice(textAt(container, 'restartPolicy'), at, ['Always', 'OnFailure', 'Never']);
  else if (rules.length > 0) checks.add(at, 'is required beside restartPolicyRules');
}

function checkPorts(checks: Checks, container: JsonObject, path: string): void {
  const ports = itemsAt(container, 'ports', path);
  for (const [port, at] of ports) {
    if (port.name !== '') checks.text(port.name, `${at}.name`, portName);
    checks.number(port.containerPort ?? 0, `${at}.containerPort`, 1, MAX_PORT);
    if (port.hostPort !== 0) checks.number(port.hostPort, `${at}.hostPort`, 1, MAX_PORT);
    checks.oneOf(port.protocol, `${at}.protocol`, PROTOCOLS);
  }
  checks.unique(
    ports.map(([p]) => p.name),
    (i) => `${ports[i]?.[1]}.name`,
  );
}

function checkResize(checks: Checks, container: JsonObject, path: string): void {
  for (const [policy, at] of itemsAt(container, 'resizePolicy', path)) {
    checks.choice(textAt(policy, 'resourceName'), `${at}.resourceName`, ['cpu', 'memory']);
    checks.choice(textAt(policy, 'restartPolicy'), `${at}.restartPolicy`, [
      'NotRequired',
      'RestartContainer',
    ]);
  }
}

function checkInitContainer(checks: Checks, container: JsonObject, path: string, spec: JsonObject): void {
  if (container.restartPolicy === 'Always') {
    checkProbes(checks, container, path);
    checkLifecycle(checks, container, path, spec.terminationGracePeriodSeconds);
    return;
  }
  for (const [policy, at] of checks.minor < 36 ? [] : itemsAt(container, 'resizePolicy', path)) {
    if (policy.restartPolicy === 'RestartContainer')
      checks.add(`${at}.restartPolicy`, 'must not be RestartContainer for an init container');
  }
  for (const key of ONLY_SIDECARS) {
    if (container[key] === undefined) continue;
    checks.add(
      `${path}.${key}`,
      'may not be set for an init container',
      'set its restartPolicy to Always, or remove it',
    );
  }
}

function checkHostPorts(
  checks: Checks,
  spec: JsonObject,
  containers: readonly (readonly [JsonObject, string])[],
): void {
  const taken = new Set<string>();
  for (const [port, at] of containers.flatMap(([c, path]) => itemsAt(c, 'ports', path))) {
    const { hostPort, containerPort, protocol = 'TCP', hostIP = '' } = port;
    if (typeof hostPort !== 'number' || hostPort === 0) continue;
    if (spec.hostNetwork === true && hostPort !== containerPort)
      checks.add(`${at}.hostPort`, 'must be the containerPort on the host network');
    const key = `${String(protocol)} ${String(hostIP)} ${hostPort}`;
    if (taken.has(key)) checks.add(`${at}.hostPort`, 'is taken by another port of this pod');
    taken.add(key);
  }
}
