import { isObject, type JsonObject } from '../../internal/json.ts';
import { kindOf, nameOf, objectAt, textAt } from '../../render/objects.ts';
import { about, composed, type Leaf, podOf, walk } from '../objects.ts';
import type { Found, LintInput, LintRule } from '../rule.ts';

const SECRET_KEY =
  /^(.*(password|passwd|passphrase)|.*(api|access|private|signing|encryption)[-_]?key|.*[-_]?token|((client|admin|auth|shared|jwt|hmac|app|root|webhook)[-_]?)?secret|credentials?)$/i;
// What a person would read as a placeholder or a reference, not as a secret.
const REFERENCE = /^(\$\(|\$\{|\{\{|<|https?:\/\/[^@]*$|true$|false$|[A-Za-z]*Ref$)/;
const KNOWN_SECRETS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /:\/\/[^/\s:@]+:[^/\s:@{}$]+@/,
];
const MIN_RANDOM_LENGTH = 24; // characters
const MIN_RANDOM_BITS = 4.2; // entropy a character; words and names stay below

/** Does the text look like a credential, whatever it is called? */
export function looksSecret(text: string): boolean {
  if (KNOWN_SECRETS.some((shape) => shape.test(text))) return true;
  return text
    .split(/[\s,;"'=]+/)
    .some((word) => isRandom(word) && !/^sha\d+[-:]/.test(word) && !/[./]\w+[./]/.test(word));
}

function isRandom(word: string): boolean {
  if (word.length < MIN_RANDOM_LENGTH || !/^[A-Za-z0-9+/_-]+=*$/.test(word)) return false;
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/[0-9]/.test(word)) return false;
  const counts = new Map<string, number>();
  for (const char of word) counts.set(char, (counts.get(char) ?? 0) + 1);
  const bits = [...counts.values()].reduce(
    (sum, n) => sum - (n / word.length) * Math.log2(n / word.length),
    0,
  );
  return bits >= MIN_RANDOM_BITS;
}

function isLiteralSecret({ key, value, parent }: Leaf, names: ReadonlySet<string>): boolean {
  if (typeof value !== 'string' || value.length < 2 || REFERENCE.test(value) || names.has(value))
    return false;
  if (looksSecret(value)) return true;
  if (SECRET_KEY.test(key)) return true;
  // env: [{ name: DB_PASSWORD, value: … }]
  return key === 'value' && typeof parent.name === 'string' && SECRET_KEY.test(parent.name);
}

const REMEDY = 'keep it in the store and bring it in with StoredSecret';
// Their fields are names of keys and paths in a store.
const REFERENCE_KINDS = new Set([
  'ExternalSecret',
  'ClusterSecretStore',
  'SecretStore',
  'ClusterIssuer',
  'Issuer',
]);

export const noPlaintextSecret: LintRule = {
  id: 'no-plaintext-secret',
  hard: 3,
  tag: 'static',
  severity: 'error',
  summary: 'no credential in values, manifests or schema defaults',
  why: 'What is written here is in Git, in the artifact, in etcd and in every log that prints an object.',
  fix: 'Keep the value in the secret store, compose a StoredSecret and hand on its reference.',
  example: {
    wrong: "values: { auth: { password: 'hunter2' } }",
    right:
      "const users = new StoredSecret(scope, 'users', { path, keys: { default: true } });\nvalues: { auth: { existingSecret: users.secretName } }",
  },
  *check(input) {
    for (const [object, rendering] of composed(input)) {
      const names = new Set(rendering.objects.map(nameOf));
      yield* secretData(object);
      for (const leaf of walk({ ...object, metadata: null, status: null })) {
        const reference = REFERENCE_KINDS.has(kindOf(object)) && !looksSecret(String(leaf.value));
        if (kindOf(object) === 'Secret' || reference || !isLiteralSecret(leaf, names)) continue;
        yield about(object, leaf.path, 'holds a credential in plain text', REMEDY);
      }
    }
    yield* defaults(input);
    yield* layers(input);
  },
};

function* secretData(object: JsonObject): Generator<Found> {
  if (kindOf(object) !== 'Secret') return;
  for (const field of ['data', 'stringData']) {
    for (const [key, value] of Object.entries(objectAt(object, field))) {
      if (value !== '') yield about(object, `${field}.${key}`, 'holds a credential in plain text', REMEDY);
    }
  }
}

function* defaults({ blueprint }: LintInput): Generator<Found> {
  for (const { path, key, value } of walk(blueprint.config.json)) {
    if (!isObject(value) || typeof value.default !== 'string' || value.default === '') continue;
    const masked = value['x-catalyst-ui-hint'] === 'password';
    if (!masked && !looksSecret(value.default) && (!SECRET_KEY.test(key) || REFERENCE.test(value.default)))
      continue;
    yield {
      path: `$.${path}.default`,
      message: 'a default is no secret: every install has the same one',
      remedy: REMEDY,
      at: { file: 'config.schema.json', pointer: `${path}.default` },
    };
  }
}

function* layers({ blueprint }: LintInput): Generator<Found> {
  const all: [string, JsonObject][] = [
    ['values', blueprint.values],
    ...[...blueprint.sizes].map(([size, values]): [string, JsonObject] => [`sizes.${size}`, values]),
  ];
  for (const [at, values] of all) {
    for (const leaf of walk(values)) {
      if (!isLiteralSecret(leaf, new Set())) continue;
      yield { path: `${at}.${leaf.path}`, message: 'holds a credential in plain text', remedy: REMEDY };
    }
  }
}

export const noStaticToken: LintRule = {
  id: 'no-static-token',
  hard: 4,
  tag: 'static',
  severity: 'error',
  summary: 'no static service account token; identity comes from the workload',
  why: 'A token in a Secret never expires and works from anywhere. A projected one, or a SPIFFE identity, is bound to its pod.',
  fix: 'Remove the Secret of type service-account-token; project a token with an audience, or use SPIFFE.',
  example: {
    wrong: "new Secret(scope, 'token', { type: 'kubernetes.io/service-account-token' })",
    right:
      "volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } }]",
  },
  *check(input) {
    for (const [object] of composed(input)) {
      if (kindOf(object) === 'Secret' && textAt(object, 'type') === 'kubernetes.io/service-account-token') {
        yield about(object, 'type', 'is a token that never expires', 'project one with an audience');
      }
      if (kindOf(object) === 'ServiceAccount' && Array.isArray(object.secrets) && object.secrets.length > 0) {
        yield about(object, 'secrets', 'binds a static token', 'project one with an audience');
      }
      const pod = podOf(object);
      for (const { path, value } of walk(pod?.spec)) {
        if (typeof value !== 'string' || !/-token-[a-z0-9]{5}$/.test(value)) continue;
        yield about(object, `${pod?.path}.${path}`, 'mounts a static token', 'project one with an audience');
      }
    }
  },
};
