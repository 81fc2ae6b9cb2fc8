import { expect, test } from 'vitest';
import { readDefinitionsOf } from './crd.ts';
import { crd } from './import.test-helper.ts';
import { planKinds } from './plan.ts';

const origin = { module: 'crds', version: '' };
const read = (text: string): ReturnType<typeof readDefinitionsOf> =>
  readDefinitionsOf([{ path: 'a.yaml', text }], origin);

test('every served version becomes a schema, the preferred one a construct', () => {
  const version = (name: string, served: boolean): object => ({
    name,
    served,
    schema: { openAPIV3Schema: { type: 'object', properties: { [name]: { type: 'string' } } } },
  });
  const versions = [
    version('v1beta2', true),
    version('v1', true),
    version('v2alpha1', true),
    version('v9', false),
  ];
  const kinds = read(crd('Widget', { versions }));
  expect(kinds.map((k) => k.version)).toEqual(['v1beta2', 'v1', 'v2alpha1']);
  const files = planKinds([{ source: 'crds', sha256: '0', kinds }]);
  expect([...files.keys()]).toEqual([
    'schemas/kinds/example.org/v1beta2/Widget.json',
    'schemas/kinds/example.org/v1/Widget.json',
    'schemas/kinds/example.org/v2alpha1/Widget.json',
    'kinds/example.org.ts',
    'kinds.lock.json',
  ]);
  expect(files.get('kinds/example.org.ts')).toContain("static readonly apiVersion = 'example.org/v1';");
});

test('other objects, lists around CRDs, and XRDs of both versions are understood', () => {
  const xrd = (apiVersion: string): string =>
    crd(apiVersion.endsWith('2') ? 'New' : 'Old')
      .replace('apiextensions.k8s.io/v1', apiVersion)
      .replace('CustomResourceDefinition', 'CompositeResourceDefinition')
      .replace('"scope":"Namespaced",', '');
  const text = [
    'kind: ConfigMap\napiVersion: v1',
    `{ "kind": "List", "apiVersion": "v1", "items": [${crd('Listed')}] }`,
    xrd('apiextensions.crossplane.io/v1'),
    xrd('apiextensions.crossplane.io/v2'),
  ].join('\n---\n');
  expect(read(text).map((k) => [k.kind, k.scope])).toEqual([
    ['Listed', 'Namespaced'],
    ['Old', 'Cluster'],
    ['New', 'Namespaced'],
  ]);
});

const deep = (levels: number): object =>
  levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };
const hostile = {
  Climbing: { reason: 'a group becomes a path', text: crd('Widget', { group: '../../etc' }) },
  Code: { reason: 'a kind becomes a class', text: crd('X{}process.exit();class Y') },
  Reserved: { reason: 'would hide what the module imports', text: crd('ApiResource') },
  Reference: { reason: 'a structural schema has none', text: crd('W', { schema: { $ref: '#/x' } }) },
  Shape: { reason: 'properties must be a map', text: crd('W', { schema: { properties: ['a'] } }) },
  Keyword: { reason: 'a pattern is a text', text: crd('W', { schema: { pattern: {} } }) },
  Deep: { reason: 'the stack is finite', text: crd('W', { schema: deep(200) }) },
  Prototype: {
    reason: 'would change every object',
    text: crd('W').replace('"size":{', '"__proto__":{'),
  },
  Version: { reason: 'a version becomes a path', text: crd('W').replace('"v1","served"', '"..","served"') },
} as const;

test.for(Object.entries(hostile))('a hostile CRD is refused: %s', ([, { reason, text }]) => {
  expect(() => read(text), reason).toThrow(expect.objectContaining({ name: 'ToolkitError' }));
});

test('what a schema says cannot end a comment or a string of the module', () => {
  const schema = {
    type: 'object',
    properties: { "a*/'": { type: 'string', enum: ["'*/`"], pattern: '*/ evil()', default: '*/' } },
  };
  const kinds = readDefinitionsOf([{ path: 'a', text: crd('W', { schema }) }], {
    module: 'a*/',
    version: '',
  });
  const text = planKinds([{ source: 'a*/', sha256: '', kinds }]).get('kinds/example.org.ts') ?? '';
  expect(text).toContain('Pattern `*\\/ evil()`');
  expect(text).toContain("'\\'*/`'");
  expect(text.replaceAll("'\\'*/`'", '').replaceAll("'a*/\\''", '').match(/\*\/./g)).toBeNull();
});

test('one kind from two sources is a conflict', () => {
  const kinds = read(crd('Widget'));
  const source = (name: string): { source: string; sha256: string; kinds: typeof kinds } => ({
    source: name,
    sha256: '',
    kinds,
  });
  expect(() => planKinds([source('a'), source('b')])).toThrow(expect.objectContaining({ code: 'conflict' }));
});
