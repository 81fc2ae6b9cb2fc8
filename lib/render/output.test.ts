import { expect, test } from 'vitest';
import { parseYaml } from '../internal/yaml.ts';
import { configMap, input, resources, xr } from './fixtures/build.ts';
import { renderedObjects, renderYaml } from './output.ts';
import { renderComposite } from './reconcile.ts';

const composite = xr({
  spec: { size: 'small', list: [1, 2], crossplane: { compositionUpdatePolicy: 'Manual' } },
});
const result = await renderComposite(
  input(
    {
      fn: {
        resources: resources({ b: configMap(), a: { ...configMap(), data: { z: '1', n: 'on' } } }),
        results: [{ severity: 'warning', message: 'careful' }],
        context: { k: 'v' },
      },
    },
    { composite },
  ),
);

test('prints the XR, then composed resources by name', () => {
  const objects = renderedObjects(result);
  expect(objects.map((o) => o.kind)).toEqual(['App', 'ConfigMap', 'ConfigMap']);
  expect(Object.keys(objects[1] ?? {})).toEqual(['apiVersion', 'data', 'kind', 'metadata']);
});

test('adds results and context when asked, in that order', () => {
  const objects = renderedObjects(result, { includeFunctionResults: true, includeContext: true });
  const [selected, careful] = objects.slice(3);
  expect(selected).toMatchObject({ severity: 'Normal', reason: 'SelectComposition' });
  expect(careful).toEqual({
    apiVersion: 'render.crossplane.io/v1beta1',
    kind: 'Result',
    severity: 'Warning',
    reason: 'ComposeResources',
    message: 'Pipeline step "fn": careful',
  });
  expect(objects.at(-1)).toEqual({
    apiVersion: 'render.crossplane.io/v1beta1',
    kind: 'Context',
    fields: { k: 'v' },
  });
});

test('-x merges what was rendered into the input', () => {
  const [full] = renderedObjects(result, { fullXr: composite });
  expect(full?.spec).toMatchObject({
    size: 'small',
    list: [1, 2],
    crossplane: {
      compositionUpdatePolicy: 'Manual',
      resourceRefs: [{ kind: 'ConfigMap' }, { kind: 'ConfigMap' }],
    },
  });
  expect(full?.metadata).toMatchObject({ name: 'shop', uid: composite.metadata && expect.any(String) });
});

test('condition times of the XR and of composed resources are fixed', async () => {
  const status = {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2031-05-05T05:05:05Z' }],
  };
  const odd = await renderComposite(
    input({ fn: { resources: resources({ a: configMap('a', { status }) }) } }, { composite: xr({ status }) }),
  );
  expect(renderYaml(odd)).not.toContain('2031');
});

test.for([
  [{ phase: 'x' }, { phase: 'x', conditions: null }, 'null where a status has none'],
  [
    { conditions: [{ type: 'A', status: 'True', message: '', more: 1 }] },
    {
      conditions: [{ type: 'A', status: 'True', reason: '', lastTransitionTime: '2024-01-01T00:00:00Z' }],
    },
    'only what a condition holds, and all that it must hold',
  ],
  ['odd', 'odd', 'what is not an object stays'],
] as const)('conditions of status %j are written as %j', async ([status, want, reason]) => {
  const object = { ...configMap('a'), status };
  const rendered = await renderComposite(input({ fn: { resources: resources({ a: object }) } }));
  expect(renderedObjects(rendered)[1]?.status, reason).toEqual(want);
});

test('YAML reads back as the objects, each document opened by ---', () => {
  const text = renderYaml(result, { includeFunctionResults: true });
  expect(text.startsWith('---\n')).toBe(true);
  expect(parseYaml(text, 'out')).toEqual(renderedObjects(result, { includeFunctionResults: true }));
  expect(text).toContain('"n": "on"');
});
