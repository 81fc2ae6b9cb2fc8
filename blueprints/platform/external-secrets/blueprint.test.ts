import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from '../cert-manager/blueprint.ts';
import externalSecrets from './blueprint.ts';

const platform = { catalogue: [certManager] };

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(externalSecrets, example, platform);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(externalSecrets, example, platform);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(7);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

describe('monitoring', () => {
  const monitors = async (config: object): Promise<readonly string[]> => {
    const xr = { ...readExample(import.meta.dirname, 'small'), spec: { config: { ...config } } };
    const { objects } = await renderBlueprint(externalSecrets, xr, platform);
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

describe('the store', () => {
  const small = readExample(import.meta.dirname, 'small');

  test('comes after the operator, whose webhook judges it', async () => {
    const { steps, status } = await renderBlueprint(externalSecrets, small, platform);
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    expect(at('HelmRelease/external-secrets-operator')).toBeGreaterThanOrEqual(0);
    expect(at('ClusterSecretStore/vault-region1')).toBeGreaterThan(
      at('HelmRelease/external-secrets-operator'),
    );
    expect(status.outputs).toEqual({ storeName: 'vault-region1', storeKind: 'ClusterSecretStore' });
  });

  test('holds no credential: the operator proves who it is by its service account', async () => {
    const { get } = await renderBlueprint(externalSecrets, small, platform);
    expect(get('ClusterSecretStore').spec).toMatchObject({
      provider: {
        vault: {
          auth: {
            kubernetes: {
              serviceAccountRef: { name: 'external-secrets', namespace: 'external-secrets-system' },
            },
          },
        },
      },
    });
  });

  test('trusts a private certificate authority by reference', async () => {
    const store = { server: 'https://openbao.example.org:8200', ca: { name: 'openbao-ca' } };
    const { get } = await renderBlueprint(
      externalSecrets,
      { ...small, spec: { config: { store } } },
      platform,
    );
    expect(get('ClusterSecretStore').spec).toMatchObject({
      provider: {
        vault: {
          caProvider: {
            type: 'Secret',
            name: 'openbao-ca',
            key: 'ca.crt',
            namespace: 'external-secrets-system',
          },
        },
      },
    });
  });

  test('can be left to somebody else', async () => {
    const config = { store: { enabled: false } };
    const { find, status } = await renderBlueprint(externalSecrets, { ...small, spec: { config } }, platform);
    expect(find('ClusterSecretStore')).toEqual([]);
    expect(status.outputs).toEqual({});
  });
});

test('nothing is composed before cert-manager is ready', async () => {
  const { objects, status, conditions } = await renderBlueprint(
    externalSecrets,
    readExample(import.meta.dirname, 'small'),
    { ...platform, dependencies: 'absent' },
  );
  expect(objects).toEqual([]);
  expect(status.phase).toBe('Pending');
  expect(conditions.get('DependenciesReady')).toMatchObject({
    status: 'False',
    message: 'certManager: there is no CertManager yet',
  });
});
