import { isObject, type JsonObject } from '../internal/json.ts';
import { cidrRule, isIp, isStrictlyWithin } from './addresses.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from './checks.ts';
import { dnsSubdomain, portName, serviceName, wildcardSubdomain } from './names.ts';
import { checkPortOrName, MAX_PORT } from './ports.ts';
import { checkLabelSelector } from './selectors.ts';

const NEVER_IN_PATH = ['//', '/./', '/../', '%2f', '%2F'];
const NEVER_AT_END = ['/..', '/.'];

export function checkIngress(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  const rules = itemsAt(spec, 'rules', 'spec');
  if (rules.length === 0 && spec.defaultBackend === undefined)
    checks.add('spec', 'must have rules or a defaultBackend');
  if (spec.defaultBackend !== undefined)
    checkBackend(checks, objectAt(spec, 'defaultBackend'), 'spec.defaultBackend');
  for (const [rule, at] of rules) {
    const host = textAt(rule, 'host');
    if (host !== '') checkHost(checks, host, `${at}.host`);
    if (rule.http === undefined) continue;
    const paths = itemsAt(objectAt(rule, 'http'), 'paths', `${at}.http`);
    if (paths.length === 0) checks.add(`${at}.http.paths`, 'is required');
    for (const [path, where] of paths) checkPath(checks, path, where);
  }
  for (const [tls, at] of itemsAt(spec, 'tls', 'spec')) {
    for (const [i, host] of textsAt(tls, 'hosts').entries())
      checkHost(checks, host, `${at}.hosts[${i}]`, true);
    if (tls.secretName !== '') checks.text(tls.secretName, `${at}.secretName`, dnsSubdomain);
  }
  checks.text(spec.ingressClassName, 'spec.ingressClassName', dnsSubdomain);
}

function checkHost(checks: Checks, host: string, path: string, tls = false): void {
  if (!tls && isIp(host)) checks.add(path, 'must be a DNS name, not an IP address');
  else checks.text(host, path, host.includes('*') ? wildcardSubdomain : dnsSubdomain);
}

function checkPath(checks: Checks, path: JsonObject, at: string): void {
  const type = textAt(path, 'pathType');
  checks.choice(type, `${at}.pathType`, ['Exact', 'ImplementationSpecific', 'Prefix']);
  const text = textAt(path, 'path');
  const own = type === 'ImplementationSpecific';
  if (!text.startsWith('/') && !(own && text === '')) checks.add(`${at}.path`, 'must be an absolute path');
  if (!own) {
    const wrong = [
      ...NEVER_IN_PATH.filter((s) => text.includes(s)),
      ...NEVER_AT_END.filter((s) => text.endsWith(s)),
    ];
    if (wrong[0] !== undefined) checks.add(`${at}.path`, `must not contain "${wrong[0]}"`);
  }
  checkBackend(checks, objectAt(path, 'backend'), `${at}.backend`);
}

function checkBackend(checks: Checks, backend: JsonObject, path: string): void {
  const { service, resource } = backend;
  if ((service === undefined) === (resource === undefined))
    checks.add(path, 'must have exactly one of service and resource');
  if (isObject(service)) {
    const at = `${path}.service`;
    if (checks.required(service.name, `${at}.name`))
      checks.text(service.name, `${at}.name`, serviceName(checks.minor));
    const { name, number } = objectAt(service, 'port');
    const [byName, byNumber] = [name !== undefined && name !== '', number !== undefined && number !== 0];
    if (byName === byNumber) checks.add(`${at}.port`, 'must have exactly one of name and number');
    if (byName) checks.text(name, `${at}.port.name`, portName);
    if (byNumber) checks.number(number, `${at}.port.number`, 1, MAX_PORT);
  }
  if (isObject(resource))
    for (const key of ['kind', 'name'] as const) checks.required(resource[key], `${path}.resource.${key}`);
}

export function checkNetworkPolicy(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  checkLabelSelector(checks, spec.podSelector, 'spec.podSelector');
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [rule, at] of itemsAt(spec, direction, 'spec')) {
      for (const [port, where] of itemsAt(rule, 'ports', at)) checkPolicyPort(checks, port, where);
      for (const [peer, where] of itemsAt(rule, peers, at)) checkPeer(checks, peer, where);
    }
  }
  const types = textsAt(spec, 'policyTypes');
  if (types.length > 2) checks.add('spec.policyTypes', 'must have at most 2 items');
  for (const [i, type] of types.entries())
    checks.choice(type, `spec.policyTypes[${i}]`, ['Ingress', 'Egress']);
}

function checkPolicyPort(checks: Checks, port: JsonObject, path: string): void {
  checks.oneOf(port.protocol, `${path}.protocol`, ['SCTP', 'TCP', 'UDP']);
  if (port.port !== undefined) checkPortOrName(checks, port.port, `${path}.port`);
  const { endPort } = port;
  if (endPort === undefined) return;
  if (typeof port.port !== 'number') checks.add(`${path}.endPort`, 'may be set only beside a port number');
  else checks.number(endPort, `${path}.endPort`, port.port, MAX_PORT);
}

function checkPeer(checks: Checks, peer: JsonObject, path: string): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  checkLabelSelector(checks, podSelector, `${path}.podSelector`);
  checkLabelSelector(checks, namespaceSelector, `${path}.namespaceSelector`);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) checks.add(path, 'must have a selector or an ipBlock');
  if (selects && ipBlock !== undefined) checks.add(path, 'must not have an ipBlock beside a selector');
  if (!isObject(ipBlock)) return;
  const at = `${path}.ipBlock`;
  if (!checks.required(ipBlock.cidr, `${at}.cidr`)) return;
  checks.text(ipBlock.cidr, `${at}.cidr`, cidrRule(checks.minor));
  for (const [i, except] of textsAt(ipBlock, 'except').entries()) {
    checks.text(except, `${at}.except[${i}]`, cidrRule(checks.minor));
    if (isStrictlyWithin(textAt(ipBlock, 'cidr'), except) === false)
      checks.add(`${at}.except[${i}]`, 'must lie within the cidr, and be smaller');
  }
}
