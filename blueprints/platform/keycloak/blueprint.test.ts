import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from '../cert-manager/blueprint.ts';
import cnpg from '../cnpg/blueprint.ts';
import externalSecrets from '../external-secrets/blueprint.ts';
import keycloak from './blueprint.ts';
import { environment } from './environment.ts';

const platform = { catalogue: [certManager, cnpg, externalSecrets] };
const small = readExample(import.meta.dirname, 'small');
const external = {
  mode: 'external',
  external: { host: 'db.example.org', secretPath: 'acme/keycloak/database' },
};

/** The chart's environment as it stands in the release: a list of YAML items in one string. */
function variables(release: { readonly spec?: unknown }): ReadonlyMap<string, unknown> {
  const { values } = release.spec as { values: { extraEnv: string } };
  const items = values.extraEnv.split('\n').map((line) => JSON.parse(line.replace(/^- /, '')) as Variable);
  return new Map(items.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.secretKeyRef]));
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: object };
}

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(keycloak, example, platform);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(keycloak, example, platform);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(8);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

describe('monitoring', () => {
  const monitors = async (config: object): Promise<readonly string[]> => {
    const xr = { ...readExample(import.meta.dirname, 'small'), spec: { config: { ...config } } };
    const { objects } = await renderBlueprint(keycloak, xr, platform);
    return objects.filter((o) => o.apiVersion === 'monitoring.coreos.com/v1').map((o) => String(o.kind));
  };

  test.for([
    { config: {}, want: [], reason: 'toggles are off by default' },
    { config: { monitoring: { serviceMonitorEnabled: true } }, want: ['ServiceMonitor'], reason: 'opted in' },
    { config: { monitoring: { serviceMonitorEnabled: false } }, want: [], reason: 'switched off by name' },
  ])('$reason', async ({ config, want, reason }) => {
    expect(await monitors(config), reason).toEqual(want);
  });
});

describe('database', () => {
  test('embedded: a cluster of its own, whose Secret the server reads', async () => {
    const { get, find, steps } = await renderBlueprint(keycloak, small, platform);
    expect(find('ExternalSecret', 'identity-database-credentials')).toEqual([]);
    const env = variables(get('HelmRelease'));
    for (const [name, key] of [
      ['KC_DB_URL_HOST', 'host'],
      ['KC_DB_URL_PORT', 'port'],
      ['KC_DB_URL_DATABASE', 'dbname'],
      ['KC_DB_USERNAME', 'username'],
      ['KC_DB_PASSWORD', 'password'],
    ] as const) {
      expect(env.get(name), name).toEqual({ name: 'identity-database-app', key });
    }
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    expect(at('Cluster/identity-database')).toBeGreaterThanOrEqual(0);
    expect(at('HelmRelease/identity-server')).toBeGreaterThan(at('Cluster/identity-database'));
  });

  test('external: no cluster, no need of CNPG, and credentials only by reference', async () => {
    const xr = { ...small, spec: { config: { database: external } } };
    const { ready, get, find, conditions } = await renderBlueprint(keycloak, xr, platform);
    expect(ready).toBe(true);
    expect(find('Cluster')).toEqual([]);
    expect(get('ExternalSecret', 'identity-database-credentials').spec).toMatchObject({
      data: [
        { secretKey: 'username', remoteRef: { key: 'acme/keycloak/database', property: 'username' } },
        { secretKey: 'password', remoteRef: { key: 'acme/keycloak/database', property: 'password' } },
      ],
    });
    const env = variables(get('HelmRelease'));
    expect(env.get('KC_DB_URL_HOST')).toBe('db.example.org');
    expect(env.get('KC_DB_PASSWORD')).toEqual({ name: 'identity-database-credentials', key: 'password' });
    expect(conditions.get('DependenciesReady')).toMatchObject({ status: 'True' });
  });

  test.for([
    { database: {}, waitsFor: /cnpg: there is no Cnpg yet/, reason: 'embedded is the default' },
    { database: external, waitsFor: /^(?!.*cnpg)/, reason: 'an external database needs no operator' },
  ])('waits for CNPG only where it is used: $reason', async ({ database, waitsFor, reason }) => {
    const xr = { ...small, spec: { config: { database } } };
    const { conditions, objects } = await renderBlueprint(keycloak, xr, {
      ...platform,
      dependencies: 'absent',
    });
    expect(objects).toEqual([]);
    expect(conditions.get('DependenciesReady')?.message, reason).toMatch(waitsFor);
  });

  test('external without an address is refused', async () => {
    const xr = { ...small, spec: { config: { database: { mode: 'external' } } } };
    await expect(renderBlueprint(keycloak, xr, platform)).rejects.toThrow(/spec\.config\.database/);
  });

  test.for([
    { instances: 1, enablePDB: false, reason: 'a budget of one would block every drain' },
    { instances: 3, enablePDB: true, reason: 'the primary is moved before its node is drained' },
  ])('$instances instances: $reason', async ({ instances, enablePDB, reason }) => {
    const xr = { ...small, spec: { config: { database: { instances } } } };
    const { get } = await renderBlueprint(keycloak, xr, platform);
    expect(get('Cluster').spec, reason).toMatchObject({ instances, enablePDB });
  });
});

