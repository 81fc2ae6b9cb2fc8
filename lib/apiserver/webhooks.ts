import type { JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from './checks.ts';
import { dnsSubdomain, qualifiedName } from './names.ts';
import { MAX_PORT } from './ports.ts';
import { checkLabelSelector } from './selectors.ts';

const MAX_TIMEOUT_SECONDS = 30;
const MAX_CONDITIONS = 64;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

/** Validating and mutating webhook configurations. */
export function checkWebhooks(checks: Checks, object: JsonObject): void {
  const hooks = itemsAt(object, 'webhooks', '');
  for (const [hook, at] of hooks) {
    checkWebhook(checks, hook, at);
    if (object.kind === 'MutatingWebhookConfiguration' && hook.reinvocationPolicy !== undefined) {
      const policies = ['IfNeeded', 'Never'];
      checks.choice(textAt(hook, 'reinvocationPolicy'), `${at}.reinvocationPolicy`, policies);
    }
  }
  checks.unique(
    hooks.map(([hook]) => hook.name),
    (i) => `${hooks[i]?.[1]}.name`,
  );
}

function checkWebhook(checks: Checks, hook: JsonObject, path: string): void {
  checks.text(hook.name ?? '', `${path}.name`, fullName);
  const enums = [
    ['failurePolicy', ['Fail', 'Ignore']],
    ['matchPolicy', ['Equivalent', 'Exact']],
  ] as const;
  for (const [key, allowed] of enums)
    if (hook[key] !== undefined) checks.choice(textAt(hook, key), `${path}.${key}`, allowed);
  checks.choice(textAt(hook, 'sideEffects'), `${path}.sideEffects`, ['None', 'NoneOnDryRun']);
  checks.number(hook.timeoutSeconds, `${path}.timeoutSeconds`, 1, MAX_TIMEOUT_SECONDS);
  const versions = textsAt(hook, 'admissionReviewVersions');
  if (!versions.some((v) => REVIEW_VERSIONS.includes(v)))
    checks.add(`${path}.admissionReviewVersions`, 'must have at least one of v1, v1beta1');
  for (const [i, version] of versions.entries())
    checks.text(version, `${path}.admissionReviewVersions[${i}]`, (text) =>
      /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) ? undefined : 'must be a version',
    );
  checks.unique(versions, (i) => `${path}.admissionReviewVersions[${i}]`);
  checkLabelSelector(checks, hook.namespaceSelector, `${path}.namespaceSelector`);
  checkLabelSelector(checks, hook.objectSelector, `${path}.objectSelector`);
  for (const [rule, at] of itemsAt(hook, 'rules', path)) checkRule(checks, rule, at);
  checkClientConfig(checks, objectAt(hook, 'clientConfig'), `${path}.clientConfig`);
  checkConditions(checks, hook, path);
}

const fullName = (text: string): string | undefined =>
  text.split('.').length < 3 ? 'must be a domain name of at least three parts' : dnsSubdomain(text);

function checkConditions(checks: Checks, hook: JsonObject, path: string): void {
  const conditions = itemsAt(hook, 'matchConditions', path);
  if (conditions.length > MAX_CONDITIONS)
    checks.add(`${path}.matchConditions`, `must have at most ${MAX_CONDITIONS} items`);
  for (const [condition, at] of conditions) {
    checks.text(condition.name ?? '', `${at}.name`, qualifiedName);
    checks.required(textAt(condition, 'expression').trim(), `${at}.expression`);
  }
  checks.unique(
    conditions.map(([c]) => c.name),
    (i) => `${conditions[i]?.[1]}.name`,
  );
}

function checkRule(checks: Checks, rule: JsonObject, path: string): void {
  const operations = textsAt(rule, 'operations');
  if (operations.length === 0) checks.add(`${path}.operations`, 'is required');
  for (const [i, operation] of operations.entries())
    checks.choice(operation, `${path}.operations[${i}]`, OPERATIONS);
  for (const key of ['operations', 'apiGroups', 'apiVersions'] as const) {
    const values = textsAt(rule, key);
    if (values.length === 0 && key !== 'operations') checks.add(`${path}.${key}`, 'is required');
    if (values.length > 1 && values.includes('*'))
      checks.add(`${path}.${key}`, 'must hold nothing beside "*"');
  }
  if (textsAt(rule, 'apiVersions').includes(''))
    checks.add(`${path}.apiVersions`, 'must not hold an empty version');
  if (rule.scope !== undefined)
    checks.choice(textAt(rule, 'scope'), `${path}.scope`, ['*', 'Cluster', 'Namespaced']);
  checkResources(checks, textsAt(rule, 'resources'), `${path}.resources`);
}

function checkResources(checks: Checks, resources: readonly string[], path: string): void {
  if (resources.length === 0) checks.add(path, 'is required');
  if (resources.length > 1 && resources.includes('*/*')) checks.add(path, 'must hold nothing beside "*/*"');
  const [all, under] = [new Set<string>(), new Set<string>()];
  for (const [i, resource] of resources.entries()) {
    if (resource === '') checks.add(`${path}[${i}]`, 'must not be empty');
    const [name = '', sub] = resource.split(/\/(.*)/);
    if (sub === undefined) continue;
    if (all.has(name) || under.has(sub)) checks.add(`${path}[${i}]`, 'is covered by another entry');
    if (sub === '*') all.add(name);
    if (name === '*') under.add(sub);
  }
  const last = resources.filter((r) => r !== '' && !r.includes('/')).at(-1);
  if (resources.includes('*') && last !== undefined && last !== '*')
    checks.add(path, 'must hold no plain resource beside "*"');
}

/** Where a webhook listens: a URL, or a Service. */
function checkClientConfig(checks: Checks, config: JsonObject, path: string): void {
  const { url, service } = config;
  if ((url === undefined) === (service === undefined))
    checks.add(path, 'must have exactly one of url and service');
  if (typeof url === 'string') checkUrl(checks, url, `${path}.url`);
  if (service === undefined) return;
  const of = objectAt(config, 'service');
  for (const key of ['name', 'namespace'] as const) checks.required(of[key], `${path}.service.${key}`);
  checks.number(of.port, `${path}.service.port`, 1, MAX_PORT);
  if (typeof of.path === 'string' && of.path !== '')
    checkServicePath(checks, of.path, `${path}.service.path`);
}

function checkUrl(checks: Checks, text: string, path: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.protocol !== 'https:' || url.host === '') {
    checks.add(path, 'must be a URL of scheme https');
    return;
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    checks.add(path, 'must have neither user information nor query nor fragment');
}

function checkServicePath(checks: Checks, text: string, path: string): void {
  if (!text.startsWith('/') || text.includes('//')) {
    checks.add(path, 'must be an absolute path without "//"');
    return;
  }
  if (text === '/') return;
  const steps = text.replace(/\/$/, '').slice(1).split('/');
  for (const step of steps) checks.text(step, path, dnsSubdomain);
}
