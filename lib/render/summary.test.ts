import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { configMap, existing, input, resources } from './fixtures/build.ts';
import { dependencyOrder } from './order.ts';
import { renderComposite } from './reconcile.ts';
import { formatSummary, PLAIN } from './summary.ts';

const object = (
  kind: string,
  name: string,
  spec: JsonObject = {},
  apiVersion = 'x.fluxcd.io/v1',
): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'n' },
  spec,
});
const order = (...objects: readonly JsonObject[]): string[] =>
  dependencyOrder(objects, (o) => o).map((o) => (o.metadata as { name: string }).name);

test.for([
  [
    'a source stands before what names it',
    [object('A', 'user', { sourceRef: { kind: 'Z', name: 'source' } }), object('Z', 'source')],
    ['source', 'user'],
  ],
  [
    'dependsOn of Flux names its own kind',
    [object('A', 'a', { dependsOn: [{ name: 'b' }] }), object('A', 'b')],
    ['b', 'a'],
  ],
  [
    'a reference deep in the spec counts',
    [object('A', 'a', { x: [{ y: { kind: 'B', name: 'b', namespace: 'n' } }] }), object('B', 'b')],
    ['b', 'a'],
  ],
  [
    'another namespace is another object',
    [object('A', 'a', { x: { kind: 'B', name: 'b', namespace: 'other' } }), object('B', 'b')],
    ['a', 'b'],
  ],
  [
    'a namespace comes first',
    [object('A', 'a'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }],
    ['n', 'a'],
  ],
  [
    'a circle ends, in a fixed order',
    [object('A', 'b', { x: { kind: 'A', name: 'a' } }), object('A', 'a', { x: { kind: 'A', name: 'b' } })],
    ['b', 'a'],
  ],
] as const)('dependencyOrder(): %s', ([, objects, want]) => {
  expect(order(...objects)).toEqual(want);
});

test('formatSummary() says what there is, what is ready, why not, and what was said', async () => {
  const waiting = existing('slow', 'slow', {});
  const observed = {
    ...waiting,
    status: { conditions: [{ type: 'Ready', status: 'False', message: 'pulling' }] },
  };
  const result = await renderComposite(
    input(
      {
        fn: {
          resources: new Map([
            ...resources({ quick: configMap('quick') }, 'true'),
            ...resources({ slow: configMap(), fresh: configMap('fresh') }),
          ]),
          results: [{ severity: 'warning', message: 'careful' }],
          requirements: {
            resources: { env: { apiVersion: 'v1', kind: 'ConfigMap', matchLabels: { a: 'b' } } },
          },
        },
      },
      { observed: [observed, existing('gone', 'gone')] },
    ),
  );
  expect(formatSummary(result)).toBe(
    [
      'App shop: not ready (1 of 3 objects ready, looked at again after 600 s)',
      '  … fresh  ConfigMap fresh — not created yet',
      '  ✓ quick  ConfigMap quick',
      '  … slow   ConfigMap slow — Ready is False: pulling',
      '  - ConfigMap gone is deleted',
      '  ! fn: careful',
      '  ? required ConfigMap (a=b) was not given',
      '',
    ].join('\n'),
  );
});

test('formatSummary() leads with a failure, and paints through its port', async () => {
  const result = await renderComposite(
    input({ fn: { results: [{ severity: 'fatal', message: 'no region' }] } }),
  );
  const text = formatSummary(result, { ...PLAIN, bad: (t) => `<${t}>` });
  expect(text.split('\n').slice(0, 2)).toEqual([
    'App shop: <failed> (0 of 0 objects ready)',
    '<  ✗ pipeline step "fn" returned a fatal result: no region>',
  ]);
});
