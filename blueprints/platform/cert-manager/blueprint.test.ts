import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from './blueprint.ts';

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(certManager, example);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(certManager, example);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(8);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

describe('monitoring', () => {
  const monitors = async (config: object): Promise<readonly string[]> => {
    const xr = {
      ...readExample(import.meta.dirname, 'small'),
      spec: { config: { email: 'ops@example.org', ...config } },
    };
    const { objects } = await renderBlueprint(certManager, xr);
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

describe('issuers', () => {
  const small = readExample(import.meta.dirname, 'small');

  test('come after the release, whose chart brings their kind', async () => {
    const { steps, find } = await renderBlueprint(certManager, small);
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    expect(at('HelmRelease/cert-manager-manager')).toBeGreaterThanOrEqual(0);
    expect(at('ClusterIssuer/letsencrypt-dns01-prod')).toBeGreaterThan(
      at('HelmRelease/cert-manager-manager'),
    );
    expect(find('ClusterIssuer').map((o) => o.metadata)).toMatchObject([
      { name: 'letsencrypt-dns01-prod' },
      { name: 'letsencrypt-http01-prod' },
    ]);
  });

  test('are withheld while the release is not ready', async () => {
    const stuck = await renderBlueprint(certManager, small, {
      becomeReady: (object) => (object.kind === 'Namespace' ? { phase: 'Active' } : undefined),
    });
    expect(stuck.ready).toBe(false);
    expect(stuck.find('HelmRelease')).toHaveLength(1);
    expect(stuck.find('ClusterIssuer')).toEqual([]);
  });

  test.for([
    { dns01: true, http01: true, issuerName: 'letsencrypt-dns01-prod', reason: 'DNS-01 can sign wildcards' },
    { dns01: false, http01: true, issuerName: 'letsencrypt-http01-prod', reason: 'the only one there is' },
    { dns01: false, http01: false, issuerName: undefined, reason: 'nothing to name' },
  ])('output issuerName: $reason', async ({ dns01, http01, issuerName, reason }) => {
    const config = { email: 'ops@example.org', dns01: { enabled: dns01 }, http01: { enabled: http01 } };
    const { status } = await renderBlueprint(certManager, { ...small, spec: { config } });
    const want = issuerName === undefined ? {} : { issuerName, issuerKind: 'ClusterIssuer' };
    expect(status.outputs, reason).toEqual(want);
  });

  test('the TSIG key is named, never composed', async () => {
    const { get } = await renderBlueprint(certManager, small);
    expect(get('ClusterIssuer', 'letsencrypt-dns01-prod').spec).toMatchObject({
      acme: {
        solvers: [
          { dns01: { rfc2136: { tsigSecretSecretRef: { name: 'cert-manager-tsig', key: 'secret' } } } },
        ],
      },
    });
  });

  test("answer HTTP-01 through the cluster's own Gateway", async () => {
    const cluster = { gateway: { name: 'edge', namespace: 'dmz' } };
    const { get } = await renderBlueprint(certManager, small, { cluster });
    expect(get('ClusterIssuer', 'letsencrypt-http01-prod').spec).toMatchObject({
      acme: {
        solvers: [
          {
            http01: {
              gatewayHTTPRoute: { parentRefs: [{ name: 'edge', namespace: 'dmz', kind: 'Gateway' }] },
            },
          },
        ],
      },
    });
  });
});
