import {
  type BlueprintMatchers,
  blueprintMatchers,
  proveMatrix,
  renderBlueprint,
  xr,
} from '@openova/blueprints/testing';
import { expect, test } from 'vitest';
import externalSecrets from '../external-secrets/blueprint.ts';
import valkey from './blueprint.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends BlueprintMatchers<R> {}
}
expect.extend(blueprintMatchers(expect));

const platform = { catalogue: [externalSecrets] };

test('a large one keeps its data and lets its clients in', async () => {
  const rendered = await renderBlueprint(valkey, xr(valkey, { name: 'cache', size: 'large' }), platform);
  expect(rendered).toBecomeReady();
  expect(rendered).toPassItsRules();
  expect(rendered).toCompose('HelmRelease', { spec: { releaseName: 'cache' } });
  expect(rendered).toCompose('NetworkPolicy', 'cache-clients', { spec: { policyTypes: ['Ingress'] } });
  expect(rendered).not.toCompose('PodMonitor');
});

test('the release waits for its credentials', async () => {
  const becomeReady = () => undefined;
  const rendered = await renderBlueprint(valkey, xr(valkey), { ...platform, becomeReady });
  expect(rendered).toHoldBack('HelmRelease');
});

test('every size, placement and config that can be written works', async () => {
  const { faults } = await proveMatrix(valkey, { ...platform, cases: 150 });
  expect(faults).toEqual([]);
});
