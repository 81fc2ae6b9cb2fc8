import type { JsonObject } from '../internal/json.ts';
import { cidrRule, ipAddress } from './addresses.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from './checks.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from './names.ts';
import { checkPortOrName, MAX_PORT } from './ports.ts';
import { checkLabels } from './selectors.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const MAX_AFFINITY_SECONDS = 86_400;
const NODE_PORTS = { least: 30_000, most: 32_767 }; // the apiserver's default range

export function checkService(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  const type = textAt(spec, 'type') || 'ClusterIP';
  checks.oneOf(type, 'spec.type', TYPES);
  checkLabels(checks, spec.selector, 'spec.selector');
  checkPorts(checks, spec, type);
  checkAffinity(checks, spec);
  checkAddresses(checks, spec, type);
  if (type === 'ExternalName') checkExternalName(checks, spec);
  checkTraffic(checks, spec, type);
  checkLoadBalancer(checks, spec, type);
}

function checkPorts(checks: Checks, spec: JsonObject, type: string): void {
  const ports = itemsAt(spec, 'ports', 'spec');
  if (ports.length === 0 && spec.clusterIP !== 'None' && type !== 'ExternalName')
    checks.add('spec.ports', 'is required', 'only a headless Service (clusterIP: None) goes without ports');
  for (const [port, at] of ports) {
    if (ports.length > 1 && textAt(port, 'name') === '')
      checks.add(`${at}.name`, 'is required where there are more ports');
    else if (port.name !== '') checks.text(port.name, `${at}.name`, dnsLabel);
    checks.number(port.port ?? 0, `${at}.port`, 1, MAX_PORT);
    checks.oneOf(port.protocol, `${at}.protocol`, ['SCTP', 'TCP', 'UDP']);
    // 0 and "" are what the port itself stands in for.
    if (port.targetPort !== undefined && port.targetPort !== 0 && port.targetPort !== '')
      checkPortOrName(checks, port.targetPort, `${at}.targetPort`);
    checks.text(port.appProtocol, `${at}.appProtocol`, qualifiedName);
    checkNodePort(checks, port, at, type);
  }
  checks.unique(
    ports.map(([p]) => p.name),
    (i) => `${ports[i]?.[1]}.name`,
  );
  checks.unique(
    ports.map(([p]) => [p.port, p.protocol ?? 'TCP']),
    (i) => ports[i]?.[1] ?? '',
  );
  checks.unique(
    ports.map(([p]) => (p.nodePort ? [p.nodePort, p.protocol ?? 'TCP'] : '')),
    (i) => `${ports[i]?.[1]}.nodePort`,
  );
}

function checkNodePort(checks: Checks, port: JsonObject, path: string, type: string): void {
  const { nodePort } = port;
  if (nodePort === undefined || nodePort === 0) return;
  if (type === 'ClusterIP') checks.add(`${path}.nodePort`, 'may not be set with type ClusterIP', 'remove it');
  else if (type !== 'ExternalName')
    checks.number(nodePort, `${path}.nodePort`, NODE_PORTS.least, NODE_PORTS.most);
}

function checkAffinity(checks: Checks, spec: JsonObject): void {
  const affinity = textAt(spec, 'sessionAffinity');
  checks.oneOf(affinity, 'spec.sessionAffinity', ['ClientIP', 'None']);
  if (affinity !== 'ClientIP') return; // its config is dropped then
  const { timeoutSeconds } = objectAt(spec, 'sessionAffinityConfig', 'clientIP');
  checks.number(
    timeoutSeconds,
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
    1,
    MAX_AFFINITY_SECONDS,
  );
}

