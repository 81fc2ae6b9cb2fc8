import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import cnpg from './blueprint.ts';

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(cnpg, example);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(cnpg, example);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(5);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

describe('monitoring', () => {
  const monitors = async (config: object): Promise<readonly string[]> => {
    const xr = { ...readExample(import.meta.dirname, 'small'), spec: { config: { ...config } } };
    const { objects } = await renderBlueprint(cnpg, xr);
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

test('several operator pods are drained one at a time, a single one is never in the way', async () => {
  const small = await renderBlueprint(cnpg, readExample(import.meta.dirname, 'small'));
  const medium = await renderBlueprint(cnpg, readExample(import.meta.dirname, 'medium'));
  expect(small.find('PodDisruptionBudget')).toEqual([]);
  expect(medium.get('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
});

test('flux has no Blueprint yet: it is reported, and nothing waits for it', async () => {
  const { ready, conditions } = await renderBlueprint(cnpg, readExample(import.meta.dirname, 'small'));
  expect(ready).toBe(true);
  expect(conditions.get('BlueprintsAvailable')).toMatchObject({
    status: 'False',
    reason: 'BlueprintMissing',
    message: 'left out, because the catalogue has no such Blueprint: flux',
  });
});

test('an own image replaces the whole repository, as the chart has no key for a registry', async () => {
  const { get } = await renderBlueprint(cnpg, readExample(import.meta.dirname, 'large'));
  expect(get('HelmRelease').spec).toMatchObject({
    values: {
      image: { repository: 'registry.example.org/mirror/cloudnative-pg' },
      imagePullSecrets: [{ name: 'mirror-pull' }],
    },
  });
});
