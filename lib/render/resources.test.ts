import { describe, expect, test } from 'vitest';
import { configMap } from './fixtures/build.ts';
import { Lookup } from './resources.ts';

const at = (name: string, namespace: string, labels: Record<string, string> = {}) =>
  configMap(name, { metadata: { name, namespace, labels } });
const all = [
  at('b', 'y', { a: '1' }),
  at('a', 'y', { a: '2' }),
  at('z', 'x', { a: '1', b: '1' }),
  configMap('c'),
];
const of = { apiVersion: 'v1', kind: 'ConfigMap' };
const names = (found: ReturnType<Lookup['find']>): unknown =>
  found?.map((o) => (o.metadata as { name: string }).name);

test.for([
  ['neither name nor labels: all of the kind, by namespace and name', of, ['c', 'z', 'a', 'b']],
  ['a namespace narrows it', { ...of, namespace: 'y' }, ['a', 'b']],
  ['all labels must match', { ...of, matchLabels: { a: '1', b: '1' } }, ['z']],
  ['labels across namespaces', { ...of, matchLabels: { a: '1' } }, ['z', 'b']],
  ['no match is an empty list', { ...of, matchLabels: { a: '3' } }, []],
  ['a name in its namespace', { ...of, matchName: 'a', namespace: 'y' }, ['a']],
  ['a name without namespace is cluster-scoped', { ...of, matchName: 'a' }, undefined],
  ['another version is another kind', { ...of, apiVersion: 'v2' }, []],
] as const)('find(): %s', ([, selector, want]) => {
  expect(names(new Lookup(all).find(selector))).toEqual(want);
});

test('of two objects with one identity the later one stands', () => {
  const found = new Lookup([configMap('a', { v: 1 }), configMap('a', { v: 2 })]).find(of);
  expect(found).toMatchObject([{ v: 2 }]);
});

describe('schema()', () => {
  const kinds = [{ group: 'apps', version: 'v1', kind: 'Thing' }];
  const document = {
    components: {
      schemas: {
        Thing: {
          'x-kubernetes-group-version-kind': kinds,
          properties: {
            spec: { $ref: '#/components/schemas/Spec' },
            self: { $ref: '#/components/schemas/Loop' },
            told: { allOf: [{ $ref: '#/components/schemas/Spec' }], default: {}, description: 'told' },
            list: { type: 'array', items: { $ref: '#/components/schemas/Spec' } },
            any: { anyOf: [{ $ref: '#/components/schemas/Spec' }] },
          },
        },
        Torn: {
          'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Torn' }],
          properties: { gone: { $ref: '#/components/schemas/Gone' } },
        },
        Spec: { properties: { n: { type: 'integer' } } },
        Loop: { properties: { again: { $ref: '#/components/schemas/Loop' } } },
        Shared: {
          'x-kubernetes-group-version-kind': [...kinds, { group: '', version: 'v1', kind: 'Other' }],
        },
      },
    },
  };

  test('inlines references, and a recursive one ends', () => {
    const schema = new Lookup([], [document]).schema({ apiVersion: 'apps/v1', kind: 'Thing' });
    const spec = { properties: { n: { type: 'integer' } } };
    expect(schema?.properties).toEqual({
      spec,
      self: { properties: { again: { type: 'object' } } },
      told: spec,
      list: { type: 'array', items: spec },
      any: { anyOf: [{ $ref: '#/components/schemas/Spec' }] },
    });
  });

  test('refuses a document that lacks what it refers to', () => {
    const lookup = new Lookup([], [document]);
    expect(() => lookup.schema({ apiVersion: 'apps/v1', kind: 'Torn' })).toThrow(
      'Cannot inline a required schema: "#/components/schemas/Gone" is not in its document',
    );
  });

  test('refuses references that would grow without end', () => {
    const level = (n: number) => ({
      properties: Object.fromEntries(['a', 'b', 'c'].map((k) => [k, { $ref: `#/components/schemas/L${n}` }])),
    });
    const schemas = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`L${n}`, level((n + 1) % 20)]));
    const laughs = { ...level(0), 'x-kubernetes-group-version-kind': kinds };
    const lookup = new Lookup([], [{ components: { schemas: { ...schemas, laughs } } }]);
    expect(() => lookup.schema({ apiVersion: 'apps/v1', kind: 'Thing' })).toThrow(
      /it holds more than 100000/,
    );
  });

  test('does not take a schema that several kinds share, nor one that is not there', () => {
    const lookup = new Lookup([], [document]);
    expect(lookup.schema({ apiVersion: 'v1', kind: 'Other' })).toBeUndefined();
    expect(lookup.schema({ apiVersion: 'apps/v1', kind: 'Gone' })).toBeUndefined();
    expect(lookup.askedSchemas.map((s) => [s.selector.kind, s.found])).toEqual([
      ['Other', false],
      ['Gone', false],
    ]);
  });
});

describe('secret()', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'n' },
    data: { a: 'YQ==', b: 'Yg==' },
    stringData: { b: 'own' },
  };
  test('decodes data, and stringData wins', () => {
    const found = [...new Lookup([secret]).secret('n', 's')].map(([k, v]) => [k, Buffer.from(v).toString()]);
    expect(found).toEqual([
      ['a', 'a'],
      ['b', 'own'],
    ]);
  });
  test('a missing one is an error that names it', () => {
    expect(() => new Lookup([secret]).secret('other', 's')).toThrow('Secret "s" not found');
  });
});
