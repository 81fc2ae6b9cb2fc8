import { describe, expect, test } from 'vitest';
import { type Blueprint, type BlueprintScope, defineBlueprint } from '../blueprint/index.ts';
import { ConfigMap, Secret } from '../kinds/core.ts';
import { ServiceMonitor } from '../kinds/prometheus.ts';
import { schema } from '../schema/index.ts';
import { checkRendered, renderVariants } from './check-rendered.ts';
import { renderBlueprint } from './render-blueprint.ts';

interface Config {
  readonly monitoring: boolean;
  readonly text?: string;
}

type Compose = (context: { readonly scope: BlueprintScope; readonly config: Config }) => undefined;

const sound: Compose = ({ scope, config }) => {
  const first = new ConfigMap(scope, 'first', { data: { text: config.text ?? '' } });
  if (config.monitoring) new ServiceMonitor(scope, 'metrics', { spec: { selector: {}, endpoints: [] } });
  new ConfigMap(scope, 'second', {}).after(first);
};

function blueprint(compose: Compose = sound): Blueprint {
  return defineBlueprint({
    name: 'notes',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Notes', summary: 'Notes.', category: 'test' },
    config: schema<Config, Partial<Config>>({
      type: 'object',
      properties: { monitoring: { type: 'boolean', default: false }, text: { type: 'string', maxLength: 9 } },
    }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    compose,
  });
}

const xr = {
  apiVersion: 'compose.openova.io/v1alpha1',
  kind: 'Notes',
  metadata: { name: 'my', namespace: 'home' },
  spec: {},
};

describe('renderBlueprint()', () => {
  test('tells what was composed, in which order, as a person would write it', async () => {
    const { ready, status, steps, objects, yaml } = await renderBlueprint(blueprint(), xr);
    expect(ready).toBe(true);
    expect(status.phase).toBe('Ready');
    expect(steps.slice(0, 2)).toEqual([['ConfigMap/my-first'], ['ConfigMap/my-second']]);
    expect(objects.map((o) => o.kind)).toEqual(['ConfigMap', 'ConfigMap', 'Usage']);
    expect(yaml).not.toMatch(/uid|ownerReferences|resourceVersion|crossplane\.io|kind: Usage/);
  });

  test('get() wants exactly one, and says what there is', async () => {
    const rendered = await renderBlueprint(blueprint(), xr);
    expect(rendered.get('ConfigMap', 'my-first').data).toEqual({ text: '' });
    expect(() => rendered.get('ConfigMap')).toThrow('Cannot get "ConfigMap": 2 are composed');
    expect(() => rendered.get('Service')).toThrow(
      expect.objectContaining({ code: 'not-found', remedy: expect.stringContaining('ConfigMap/my-first') }),
    );
  });

  test('a failed reconcile is an error, not an empty result', async () => {
    const broken = blueprint(() => {
      throw new Error('out of ink');
    });
    await expect(renderBlueprint(broken, xr)).rejects.toThrow(/Cannot render Notes "my": .*out of ink/);
  });

  test('removes what is no longer composed', async () => {
    const on = await renderBlueprint(blueprint(), { ...xr, spec: { config: { monitoring: true } } });
    const observed = on.result.objects.filter((o) => o.kind !== 'Notes');
    const off = await renderBlueprint(blueprint(), xr, { observed });
    expect(on.find('ServiceMonitor')).toHaveLength(1);
    expect(off.find('ServiceMonitor')).toEqual([]);
  });
});

describe('checkRendered()', () => {
  test('has nothing to say of a sound Blueprint', async () => {
    expect(checkRendered(await renderBlueprint(blueprint(), xr))).toEqual([]);
  });

  test('finds what the apiserver would refuse, and what the platform does not allow', async () => {
    const wrong = blueprint(({ scope }) => {
      const map = new ConfigMap(scope, 'map', {});
      map.metadata.addLabel('app.kubernetes.io/name', '');
      Object.assign(new ServiceMonitor(scope, 'metrics', { spec: { selector: {}, endpoints: [] } }), {
        manifest: () => ({
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'ServiceMonitor',
          metadata: { name: 'my-metrics', namespace: 'home' },
          spec: { selectors: {}, endpoints: [] },
        }),
      });
      new Secret(scope, 'secret', {});
    });
    const paths = checkRendered(await renderBlueprint(wrong, xr)).map((issue) => issue.path);
    expect(paths).toContain('ConfigMap/my-map metadata.labels["app.kubernetes.io/name"]');
    expect(paths).toContain('ServiceMonitor/my-metrics spec.selectors');
    expect(paths).toContain('ServiceMonitor/my-metrics metadata.labels["app.kubernetes.io/instance"]');
    expect(paths).toContain('Secret/my-secret data');
  });
});

test('renderVariants() turns every switch, and leaves out what the schema refuses', async () => {
  const variants = await renderVariants(blueprint(), xr);
  const configs = variants.map((v) => (v.xr.spec as { config: object }).config);
  expect(configs).toEqual([{}, { monitoring: true }, { monitoring: true }, { monitoring: false }]);
  const refused = { ...xr, spec: { config: { text: 'far too long for it' } } };
  expect(await renderVariants(blueprint(), refused)).toEqual([]);
});
