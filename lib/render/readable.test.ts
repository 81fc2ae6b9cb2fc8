import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { configMap, input, resources, xr } from './fixtures/build.ts';
import { formatObjects } from './readable.ts';
import { renderComposite } from './reconcile.ts';
import { PLAIN } from './summary.ts';

const labels = { team: 'web', 'example.org/own': 'a' };
const pod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { labels: { ...labels, 'example.org/own': 'b' }, annotations: { 'example.org/note': 'kept' } },
  spec: { volumes: [{ name: 'v', configMap: { name: 'settings' } }] },
};
const result = await renderComposite(
  input(
    {
      fn: {
        resources: resources({
          a: pod,
          z: configMap('settings', { metadata: { name: 'settings', labels } }),
        }),
        results: [
          { severity: 'normal', message: 'first' },
          { severity: 'warning', message: 'second' },
        ],
      },
    },
    { composite: xr() },
  ),
);

test('objects come in the order in which they depend on each other, without what all of them have', () => {
  const text = formatObjects(result);
  const titles = [...text.matchAll(/^# (.*)$/gm)].map(([, title]) => title);
  expect(titles).toEqual([
    expect.stringMatching(/^App .*shop$/),
    expect.stringMatching(/^ConfigMap .*settings — z$/),
    expect.stringMatching(/^Pod .* — a$/),
    expect.stringMatching(/^folded, .*labels crossplane\.io\/composite: shop, team: web; owner references/),
  ]);
  expect(text, 'what tells them apart stays').toMatch(/own: a(?:.|\n)*own: b/);
  expect(text).toContain('note: kept');
  const [objects = ''] = text.split('# folded');
  for (const noise of ['ownerReferences', 'composition-resource-name', 'resourceRefs', 'team:', 'Transition'])
    expect(objects).not.toContain(noise);
});

test('results are all there, and marks go through the port', () => {
  const text = formatObjects(result, { includeFunctionResults: true }, { ...PLAIN, bold: (t) => `<${t}>` });
  expect(text.match(/^<# Result>$/gm)?.length).toBeGreaterThan(2);
  expect(text).toMatch(/first(?:.|\n)*second/);
});