test('no credential stands in anything composed: every password is a reference', async () => {
  for (const size of ['small', 'medium', 'large']) {
    const { get } = await renderBlueprint(keycloak, readExample(import.meta.dirname, size), platform);
    const env = variables(get('HelmRelease'));
    const secret = [...env].filter(([name]) => /PASSWORD|SECRET/.test(name));
    expect(secret.map(([name]) => name)).toEqual(['KC_BOOTSTRAP_ADMIN_PASSWORD', 'KC_DB_PASSWORD']);
    for (const [name, value] of secret) expect(value, name).toMatchObject({ name: expect.any(String) });
  }
});

test('what a user wrote is never code to the chart, which runs the environment through its templates', async () => {
  const xr = { ...small, spec: { config: { adminUser: '{{ lookup "v1" "Secret" "kube-system" "x" }}' } } };
  await expect(renderBlueprint(keycloak, xr, platform)).rejects.toThrow(/spec\.config\.adminUser/);
  const text = environment({
    adminUser: '{{ lookup }}',
    adminPassword: { name: 'admin', key: 'password' },
    hostname: 'auth.example.org',
    topology: 'per-organization',
    database: [],
  });
  expect(text).toContain('"value":"{{ "{{" }} lookup }}"');
});

describe('the route', () => {
  test('is withheld until the server is ready', async () => {
    const { steps, get } = await renderBlueprint(keycloak, small, platform);
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    expect(at('HTTPRoute/identity-route')).toBeGreaterThan(at('HelmRelease/identity-server'));
    expect(get('HTTPRoute').spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: 'gateway-system' }],
      hostnames: ['auth.acme.example.org'],
      rules: [{ backendRefs: [{ name: 'identity-http', port: 80 }] }],
    });
  });

  test('stays away while the server does not come up', async () => {
    const { ready, find } = await renderBlueprint(keycloak, small, {
      ...platform,
      becomeReady: (object) =>
        object.kind === 'HelmRelease' ? undefined : { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(ready).toBe(false);
    expect(find('HelmRelease')).toHaveLength(1);
    expect(find('HTTPRoute')).toEqual([]);
  });

  test("without a hostname, it takes one below the cluster's domain", async () => {
    const xr = { ...small, spec: {} };
    const { get, status } = await renderBlueprint(keycloak, xr, {
      ...platform,
      cluster: { domain: 'omantel.example' },
    });
    expect(get('HTTPRoute').spec).toMatchObject({ hostnames: ['auth.omantel.example'] });
    expect(status.outputs).toMatchObject({ issuer: 'https://auth.omantel.example' });
  });
});

test.for([
  { region: 'hz-fsn-rtz-prod', replicas: 3, reason: 'the first region serves' },
  { region: 'hz-nbg-rtz-prod', replicas: 0, reason: 'a standby is scaled to zero, not removed' },
])('active-hotstandby in $region: $reason', async ({ region, replicas, reason }) => {
  const large = readExample(import.meta.dirname, 'large');
  const { ready, get } = await renderBlueprint(keycloak, large, { ...platform, cluster: { region } });
  expect(get('HelmRelease').spec, reason).toMatchObject({ values: { replicas } });
  expect(ready).toBe(true);
});
