import { beforeAll, describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { generateKeyPair } from './key-signer.ts';
import { parseTrustPolicy, policyFor } from './trust-policy.ts';

let pem: string;
beforeAll(async () => {
  pem = (await generateKeyPair()).publicKey.trimEnd().replaceAll('\n', '\n          ');
});

const HEAD = 'apiVersion: trust.compose.openova.io/v1alpha1\nkind: TrustPolicy\n';
const RULE = `rules:
  - repositories: [ghcr.io/acme/*]
    identities:
      - issuer: https://token.actions.githubusercontent.com
        subjectRegExp: https://github\\.com/acme/.*
`;

describe('parseTrustPolicy()', () => {
  test('reads rules; the closest one holds for a repository', () => {
    const text = `${HEAD}trustedRoot: trusted_root.json\n${RULE}    attestations: [slsaprovenance1]
  - repositories: [ghcr.io/acme/bp-a]
    strict: true
    keys:
      - name: release
        publicKey: |
          ${pem}
`;
    const trust = parseTrustPolicy(text);
    expect(trust.trustedRoot).toBe('trusted_root.json');
    expect(policyFor(trust, 'ghcr.io/acme/bp-a')).toMatchObject({
      strict: true,
      keys: [{ name: 'release' }],
    });
    expect(policyFor(trust, 'ghcr.io/acme/bp-b')).toMatchObject({ attestations: ['slsaprovenance1'] });
    expect(policyFor(trust, 'ghcr.io/acme-evil/bp-b'), 'a name that only begins alike').toBeUndefined();
    expect(policyFor(trust, 'evil.io/acme/bp-a')).toBeUndefined();
  });

  const cases: Record<string, { reason: string; text: string; says: string }> = {
    UnknownField: {
      reason: 'a misspelt condition would be none',
      text: `${HEAD}${RULE}    strikt: true\n`,
      says: 'rules[0].strikt',
    },
    UnknownIdentityField: {
      reason: 'the same, deeper',
      text: `${HEAD}${RULE}        subjekt: x\n`,
      says: 'rules[0].identities[0].subjekt',
    },
    UnknownTopField: {
      reason: 'the same, at the top',
      text: `${HEAD}${RULE}rule: []\n`,
      says: 'rule: is not a field',
    },
    NoRules: {
      reason: 'nothing trusted is surely a slip',
      text: `${HEAD}rules: []\n`,
      says: 'rules: must not be empty',
    },
    EmptyPolicy: {
      reason: 'anyone could sign',
      text: `${HEAD}rules:\n  - repositories: [a.io/b]\n`,
      says: 'anyone could sign',
    },
    AnyRepository: {
      reason: 'no host',
      text: `${HEAD}${RULE.replace('ghcr.io/acme/*', '"*"')}`,
      says: 'rules[0].repositories[0]',
    },
    OtherKind: {
      reason: 'another document',
      text: `apiVersion: v1\nkind: Secret\n${RULE}`,
      says: 'kind: must be TrustPolicy',
    },
    NotABoolean: {
      reason: 'YAML 1.1 habits',
      text: `${HEAD}${RULE}    ignoreTlog: "yes"\n`,
      says: 'rules[0].ignoreTlog',
    },
    PrivateKey: {
      reason: 'a secret in the wrong place',
      text: `${HEAD}rules:\n  - repositories: [a.io/b]\n    keys:\n      - publicKey: "-----BEGIN PRIVATE KEY-----"\n`,
      says: 'it is a private key',
    },
  };
  test.for(Object.entries(cases))('refuses %s', ([, tc]) => {
    let error: unknown;
    try {
      parseTrustPolicy(tc.text);
    } catch (e) {
      error = e;
    }
    expect(isToolkitError(error) && error.code, tc.reason).toBe('trust');
    expect(String(error)).toContain(tc.says);
  });
});
