import type { JsonObject } from '../../internal/json.ts';
import { type Checks, isEmpty, itemsAt, objectAt, textAt } from '../checks.ts';
import { checkPortOrName, MAX_PORT } from '../ports.ts';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

/** The three probes of a container. */
export function checkProbes(checks: Checks, container: JsonObject, path: string): void {
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[key] === undefined) continue;
    const probe = objectAt(container, key);
    const at = `${path}.${key}`;
    checkHandler(checks, probe, at, HANDLERS);
    for (const count of COUNTS) checks.number(probe[count], `${at}.${count}`, 0);
    checks.number(probe.terminationGracePeriodSeconds, `${at}.terminationGracePeriodSeconds`, 1);
    if (key === 'readinessProbe') {
      if (probe.terminationGracePeriodSeconds !== undefined)
        checks.add(`${at}.terminationGracePeriodSeconds`, 'must not be set for a readiness probe');
    } else if (typeof probe.successThreshold === 'number' && probe.successThreshold > 1) {
      checks.add(`${at}.successThreshold`, 'must be 1');
    }
  }
}

/** `postStart` and `preStop`. */
export function checkLifecycle(checks: Checks, container: JsonObject, path: string, grace: unknown): void {
  const lifecycle = objectAt(container, 'lifecycle');
  for (const key of ['postStart', 'preStop'] as const) {
    if (lifecycle[key] === undefined) continue;
    const at = `${path}.lifecycle.${key}`;
    const handler = objectAt(lifecycle, key);
    checkHandler(checks, handler, at, ['exec', 'httpGet', 'tcpSocket', 'sleep']);
    const { seconds = 0 } = objectAt(handler, 'sleep');
    const most = typeof grace === 'number' ? grace : 30;
    if (handler.sleep !== undefined) checks.number(seconds, `${at}.sleep.seconds`, 0, most);
  }
  if (lifecycle.stopSignal !== undefined && textAt(lifecycle, 'stopSignal') !== '')
    checks.add(`${path}.lifecycle.stopSignal`, 'may be set only with spec.os.name');
}

function checkHandler(checks: Checks, handler: JsonObject, path: string, kinds: readonly string[]): void {
  const given = kinds.filter((key) => handler[key] !== undefined);
  if (given.length !== 1) checks.add(path, `must have exactly one of ${kinds.join(', ')}`);
  if (handler.exec !== undefined && isEmpty(objectAt(handler, 'exec').command))
    checks.add(`${path}.exec.command`, 'is required');
  if (handler.httpGet !== undefined) checkHttpGet(checks, objectAt(handler, 'httpGet'), `${path}.httpGet`);
  if (handler.tcpSocket !== undefined)
    checkPortOrName(checks, objectAt(handler, 'tcpSocket').port, `${path}.tcpSocket.port`);
  if (handler.grpc !== undefined)
    checks.number(objectAt(handler, 'grpc').port ?? 0, `${path}.grpc.port`, 1, MAX_PORT);
}

function checkHttpGet(checks: Checks, get: JsonObject, path: string): void {
  checkPortOrName(checks, get.port, `${path}.port`);
  checks.oneOf(get.scheme, `${path}.scheme`, ['HTTP', 'HTTPS']);
  for (const [header, at] of itemsAt(get, 'httpHeaders', path)) {
    checks.text(header.name ?? '', `${at}.name`, (text) =>
      /^[-A-Za-z0-9]+$/.test(text) ? undefined : 'must consist of letters, digits and hyphens',
    );
  }
}
