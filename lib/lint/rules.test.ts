import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { formatRules } from './explain.ts';
import { type Case, LABELS, lintInput, object } from './fixture.test-helper.ts';
import { LINT_RULES, RULES } from './rules/index.ts';
import { lintBlueprint } from './run.ts';

interface Row {
  readonly rule: string;
  readonly wrong: Case;
  /** Part of `path: message` of the finding. */
  readonly says: string;
  readonly right: Case;
}

const pod = (spec: JsonObject, labels: JsonObject = LABELS): JsonObject => ({
  template: { metadata: { labels }, spec },
});
const probes = { readinessProbe: {}, livenessProbe: {} };
const deploy = (container: JsonObject, more: JsonObject = {}, spec: JsonObject = {}): JsonObject =>
  object('apps/v1', 'Deployment', 'server', {
    spec: {
      ...spec,
      ...pod({
        containers: [{ name: 'a', image: 'ghcr.io/acme/shop:1.4.2', ...probes, ...container }],
        ...more,
      }),
    },
  });
const labelled = (labels: JsonObject): JsonObject =>
  object('apps/v1', 'Deployment', 'server', {
    spec: pod({ containers: [{ name: 'a', image: 'ghcr.io/acme/shop:1.4.2', ...probes }] }, labels),
  });
const release = (values: JsonObject, spec: JsonObject = {}): JsonObject =>
  object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'server', {
    spec: { releaseName: 'web', values, ...spec },
  });
const objects = (...list: readonly JsonObject[]): Case => ({ objects: list });
const source = (text: string): Case => ({ files: { 'blueprint.ts': text } });
const claim = { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] };
const chart = { repository: 'https://charts.acme.org', chart: 'shop', version: '1.2.3' };
const installs = release({}, { chart: { spec: { chart: 'shop', version: '1.2.3' } } });
const upstream = (more: JsonObject = {}): NonNullable<Case['definition']> => ({
  upstream: { ...chart, ...more } as never,
});
const issuer = object('cert-manager.io/v1', 'ClusterIssuer', 'issuer');
const certManager = release({}, { chart: { spec: { chart: 'cert-manager', version: '1.2.3' } } });
const toggle = (value: boolean): JsonObject => ({
  metrics: { type: 'object', properties: { enabled: { type: 'boolean', default: value } } },
});
const monitor = object('monitoring.coreos.com/v1', 'ServiceMonitor', 'metrics');
const route = (name: string): JsonObject =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'route', {
    spec: { rules: [{ backendRefs: [{ name, port: 80 }] }] },
  });
const service = (selector: JsonObject): JsonObject =>
  object('v1', 'Service', 'front', { spec: { selector, ports: [{ port: 80 }] } });
const envFrom = (name: string): JsonObject =>
  deploy({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'k' } } }] });
const stored = object('external-secrets.io/v1', 'ExternalSecret', 'users', {
  spec: { target: { name: 'users' } },
});
const many = (n: number): Case =>
  objects(...Array.from({ length: n }, (_, i) => object('v1', 'ConfigMap', `c${i}`)));

