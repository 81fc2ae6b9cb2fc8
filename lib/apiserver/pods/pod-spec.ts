import type { JsonObject } from '../../internal/json.ts';
import { ipAddress } from '../addresses.ts';
import { type Checks, itemsAt, keyPath, objectAt, textAt, textsAt } from '../checks.ts';
import { checkAnnotations } from '../metadata.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '../names.ts';
import { checkLabels } from '../selectors.ts';
import { checkContainers } from './containers.ts';
import { checkAffinity, checkTolerations, checkTopologySpread } from './scheduling.ts';
import { checkPodSecurity } from './security.ts';
import { checkVolumes } from './volumes.ts';

export interface PodOptions {
  /** What the workload allows its pods. */
  readonly restartPolicies: readonly string[];
  /** The pod is not looked at, but for its restart policy. */
  readonly unread?: boolean;
  /** Volumes that the workload adds to each pod. */
  readonly claims?: readonly string[];
}

const INT32 = 2 ** 31 - 1;
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;

/** A pod template: its labels, its annotations and its pod. */
export function checkPodTemplate(
  checks: Checks,
  template: JsonObject,
  path: string,
  options: PodOptions,
): void {
  const metadata = objectAt(template, 'metadata');
  checkLabels(checks, metadata.labels, `${path}.metadata.labels`);
  checkAnnotations(checks, metadata.annotations, `${path}.metadata.annotations`);
  for (const [i, finalizer] of textsAt(metadata, 'finalizers').entries())
    checks.text(finalizer, `${path}.metadata.finalizers[${i}]`, qualifiedName);
  const spec = objectAt(template, 'spec');
  if (options.unread === true) checkRestartPolicy(checks, spec, `${path}.spec`, options);
  else checkPodSpec(checks, spec, `${path}.spec`, options);
}

/** A pod that nobody makes from a template. */
export function checkPod(checks: Checks, object: JsonObject): void {
  checkPodSpec(checks, objectAt(object, 'spec'), 'spec', {
    restartPolicies: ['Always', 'OnFailure', 'Never'],
  });
}

function checkPodSpec(checks: Checks, spec: JsonObject, path: string, options: PodOptions): void {
  const volumes = new Map([
    ...checkVolumes(checks, spec, path),
    ...(options.claims ?? []).map((name) => [name, { persistentVolumeClaim: {} }] as const),
  ]);
  checkContainers(checks, spec, path, volumes);
  checkRestartPolicy(checks, spec, path, options);
  checkLabels(checks, spec.nodeSelector, `${path}.nodeSelector`);
  checkPodSecurity(checks, spec, path);
  checkAffinity(checks, objectAt(spec, 'affinity'), `${path}.affinity`);
  checkTolerations(checks, spec, path);
  checkTopologySpread(checks, spec, path);
  checkDns(checks, spec, path);
  checkNames(checks, spec, path);
  checks.number(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`, 1, INT32);
  checks.number(spec.terminationGracePeriodSeconds, `${path}.terminationGracePeriodSeconds`, 0);
  checks.oneOf(spec.preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never']);
  for (const [gate, at] of itemsAt(spec, 'readinessGates', path))
    checks.text(gate.conditionType ?? '', `${at}.conditionType`, qualifiedName);
  for (const [gate, at] of itemsAt(spec, 'schedulingGates', path))
    checks.text(gate.name ?? '', `${at}.name`, qualifiedName);
  for (const [alias, at] of itemsAt(spec, 'hostAliases', path)) {
    checks.text(alias.ip ?? '', `${at}.ip`, ipAddress);
    for (const [i, name] of textsAt(alias, 'hostnames').entries())
      checks.text(name, `${at}.hostnames[${i}]`, dnsSubdomain);
  }
  const { os } = spec;
  if (os !== undefined && checks.required(textAt(os, 'name'), `${path}.os.name`))
    checks.oneOf(textAt(os, 'name'), `${path}.os.name`, ['linux', 'windows']);
}

function checkRestartPolicy(checks: Checks, spec: JsonObject, path: string, options: PodOptions): void {
  const { restartPolicies } = options;
  const given = textAt(spec, 'restartPolicy') || 'Always';
  if (spec.restartPolicy === undefined && !restartPolicies.includes('Always')) {
    checks.add(
      `${path}.restartPolicy`,
      `must be ${restartPolicies.map((p) => `"${p}"`).join(' or ')}`,
      'set it',
    );
  } else checks.oneOf(given, `${path}.restartPolicy`, restartPolicies);
}

function checkNames(checks: Checks, spec: JsonObject, path: string): void {
  const names = [
    ['serviceAccountName', dnsSubdomain],
    ['nodeName', dnsSubdomain],
    ['priorityClassName', dnsSubdomain],
    ['runtimeClassName', dnsSubdomain],
    ['hostname', dnsLabel],
    ['subdomain', dnsLabel],
  ] as const;
  for (const [key, rule] of names) if (spec[key] !== '') checks.text(spec[key], keyPath(path, key), rule);
}

function checkDns(checks: Checks, spec: JsonObject, path: string): void {
  const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
  checks.oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, policies);
  const config = objectAt(spec, 'dnsConfig');
  const at = `${path}.dnsConfig`;
  const servers = textsAt(config, 'nameservers');
  for (const [i, server] of servers.entries()) checks.text(server, `${at}.nameservers[${i}]`, ipAddress);
  if (servers.length > MAX_NAMESERVERS)
    checks.add(`${at}.nameservers`, `must have at most ${MAX_NAMESERVERS} items`);
  if (spec.dnsPolicy === 'None' && servers.length === 0)
    checks.add(`${at}.nameservers`, 'is required with dnsPolicy None');
  const searches = textsAt(config, 'searches');
  if (searches.length > MAX_SEARCHES) checks.add(`${at}.searches`, `must have at most ${MAX_SEARCHES} items`);
  for (const [i, search] of searches.entries())
    if (search !== '.')
      checks.text(search.replace(/\.$/, '').replaceAll('_', '-'), `${at}.searches[${i}]`, dnsSubdomain);
  for (const [option, path] of itemsAt(config, 'options', at)) checks.required(option.name, `${path}.name`);
}
