import { canonicalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { listAt, objectAt, textAt } from '../render/objects.ts';
import { groupKind } from './composed.ts';

/** Kinds that let the outside in by being there. */
const DOORS = new Set([
  'networking.k8s.io/Ingress',
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'gateway.networking.k8s.io/TCPRoute',
  'gateway.networking.k8s.io/UDPRoute',
]);
const ROLES = new Set(['rbac.authorization.k8s.io/Role', 'rbac.authorization.k8s.io/ClusterRole']);
const BINDINGS = new Set([
  'rbac.authorization.k8s.io/RoleBinding',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
]);
const POLICIES = new Set([
  'networking.k8s.io/NetworkPolicy',
  'cilium.io/CiliumNetworkPolicy',
  'cilium.io/CiliumClusterwideNetworkPolicy',
]);

/** What an object lets others do that it did not before; `before` absent: it is new. */
export function widened(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const kind = groupKind(after);
  const old = before !== undefined && groupKind(before) === kind ? before : undefined;
  const out: string[] = [];
  if (ROLES.has(kind)) out.push(...rights(old, after));
  if (BINDINGS.has(kind)) out.push(...subjects(old, after));
  if (kind === '/Service') out.push(...service(old, after));
  if (DOORS.has(kind)) out.push(...door(old, after));
  if (POLICIES.has(kind) && old !== undefined) out.push(...policy(old, after));
  return [...out, ...pods(old, after)];
}

/** What is lost with an object that is gone. */
export function unguarded(before: JsonObject): string | undefined {
  return POLICIES.has(groupKind(before)) ? 'the traffic that it kept out is let in' : undefined;
}

function rights(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const had = before === undefined ? [] : expand(before);
  const more = expand(after).filter((r) => !had.some((h) => covers(h, r)));
  if (more.length === 0) return [];
  const shown = more.slice(0, 5).map((r) => `${r.verb} ${r.resource}${r.group === '' ? '' : `.${r.group}`}`);
  return [
    `may ${shown.join(', ')}${more.length > shown.length ? ` and ${more.length - shown.length} more` : ''}`,
  ];
}

interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly names: readonly string[];
}

function expand(role: JsonObject): readonly Right[] {
  const texts = (value: Json | undefined): readonly string[] =>
    Array.isArray(value) ? value.map(String) : [];
  return listAt(role, 'rules').flatMap((rule) => {
    const resources = [...texts(rule.resources), ...texts(rule.nonResourceURLs)];
    const groups = rule.nonResourceURLs === undefined ? texts(rule.apiGroups) : [''];
    const names = texts(rule.resourceNames);
    return groups.flatMap((group) =>
      resources.flatMap((resource) => texts(rule.verbs).map((verb) => ({ group, resource, verb, names }))),
    );
  });
}

function covers(had: Right, wanted: Right): boolean {
  const one = (key: 'group' | 'resource' | 'verb'): boolean => had[key] === '*' || had[key] === wanted[key];
  const named =
    had.names.length === 0 || (wanted.names.length > 0 && wanted.names.every((n) => had.names.includes(n)));
  return one('group') && one('resource') && one('verb') && named;
}

function subjects(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const had = new Set(listAt(before ?? {}, 'subjects').map(canonicalJson));
  const more = listAt(after, 'subjects').filter((s) => !had.has(canonicalJson(s)));
  const role = textAt(after, 'roleRef', 'name');
  return more.map((s) => `gives ${String(s.kind)} "${String(s.name)}" the rights of ${role}`);
}

function service(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const out: string[] = [];
  const type = (o: JsonObject | undefined): string => textAt(o, 'spec', 'type') || 'ClusterIP';
  const outside = (t: string): number =>
    ['LoadBalancer', 'NodePort'].indexOf(t) === -1 ? 0 : t === 'NodePort' ? 1 : 2;
  if (outside(type(after)) > outside(before === undefined ? 'ClusterIP' : type(before))) {
    out.push(`is reachable from outside as ${type(after)}`);
  }
  const spec = objectAt(after, 'spec');
  const had = objectAt(before ?? {}, 'spec');
  if (before !== undefined && had.loadBalancerSourceRanges !== undefined && type(after) === 'LoadBalancer') {
    const more = added(had.loadBalancerSourceRanges, spec.loadBalancerSourceRanges);
    if (spec.loadBalancerSourceRanges === undefined) out.push('is open to every source address');
    else if (more.length > 0) out.push(`is open to ${more.join(', ')}`);
  }
  const external = added(had.externalIPs, spec.externalIPs);
  if (external.length > 0) out.push(`takes traffic of ${external.join(', ')}`);
  return out;
}

