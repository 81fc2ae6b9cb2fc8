import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { parseYamlDocument } from '../internal/yaml.ts';
import { compilePolicy, type IdentityRule, type KeyRule, type VerificationPolicy } from './policy.ts';

/** Whom the function host believes, for which repositories: the file that `BP_TRUST_POLICY` names. */
export interface TrustPolicy {
  /** Path of a `trusted_root.json`, relative to the policy file. Absent: only keys with `ignoreTlog` can pass. */
  readonly trustedRoot?: string;
  readonly rules: readonly TrustRule[];
}

/** A verification policy for some repositories. */
export interface TrustRule extends VerificationPolicy {
  /** `ghcr.io/acme/bp-a`, or `ghcr.io/acme/*` for all below. */
  readonly repositories: readonly string[];
}

export const TRUST_API_VERSION = 'trust.compose.openova.io/v1alpha1';
export const TRUST_KIND = 'TrustPolicy';

const REPOSITORY = /^[a-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._-]+)+(?:\/\*)?$|^[a-z0-9.-]+(?::\d{1,5})?\/\*$/;
const FIELDS = {
  root: ['apiVersion', 'kind', 'trustedRoot', 'rules'],
  rule: ['repositories', 'identities', 'keys', 'attestations', 'strict', 'ignoreTlog'],
  identity: ['issuer', 'issuerRegExp', 'subject', 'subjectRegExp'],
  key: ['name', 'publicKey'],
};

/**
 * Reads a trust policy. A field that is not known is refused, since a misspelt condition would be none.
 * @throws ToolkitError `trust` with every fault at its path
 */
export function parseTrustPolicy(text: string, what = 'trust policy'): TrustPolicy {
  const value = parseYamlDocument(text, what);
  const issues: Issue[] = [];
  const root = object(value, '$', FIELDS.root, issues);
  if (root.apiVersion !== TRUST_API_VERSION)
    issues.push({ path: 'apiVersion', message: `must be ${TRUST_API_VERSION}` });
  if (root.kind !== TRUST_KIND) issues.push({ path: 'kind', message: `must be ${TRUST_KIND}` });
  const trustedRoot = optionalText(root.trustedRoot, 'trustedRoot', issues);
  const rules = list(root.rules, 'rules', issues).map((rule, i) => readRule(rule, `rules[${i}]`, issues));
  if (rules.length === 0)
    issues.push({ path: 'rules', message: 'must not be empty: nothing would be trusted' });
  if (issues.length > 0) {
    throw new ToolkitError('trust', `Cannot use "${what}":\n${formatIssues(issues)}`);
  }
  return { ...(trustedRoot === undefined ? {} : { trustedRoot }), rules };
}

/**
 * The policy for a repository (`host/path`); an exact name wins over `/*`, the longest `/*` over shorter ones.
 * Undefined: it is not trusted.
 */
export function policyFor(trust: TrustPolicy, repository: string): VerificationPolicy | undefined {
  let best: { rule: TrustRule; length: number } | undefined;
  for (const rule of trust.rules) {
    for (const pattern of rule.repositories) {
      const covers = pattern.endsWith('/*')
        ? repository.startsWith(pattern.slice(0, -1))
        : repository === pattern;
      const length = pattern.endsWith('/*') ? pattern.length - 1 : Number.POSITIVE_INFINITY;
      if (covers && (best === undefined || length > best.length)) best = { rule, length };
    }
  }
  return best?.rule;
}

function readRule(value: Json, path: string, issues: Issue[]): TrustRule {
  const rule = object(value, path, FIELDS.rule, issues);
  const repositories = texts(rule.repositories, `${path}.repositories`, issues);
  if (repositories.length === 0) issues.push({ path: `${path}.repositories`, message: 'must not be empty' });
  for (const [i, name] of repositories.entries()) {
    if (REPOSITORY.test(name)) continue;
    issues.push({ path: `${path}.repositories[${i}]`, message: 'is neither host/path nor host/path/*' });
  }
  const policy: VerificationPolicy = {
    identities: list(rule.identities, `${path}.identities`, issues).map((v, i) =>
      strings<IdentityRule>(v, `${path}.identities[${i}]`, FIELDS.identity, issues),
    ),
    keys: list(rule.keys, `${path}.keys`, issues).flatMap((v, i) => readKey(v, `${path}.keys[${i}]`, issues)),
    attestations: texts(rule.attestations, `${path}.attestations`, issues),
    strict: flag(rule.strict, `${path}.strict`, issues),
    ignoreTlog: flag(rule.ignoreTlog, `${path}.ignoreTlog`, issues),
  };
  try {
    compilePolicy(policy);
  } catch (error) {
    issues.push({ path, message: (error as Error).message });
  }
  return { repositories, ...policy };
}

function readKey(value: Json, path: string, issues: Issue[]): KeyRule[] {
  const key = strings<{ name?: string; publicKey?: string }>(value, path, FIELDS.key, issues);
  if (key.publicKey === undefined) {
    issues.push({ path: `${path}.publicKey`, message: 'required' });
    return [];
  }
  return [{ ...key, publicKey: key.publicKey }];
}

function object(
  value: Json | undefined,
  path: string,
  fields: readonly string[],
  issues: Issue[],
): JsonObject {
  if (!isObject(value)) {
    issues.push({ path, message: 'must be an object' });
    return {};
  }
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) {
      issues.push({
        path: path === '$' ? field : `${path}.${field}`,
        message: 'is not a field of a trust policy',
      });
    }
  }
  return value;
}

function strings<T>(
  value: Json,
  path: string,
  fields: readonly (string & keyof T)[] | string[],
  issues: Issue[],
): T {
  const found = object(value, path, fields, issues);
  const out: Record<string, string> = {};
  for (const field of fields) {
    const text = optionalText(found[field], `${path}.${field}`, issues);
    if (text !== undefined) out[field] = text;
  }
  return out as T;
}

function optionalText(value: Json | undefined, path: string, issues: Issue[]): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  issues.push({ path, message: 'must be a text' });
  return undefined;
}

function texts(value: Json | undefined, path: string, issues: Issue[]): string[] {
  return list(value, path, issues).flatMap((v, i) => optionalText(v, `${path}[${i}]`, issues) ?? []);
}

function list(value: Json | undefined, path: string, issues: Issue[]): readonly Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  issues.push({ path, message: 'must be a list' });
  return [];
}

function flag(value: Json | undefined, path: string, issues: Issue[]): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') issues.push({ path, message: 'must be true or false' });
  return value === true;
}