const rows: readonly Row[] = [
  {
    rule: 'image-pinned',
    wrong: objects(deploy({ image: 'ghcr.io/acme/shop:latest' })),
    says: 'has a tag that moves',
    right: objects(deploy({})),
  },
  {
    rule: 'image-pinned',
    wrong: objects(deploy({ image: 'ghcr.io:443/acme/shop' })),
    says: 'has no tag',
    right: objects(deploy({ image: `a/b@sha256:${'0'.repeat(64)}` })),
  },
  {
    rule: 'image-pinned',
    wrong: objects(release({ image: { repository: 'a/b', tag: 'main' } })),
    says: 'spec.values.image.tag: tag "main" moves',
    right: objects(release({ image: { repository: 'a/b', tag: '1.0.0' } })),
  },
  {
    rule: 'no-plaintext-secret',
    wrong: objects(release({ auth: { password: 'hunter2' } })),
    says: 'spec.values.auth.password',
    right: objects(release({ auth: { password: '$(PASSWORD)', existingSecret: 'users' } }), stored),
  },
  {
    rule: 'no-plaintext-secret',
    wrong: objects(object('v1', 'Secret', 's', { stringData: { a: 'b' } })),
    says: 'stringData.a',
    right: objects(object('v1', 'Secret', 's', { type: 'Opaque' })),
  },
  {
    rule: 'no-plaintext-secret',
    wrong: objects(deploy({ env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] })),
    says: 'env[0].value',
    right: objects(deploy({ env: [{ name: 'DB_HOST', value: 'db' }] })),
  },
  {
    rule: 'no-plaintext-secret',
    wrong: objects(release({ any: 'postgres://app:hunter2@db/app' })),
    says: 'values.any',
    right: objects(release({ any: 'postgres://db/app' })),
  },
  {
    rule: 'no-plaintext-secret',
    wrong: { properties: { adminPassword: { type: 'string', default: 'admin1' } } },
    says: 'a default is no secret',
    right: { properties: { adminPassword: { type: 'string' } } },
  },
  {
    rule: 'no-static-token',
    wrong: objects(object('v1', 'Secret', 's', { type: 'kubernetes.io/service-account-token' })),
    says: 'never expires',
    right: objects(object('v1', 'Secret', 's', { type: 'Opaque' })),
  },
  {
    rule: 'health-probes',
    wrong: objects(
      deploy({ readinessProbe: null as never, livenessProbe: {} }),
      object('apps/v1', 'Deployment', 'x', { spec: pod({ containers: [{ name: 'a' }] }) }),
    ),
    says: 'none has a readinessProbe',
    right: objects(deploy({})),
  },
  {
    rule: 'health-probes',
    wrong: objects(release({ livenessProbe: { enabled: false } })),
    says: "turns the chart's probe off",
    right: objects(release({ livenessProbe: { enabled: true } })),
  },
  {
    rule: 'metrics',
    wrong: { definition: upstream(), objects: [installs] },
    says: 'is not stated',
    right: {
      definition: { ...upstream(), observability: { metrics: 'prometheus' } },
      objects: [installs, monitor],
      kind: 'variant',
    },
  },
  {
    rule: 'metrics',
    wrong: { definition: { ...upstream(), observability: { metrics: 'prometheus' } }, objects: [installs] },
    says: 'no config yields a monitor',
    right: objects(),
  },
  {
    rule: 'logs',
    wrong: { definition: { ...upstream(), observability: {} } },
    says: 'observability.logs',
    right: { definition: upstream() },
  },
  {
    rule: 'traces',
    wrong: { definition: { ...upstream(), observability: {} } },
    says: 'observability.traces',
    right: { definition: upstream() },
  },
  {
    rule: 'recommended-labels',
    wrong: objects(object('v1', 'ConfigMap', 'a', { metadata: { labels: {} } })),
    says: 'app.kubernetes.io/name is missing',
    right: {},
  },
  {
    rule: 'recommended-labels',
    wrong: objects(labelled({ app: 'shop' })),
    says: 'spec.template.metadata.labels',
    right: objects(labelled(LABELS)),
  },
  {
    rule: 'readme-linked',
    wrong: { files: { 'card/description.md': 'Sells.' } },
    says: 'does not lead',
    right: {},
  },
  { rule: 'readme-linked', wrong: { files: { 'README.md': '' } }, says: 'there is none', right: {} },
  {
    rule: 'acceptance-tests',
    wrong: { files: { 'blueprint.test.ts': '' } },
    says: 'there are no tests',
    right: {},
  },
  {
    rule: 'acceptance-tests',
    wrong: { files: { 'blueprint.test.ts': "test('a', () => {});" } },
    says: 'no test expects anything',
    right: {},
  },
  {
    rule: 'upgrade-path',
    wrong: { definition: { version: '1.4.0' } },
    says: 'does not say',
    right: { definition: { version: '1.4.0', upgrades: { from: ['^1.0'] } } },
  },
  {
    rule: 'upgrade-path',
    wrong: { definition: { version: '1.4.0', upgrades: { from: ['^0.9'] } } },
    says: 'does not cover 1.3.0',
    right: {},
  },
  {
    rule: 'observability-off',
    wrong: { properties: toggle(true) },
    says: 'by default',
    right: { properties: toggle(false) },
  },
  {
    rule: 'observability-off',
    wrong: objects(monitor),
    says: 'is composed by default',
    right: { objects: [monitor], kind: 'variant' },
  },
  {
    rule: 'observability-off',
    wrong: { properties: { podMonitorEnabled: { type: 'boolean', default: false } } },
    says: 'no monitor is composed',
    right: {
      properties: { podMonitorEnabled: { type: 'boolean', default: false } },
      objects: [monitor],
      kind: 'variant',
    },
  },
  { rule: 'not-hollow', wrong: objects(), says: 'composes nothing', right: {} },
  {
    rule: 'not-hollow',
    wrong: { definition: upstream({ version: '9.9.9' }), objects: [installs] },
    says: 'installed by no config',
    right: { definition: upstream(), objects: [installs] },
  },
  {
    rule: 'crd-apart',
    wrong: objects(certManager, issuer),
    says: 'comes in one step with HelmRelease',
    right: { objects: [certManager, issuer], later: ['web-issuer'] },
  },
  {
    rule: 'recreate-single-writer',
    wrong: objects(deploy({}, claim)),
    says: 'is rolled',
    right: objects(deploy({}, claim, { strategy: { type: 'Recreate' } })),
  },
  {
    rule: 'recreate-single-writer',
    wrong: objects(release({}, { upgrade: { force: true } })),
    says: 'replaces volumes',
    right: objects(release({})),
  },
  {
    rule: 'volume-group',
    wrong: objects(deploy({}, { ...claim, securityContext: { runAsUser: 1 } })),
    says: 'fsGroup: is missing',
    right: objects(
      deploy(
        {},
        { ...claim, securityContext: { runAsUser: 1, fsGroup: 1, fsGroupChangePolicy: 'OnRootMismatch' } },
      ),
    ),
  },
  {
    rule: 'volume-group',
    wrong: objects(release({ securityContext: { fsGroup: 1 } })),
    says: 'OnRootMismatch',
    right: objects(release({ securityContext: { runAsUser: 1 } })),
  },
  {
    rule: 'no-hardcoded-value',
    wrong: source("const r = 'hz-fsn-rtz-prod';"),
    says: 'region',
    right: source("// 'hz-fsn-rtz-prod'\nconst r = cluster.region;"),
  },
  {
    rule: 'no-hardcoded-value',
    wrong: source("host: 'https://api.acme.com'"),
    says: 'URL',
    right: source("documentation: 'https://acme.com'"),
  },
  {
    rule: 'no-hardcoded-value',
    wrong: source("const i = 'ghcr.io/acme/shop:1.0.0';"),
    says: 'image',
    right: source("import a from 'ghcr.io/acme/shop:1.0.0';"),
  },
  {
    rule: 'no-hardcoded-value',
    wrong: source("refreshInterval: '5m'"),
    says: 'refreshInterval "5m"',
    right: source('refreshInterval: config.refresh'),
  },
  {
    rule: 'versions-together',
    wrong: { files: { 'generated/blueprint.yaml': 'spec: { version: 0.9.0 }' } },
    says: 'is 0.9.0',
    right: { files: { 'generated/blueprint.yaml': 'spec: { version: 1.0.0 }' } },
  },
  {
    rule: 'free-licence',
    wrong: { definition: { card: { title: 'S', summary: 's', category: 'c', license: 'BUSL-1.1' } } },
    says: 'BUSL-1.1',
    right: { definition: { card: { title: 'S', summary: 's', category: 'c', license: 'MPL-2.0' } } },
  },
  {
    rule: 'free-licence',
    wrong: { definition: upstream({ chart: 'vault' }) },
    says: 'chart "vault"',
    right: { definition: upstream({ chart: 'openbao' }) },
  },
  {
    rule: 'reference-unmade',
    wrong: objects(envFrom('user'), stored),
    says: 'reads Secret "user"',
    right: objects(envFrom('users'), stored),
  },
  {
    rule: 'reference-unmade',
    wrong: objects(release({ existingSecret: 'web-db' })),
    says: 'reads Secret "web-db"',
    right: { objects: [release({ existingSecret: 'web-db' })], config: { secret: 'web-db' } },
  },
  {
    rule: 'reference-unmade',
    wrong: objects(envFrom('web-db-admin'), object('postgresql.cnpg.io/v1', 'Cluster', 'db')),
    says: 'web-db-admin',
    right: objects(envFrom('web-db-app'), object('postgresql.cnpg.io/v1', 'Cluster', 'db')),
  },
  {
    rule: 'service-selects-nothing',
    wrong: objects(service({ app: 'x' }), deploy({})),
    says: 'matches no pod',
    right: objects(service(LABELS), deploy({})),
  },
  {
    rule: 'namespace-unmade',
    wrong: objects(object('v1', 'ConfigMap', 'a', { metadata: { namespace: 'else', labels: LABELS } })),
    says: 'namespace "else"',
    right: {},
  },
  {
    rule: 'backend-unmade',
    wrong: objects(route('elsewhere'), release({})),
    says: 'leads to Service "elsewhere"',
    right: objects(route('web-http'), release({})),
  },
  {
    rule: 'backend-unmade',
    wrong: objects(route('web-front'), object('v1', 'Service', 'front', { spec: { ports: [{ port: 81 }] } })),
    says: 'has no port 80',
    right: objects(route('web-front'), service({})),
  },
  {
    rule: 'source-unmade',
    wrong: objects(release({}, { chartRef: { kind: 'OCIRepository', name: 'web-c' } })),
    says: 'OCIRepository "acme/web-c"',
    right: objects(
      release({}, { chartRef: { kind: 'OCIRepository', name: 'web-c' } }),
      object('source.toolkit.fluxcd.io/v1', 'OCIRepository', 'c', { spec: { ref: { tag: '1.0.0' } } }),
    ),
  },
  {
    rule: 'provider-unknown',
    wrong: objects(
      object('cert-manager.io/v1', 'Certificate', 'c', { spec: { issuerRef: { name: 'mine' } } }),
    ),
    says: '"mine" is neither',
    right: objects(
      object('cert-manager.io/v1', 'Certificate', 'c', {
        spec: { issuerRef: { name: 'letsencrypt-dns01-prod' } },
      }),
    ),
  },
  {
    rule: 'banned-word',
    wrong: { files: { 'README.md': '# Shop\n\nOne for every tenant.\n' } },
    says: 'says "tenant"',
    right: {
      files: { 'README.md': '# Shop\n\nThe `tenant` field, a tenantId, a Helm module, an OIDC client.\n' },
    },
  },
  {
    rule: 'removed-component',
    wrong: { definition: upstream({ chart: 'rabbitmq' }) },
    says: '"rabbitmq" was removed',
    right: { definition: upstream() },
  },
  {
    rule: 'reserved-name',
    wrong: { definition: { kind: 'Application' } },
    says: '"Application" is a kind',
    right: {},
  },
  { rule: 'few-objects', wrong: many(41), says: '41 objects', right: many(40) },
];

