import { RE2JS } from 're2js';
import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import { type KeyIdentity, keyIdentity, type SignerIdentity } from './identity.ts';
import { predicateTypeOf } from './media-types.ts';

/** A keyless signer that is trusted. Regular expressions are RE2 and match the whole text. */
export interface IdentityRule {
  readonly issuer?: string;
  readonly issuerRegExp?: string;
  readonly subject?: string;
  readonly subjectRegExp?: string;
}

/** A key that is trusted. */
export interface KeyRule {
  readonly name?: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

/** Who must have signed, and what must be attested. At least one identity or key: an empty policy accepts anyone. */
export interface VerificationPolicy {
  readonly identities?: readonly IdentityRule[];
  readonly keys?: readonly KeyRule[];
  /** Short names (`spdxjson`) or predicateType URIs that must all be there, from trusted signers. */
  readonly attestations?: readonly string[];
  /** Every signer and every attestation in both formats, as a release must have them. @default false: any */
  readonly strict?: boolean;
  /** Accept a key's signature that is in no log; Crossplane never does. @default false */
  readonly ignoreTlog?: boolean;
}

/** One identity or key of a policy, ready to compare. */
export interface PolicyMember {
  readonly name: string;
  matches(signer: SignerIdentity): boolean;
}

export interface CompiledPolicy {
  readonly members: readonly PolicyMember[];
  readonly keys: readonly KeyIdentity[];
  readonly predicateTypes: readonly string[];
  readonly strict: boolean;
  readonly ignoreTlog: boolean;
}

const MAX_RULES = 100;

/** @throws ToolkitError `trust` with every fault at its path: an empty policy, a rule that matches anyone, a bad key */
export function compilePolicy(policy: VerificationPolicy): CompiledPolicy {
  const issues: Issue[] = [];
  const identities = (policy.identities ?? []).map((rule, i) =>
    compileIdentity(rule, `identities[${i}]`, issues),
  );
  const keys = (policy.keys ?? []).map((rule, i) => compileKey(rule, `keys[${i}]`, issues));
  const count = identities.length + keys.length;
  if (count === 0) {
    issues.push({
      path: 'identities',
      message: 'neither an identity nor a key is required: anyone could sign',
    });
  }
  if (count > MAX_RULES)
    issues.push({ path: 'identities', message: `more than ${MAX_RULES} identities and keys` });
  if (issues.length > 0) {
    throw new ToolkitError('trust', `Cannot verify with this policy: ${formatIssues(issues)}`, {
      remedy: 'give --key, or --certificate-identity with --certificate-oidc-issuer',
    });
  }
  const found = keys.filter((k) => k !== undefined);
  return {
    members: [...identities.filter((m) => m !== undefined), ...found.map((k) => k.member)],
    keys: found.map((k) => k.identity),
    predicateTypes: [...new Set((policy.attestations ?? []).map(predicateTypeOf))],
    strict: policy.strict ?? false,
    ignoreTlog: policy.ignoreTlog ?? false,
  };
}

type Test = (text: string) => boolean;

function compileIdentity(rule: IdentityRule, path: string, issues: Issue[]): PolicyMember | undefined {
  const issuer = compileText(rule.issuer, rule.issuerRegExp, `${path}.issuer`, issues);
  const subject = compileText(rule.subject, rule.subjectRegExp, `${path}.subject`, issues);
  if (issuer === undefined || subject === undefined) return undefined;
  return {
    name: `${rule.subject ?? `/${rule.subjectRegExp}/`} (issuer ${rule.issuer ?? `/${rule.issuerRegExp}/`})`,
    matches: (signer) => signer.kind === 'keyless' && issuer(signer.issuer) && subject(signer.subject),
  };
}

function compileText(
  exact: string | undefined,
  pattern: string | undefined,
  path: string,
  issues: Issue[],
): Test | undefined {
  if ((exact === undefined) === (pattern === undefined)) {
    issues.push({ path, message: 'give either the exact text or a regular expression' });
    return undefined;
  }
  if (exact !== undefined) {
    if (exact === '') issues.push({ path, message: 'must not be empty' });
    return (text) => text === exact;
  }
  const regExpPath = `${path}RegExp`;
  try {
    const compiled = RE2JS.compile(pattern ?? '');
    if (compiled.matches(''))
      issues.push({ path: regExpPath, message: 'matches the empty text, so probably anyone' });
    return (text) => compiled.matches(text);
  } catch (error) {
    issues.push({
      path: regExpPath,
      message: `is not an RE2 regular expression: ${(error as Error).message}`,
    });
    return undefined;
  }
}

function compileKey(
  rule: KeyRule,
  path: string,
  issues: Issue[],
): { member: PolicyMember; identity: KeyIdentity } | undefined {
  try {
    const identity = keyIdentity(rule.publicKey);
    const hex = Buffer.from(identity.hint, 'base64').toString('hex');
    const name = rule.name ?? `key sha256:${hex}`;
    return { identity, member: { name, matches: (s) => s.kind === 'key' && s.hint === identity.hint } };
  } catch (error) {
    issues.push({ path: `${path}.publicKey`, message: (error as Error).message });
    return undefined;
  }
}