function checkAddresses(checks: Checks, spec: JsonObject, type: string): void {
  const clusterIPs = textsAt(spec, 'clusterIPs');
  const clusterIP = textAt(spec, 'clusterIP');
  if (clusterIP !== '' && clusterIP !== 'None') checks.text(clusterIP, 'spec.clusterIP', ipAddress);
  if (clusterIP !== '' && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP)
    checks.add('spec.clusterIPs', 'must begin with the clusterIP');
  for (const [i, ip] of clusterIPs.entries())
    if (ip !== 'None') checks.text(ip, `spec.clusterIPs[${i}]`, ipAddress);
  if (type === 'LoadBalancer' && clusterIP === 'None')
    checks.add('spec.clusterIP', 'may not be None for a LoadBalancer');
  if (type === 'NodePort' && clusterIP === 'None')
    checks.add('spec.clusterIP', 'may not be None with type NodePort');
  const policies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'];
  if (spec.ipFamilyPolicy !== undefined)
    checks.choice(textAt(spec, 'ipFamilyPolicy'), 'spec.ipFamilyPolicy', policies);
  const families = textsAt(spec, 'ipFamilies');
  for (const [i, family] of families.entries())
    checks.choice(family, `spec.ipFamilies[${i}]`, ['IPv4', 'IPv6']);
  checks.unique(families, (i) => `spec.ipFamilies[${i}]`);
  for (const [i, ip] of textsAt(spec, 'externalIPs').entries())
    checks.text(ip, `spec.externalIPs[${i}]`, externalIp);
}

function externalIp(text: string): string | undefined {
  const special = /^(127\.|0\.0\.0\.0$|169\.254\.|224\.0\.0\.|::1?$|fe80:)/.test(text);
  return special ? 'must not be a loopback, link-local or unspecified address' : ipAddress(text);
}

function checkExternalName(checks: Checks, spec: JsonObject): void {
  const name = textAt(spec, 'externalName').replace(/\.$/, '');
  if (checks.required(name, 'spec.externalName')) checks.text(name, 'spec.externalName', dnsSubdomain);
  for (const key of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'clusterIP'] as const)
    checks.forbidden(spec[key], `spec.${key}`, 'may not be set with type ExternalName');
}

function checkTraffic(checks: Checks, spec: JsonObject, type: string): void {
  const nodes = type === 'LoadBalancer' || type === 'NodePort';
  const outside = nodes || (type === 'ClusterIP' && textsAt(spec, 'externalIPs').length > 0);
  const policy = textAt(spec, 'externalTrafficPolicy');
  if (!outside)
    checks.forbidden(
      policy,
      'spec.externalTrafficPolicy',
      'may be set only where traffic comes from outside',
    );
  else checks.oneOf(policy, 'spec.externalTrafficPolicy', ['Cluster', 'Local']);
  const healthCheck = type === 'LoadBalancer' && policy === 'Local';
  const { healthCheckNodePort } = spec;
  if (healthCheckNodePort !== undefined && healthCheckNodePort !== 0) {
    if (!healthCheck)
      checks.add('spec.healthCheckNodePort', 'asks for type LoadBalancer and externalTrafficPolicy Local');
    else checks.number(healthCheckNodePort, 'spec.healthCheckNodePort', NODE_PORTS.least, NODE_PORTS.most);
  }
  if (spec.internalTrafficPolicy !== undefined)
    checks.choice(textAt(spec, 'internalTrafficPolicy'), 'spec.internalTrafficPolicy', ['Cluster', 'Local']);
  const near = ['PreferClose', ...(checks.minor >= 34 ? ['PreferSameZone', 'PreferSameNode'] : [])];
  if (spec.trafficDistribution !== undefined)
    checks.choice(textAt(spec, 'trafficDistribution'), 'spec.trafficDistribution', near);
}

function checkLoadBalancer(checks: Checks, spec: JsonObject, type: string): void {
  const ranges = textsAt(spec, 'loadBalancerSourceRanges');
  for (const [i, range] of ranges.entries())
    checks.text(range.trim(), `spec.loadBalancerSourceRanges[${i}]`, cidrRule(checks.minor));
  if (type === 'LoadBalancer') {
    checks.text(spec.loadBalancerClass, 'spec.loadBalancerClass', qualifiedName);
    return;
  }
  const why = 'may be set only with type LoadBalancer';
  if (ranges.length > 0) checks.add('spec.loadBalancerSourceRanges', why);
  if (spec.loadBalancerClass !== undefined) checks.add('spec.loadBalancerClass', why);
  if (spec.allocateLoadBalancerNodePorts !== undefined) checks.add('spec.allocateLoadBalancerNodePorts', why);
}