const findings = (rule: string, row: Case): readonly string[] =>
  lintBlueprint(
    lintInput(row),
    LINT_RULES.filter((r) => r.id === rule),
  ).map((f) => `${f.path}: ${f.message}`);

test.for(rows)('$rule finds: $says', ({ rule, wrong, says, right }) => {
  expect(findings(rule, wrong).join('\n')).toContain(says);
  expect(findings(rule, right)).toEqual([]);
});

test('every rule that looks at a Blueprint has a row', () => {
  const tested = new Set(rows.map((r) => r.rule));
  expect(LINT_RULES.map((r) => r.id).filter((id) => !tested.has(id))).toEqual([]);
});

test('the 22 hard rules are all there, and ids are told apart', () => {
  const hard = new Set(RULES.flatMap((r) => r.hard ?? []));
  expect([...hard].sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
  expect(new Set(RULES.map((r) => r.id)).size).toBe(RULES.length);
  for (const { id, why, fix } of RULES)
    expect([id, why !== '', fix !== '']).toEqual([
      expect.stringMatching(/^[a-z]+(-[a-z0-9]+)*$/),
      true,
      true,
    ]);
});

test('a credential is never repeated in its finding', () => {
  expect(findings('no-plaintext-secret', objects(release({ password: 'hunter2' }))).join()).not.toContain(
    'hunter2',
  );
});

test('docs/rules.md is what the rules say; node hack/rules.ts writes it', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8')).toBe(formatRules());
});