function added(before: Json | undefined, after: Json | undefined): readonly string[] {
  const had = new Set(Array.isArray(before) ? before.map(String) : []);
  return (Array.isArray(after) ? after.map(String) : []).filter((v) => !had.has(v));
}

function door(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  if (before === undefined) return ['lets traffic from outside in'];
  const hosts = (o: JsonObject): Json => [
    ...(Array.isArray(objectAt(o, 'spec').hostnames)
      ? (objectAt(o, 'spec').hostnames as readonly Json[])
      : []),
    ...listAt(o, 'spec', 'rules').flatMap((r) => (typeof r.host === 'string' ? [r.host] : [])),
    ...listAt(o, 'spec', 'listeners').map((l) => `${String(l.hostname ?? '*')}:${String(l.port)}`),
  ];
  const more = added(hosts(before), hosts(after));
  return more.length === 0 ? [] : [`answers for ${more.join(', ')} too`];
}

/** A rule that was not there, or a direction that is no longer judged. */
function policy(before: JsonObject, after: JsonObject): readonly string[] {
  const out: string[] = [];
  for (const key of ['ingress', 'egress'] as const) {
    const [had, has] = [listAt(before, 'spec', key), listAt(after, 'spec', key)];
    const known = new Set(had.map(canonicalJson));
    const more = has.filter((r) => !known.has(canonicalJson(r)) && !had.some((h) => allows(h, r)));
    if (more.length > 0)
      out.push(`${key} lets in more: ${more.map((r) => shorten(canonicalJson(r))).join(' ')}`);
  }
  const types = added(objectAt(after, 'spec').policyTypes, objectAt(before, 'spec').policyTypes);
  if (types.length > 0) out.push(`no longer judges ${types.join(', ')}`);
  return out;
}

/** Does a rule of a NetworkPolicy let everything through that another one does? Lists of peers and ports may be longer. */
function allows(wide: JsonObject, narrow: JsonObject): boolean {
  return ['from', 'to', 'ports'].every((key) => {
    const [a, b] = [wide[key], narrow[key]];
    if (a === undefined || (Array.isArray(a) && a.length === 0)) return true;
    if (!Array.isArray(a) || !Array.isArray(b) || b.length === 0) return false;
    const known = new Set(a.map((v) => canonicalJson(v as Json)));
    return b.every((v) => known.has(canonicalJson(v as Json)));
  });
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

/** What pods may do on their node. */
function pods(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  const had = new Set(before === undefined ? [] : privileges(podSpec(before)));
  return privileges(podSpec(after)).filter((p) => !had.has(p));
}

function podSpec(object: JsonObject): JsonObject {
  const kind = groupKind(object);
  if (kind === '/Pod') return objectAt(object, 'spec');
  if (kind === 'batch/CronJob') return objectAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  return objectAt(object, 'spec', 'template', 'spec');
}

function privileges(spec: JsonObject): readonly string[] {
  const out = ['hostNetwork', 'hostPID', 'hostIPC']
    .filter((key) => spec[key] === true)
    .map((key) => `uses ${key}`);
  for (const volume of listAt(spec, 'volumes')) {
    if (isObject(volume.hostPath)) out.push(`mounts ${textAt(volume, 'hostPath', 'path')} of its node`);
  }
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    const context = objectAt(container, 'securityContext');
    const name = String(container.name);
    if (context.privileged === true) out.push(`container ${name} is privileged`);
    if (context.allowPrivilegeEscalation === true) out.push(`container ${name} may gain privileges`);
    const capabilities = objectAt(context, 'capabilities').add;
    for (const c of Array.isArray(capabilities) ? capabilities : [])
      out.push(`container ${name} has ${String(c)}`);
  }
  return out;
}
