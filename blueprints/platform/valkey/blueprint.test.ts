import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from '../cert-manager/blueprint.ts';
import externalSecrets from '../external-secrets/blueprint.ts';
import valkey from './blueprint.ts';

const platform = { catalogue: [externalSecrets, certManager] };

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(valkey, example, platform);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(valkey, example, platform);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(6);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

describe('monitoring', () => {
  const monitors = async (config: object): Promise<readonly string[]> => {
    const xr = { ...readExample(import.meta.dirname, 'small'), spec: { config: { ...config } } };
    const { objects } = await renderBlueprint(valkey, xr, platform);
    return objects.filter((o) => o.apiVersion === 'monitoring.coreos.com/v1').map((o) => String(o.kind));
  };

  test.for([
    { config: {}, want: [], reason: 'toggles are off by default' },
    { config: { monitoring: { podMonitorEnabled: true } }, want: ['PodMonitor'], reason: 'opted in' },
    { config: { monitoring: { podMonitorEnabled: false } }, want: [], reason: 'switched off by name' },
  ])('$reason', async ({ config, want, reason }) => {
    expect(await monitors(config), reason).toEqual(want);
  });
});

describe('active-hotstandby', () => {
  const xr = {
    ...readExample(import.meta.dirname, 'medium'),
    spec: { placement: { mode: 'active-hotstandby', regions: ['hz-fsn-rtz-prod', 'hz-nbg-rtz-prod'] } },
  };

  test.for([
    { region: 'hz-fsn-rtz-prod', role: 'primary', releases: 1, reason: 'the first region writes' },
    { region: 'hz-nbg-rtz-prod', role: 'standby', releases: 0, reason: 'a standby runs nothing' },
    {
      region: 'hz-hel-rtz-prod',
      role: 'primary',
      releases: 1,
      reason: 'a region that is not listed is no standby',
    },
  ])('$region is $role: $reason', async ({ region, role, releases, reason }) => {
    const { ready, find, status } = await renderBlueprint(valkey, xr, { ...platform, cluster: { region } });
    expect(find('HelmRelease'), reason).toHaveLength(releases);
    expect(status.role).toBe(role);
    expect(ready, 'a standby is ready as it is').toBe(true);
  });

  test('a standby keeps credentials and policy, so that a promotion only starts the release', async () => {
    const { objects } = await renderBlueprint(valkey, xr, {
      ...platform,
      cluster: { region: 'hz-nbg-rtz-prod' },
    });
    expect(objects.map((o) => o.kind)).toEqual(['ExternalSecret', 'NetworkPolicy']);
  });
});

describe('passwords', () => {
  const small = readExample(import.meta.dirname, 'small');

  test('come from the store, before the server that needs them', async () => {
    const { get, steps, status } = await renderBlueprint(valkey, small, platform);
    expect(get('ExternalSecret').spec).toMatchObject({
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-region1' },
      data: [
        { secretKey: 'default', remoteRef: { key: 'valkey/shop/cache', property: 'default' } },
        { secretKey: 'replication', remoteRef: { key: 'valkey/shop/cache', property: 'replication' } },
      ],
    });
    expect(get('HelmRelease').spec).toMatchObject({
      values: { auth: { usersExistingSecret: 'cache-users' } },
    });
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    expect(at('HelmRelease/cache-server')).toBeGreaterThan(at('ExternalSecret/cache-users'));
    expect(status.outputs).toMatchObject({
      host: 'cache',
      password: { name: 'cache-users', key: 'default' },
    });
  });

  test('without them, External Secrets is not needed', async () => {
    const xr = { ...small, spec: { config: { auth: { enabled: false } } } };
    const { ready, find, status } = await renderBlueprint(valkey, xr, {
      ...platform,
      dependencies: 'absent',
    });
    expect(ready).toBe(true);
    expect(find('ExternalSecret')).toEqual([]);
    expect(status.outputs).not.toHaveProperty('password');
  });
});

test('one writer on one volume is recreated, never rolled', async () => {
  const { get } = await renderBlueprint(valkey, readExample(import.meta.dirname, 'small'), platform);
  // A string: the chart writes it into `strategy.type` as it is.
  expect(get('HelmRelease').spec).toMatchObject({
    values: {
      deploymentStrategy: 'Recreate',
      dataStorage: { enabled: true, requestedSize: '1Gi', keepPvc: true },
    },
  });
});

test.for([
  { config: {}, want: [{ podSelector: {} }], reason: 'every pod of the namespace' },
  {
    config: { restrictedTo: ['storefront'] },
    want: [{ podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'storefront' } } }],
    reason: 'only the Applications that are named',
  },
])('clients: $reason', async ({ config, want, reason }) => {
  const xr = { ...readExample(import.meta.dirname, 'small'), spec: { config } };
  const { get } = await renderBlueprint(valkey, xr, platform);
  expect(get('NetworkPolicy').spec, reason).toMatchObject({ ingress: [{ from: want }, {}] });
});
