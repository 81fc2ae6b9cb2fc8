import { describe, expect, test } from 'vitest';
import { ConfigMap, Deployment } from '../kinds/core.ts';
import { shop } from '../prove/fixture.test-helper.ts';
import { type BlueprintMatchers, blueprintMatchers } from './matchers.ts';
import { proveMatrix } from './prove-matrix.ts';
import { renderBlueprint } from './render-blueprint.ts';
import { xr } from './xr.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends BlueprintMatchers<R> {}
}
expect.extend(blueprintMatchers(expect));

const blueprint = shop({ pods: { type: 'integer', minimum: 1, default: 2 } }, ({ scope, config }) => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'registry.example.org/web:1.0.0' }] },
  };
  const web = new Deployment(scope, 'web', {
    spec: { replicas: Number(config.pods), selector: { matchLabels: { app: 'web' } }, template },
  });
  new ConfigMap(scope, 'later', { data: { a: 'b' } }).after(web);
  return undefined;
});
const ready = await renderBlueprint(blueprint, xr(blueprint, { config: { pods: 3 } }));
const stuck = await renderBlueprint(blueprint, xr(blueprint), { becomeReady: () => undefined });

/** What a failing expectation says. */
function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'it passed';
}

describe('toCompose', () => {
  test('finds by kind, by name and by fields', () => {
    expect(ready).toCompose('Deployment');
    expect(ready).toCompose('Deployment', 'shop-web');
    expect(ready).toCompose('Deployment', 'shop-web', { spec: { replicas: 3 } });
    expect(ready).toCompose('ConfigMap', { data: { a: 'b' } });
    expect(ready).not.toCompose('Secret');
    expect(ready).not.toCompose('Deployment', 'other');
    expect(ready).not.toCompose('Deployment', { spec: { replicas: 4 } });
  });

  test('says what there is instead', () => {
    expect(failure(() => expect(ready).toCompose('Secret'))).toMatch(
      /no Secret is composed; there are\n {2}Deployment\/shop-web/,
    );
    expect(failure(() => expect(ready).toCompose('Deployment', { spec: { replicas: 4 } }))).toContain(
      'but not with these fields',
    );
    expect(failure(() => expect(ready).not.toCompose('Deployment'))).toContain('Deployment is composed');
  });
});

describe('readiness', () => {
  test('toBecomeReady, and why not', () => {
    expect(ready).toBecomeReady();
    expect(stuck).not.toBecomeReady();
    expect(failure(() => expect(stuck).toBecomeReady())).toMatch(
      /it is not ready\n {2}Shop default\/shop › web: /,
    );
  });

  test('toHoldBack tells what waits from what is there', () => {
    expect(stuck).toHoldBack('ConfigMap');
    expect(stuck).toHoldBack('ConfigMap', 'later');
    expect(stuck).not.toHoldBack('Deployment');
    expect(ready).not.toHoldBack('ConfigMap');
    expect(failure(() => expect(ready).toHoldBack('ConfigMap'))).toContain('later: is ready');
    expect(failure(() => expect(ready).toHoldBack('Secret'))).toContain('no Secret is declared');
  });
});

test('toPassItsRules, and what breaks them', async () => {
  expect(ready).toPassItsRules();
  const broken = shop({}, ({ scope }) => {
    new ConfigMap(scope, 'x', { data: { port: 80 } as never });
    return undefined;
  });
  const rendered = await renderBlueprint(broken, xr(broken));
  expect(failure(() => expect(rendered).toPassItsRules())).toMatch(/ConfigMap\/shop-x data\.port/);
});

describe('toMatchGolden', () => {
  test('compares with a file beside the test', async () => {
    await expect(ready).toMatchGolden('golden/matchers.yaml');
  });

  test('fails as a file snapshot does', async () => {
    const asked: string[] = [];
    const differs = (value: string) => ({
      toMatchFileSnapshot: async (path: string) => {
        asked.push(path, value);
        throw new Error('differs');
      },
    });
    const { toMatchGolden } = blueprintMatchers(differs);
    const call = toMatchGolden.call({ equals: Object.is, utils: {} as never }, ready, 'a.yaml');
    await expect(call).rejects.toThrow('differs');
    expect(asked).toEqual(['a.yaml', ready.yaml]);
  });
});

test('xr() takes sizes that there are, and leaves out what is undefined', () => {
  expect(xr(blueprint, { size: 'large', namespace: 'acme', config: {} })).toEqual({
    apiVersion: 'compose.openova.io/v1alpha1',
    kind: 'Shop',
    metadata: { name: 'shop', namespace: 'acme' },
    spec: { size: 'large', config: {} },
  });
  expect(() => xr(blueprint, { size: 'huge' })).toThrow(/no size "huge"/);
});

test('proveMatrix proves a Blueprint inside a test', async () => {
  const { faults, cases } = await proveMatrix(blueprint, { cases: 30 });
  // Nobody says how many pods are too many: the schema takes 2147483647, and so does Kubernetes.
  expect(faults).toEqual([]);
  expect(cases).toBeGreaterThanOrEqual(30);
});
