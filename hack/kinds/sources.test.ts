import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Schema } from '../../lib/import/index.ts';
import { definitionsFile, readCoreKinds, readCrds, readDefinitions, type Source } from './sources.ts';

const CRD = (kind: string): string => `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${kind.toLowerCase()}s.example.org }
spec:
  group: example.org
  names: { kind: ${kind}, plural: ${kind.toLowerCase()}s }
  scope: Cluster
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          description: words
          type: object
          properties:
            spec: { type: object, description: words, properties: { size: { type: integer, minimum: 1 } } }
            status: { type: object }
          required: [spec]
`;
const META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const gvk = (kind: string): object => ({ group: 'apps', version: 'v1', kind });
const OPENAPI = {
  paths: {
    '/apis/apps/v1/widgets': { get: {} },
    '/apis/apps/v1/namespaces/{namespace}/widgets': {
      post: { 'x-kubernetes-group-version-kind': gvk('Widget') },
    },
    '/apis/apps/v1/namespaces/{namespace}/widgets/{name}/eviction': {
      post: { 'x-kubernetes-group-version-kind': gvk('Widget') },
    },
    '/apis/apps/v1/gadgetries': { post: { 'x-kubernetes-group-version-kind': gvk('Gadget') } },
  },
  components: {
    schemas: {
      'io.k8s.api.apps.v1.Widget': {
        type: 'object',
        properties: { metadata: { allOf: [{ $ref: META }], default: {} }, status: { type: 'object' } },
        'x-kubernetes-group-version-kind': [gvk('Widget')],
      },
      'io.k8s.api.apps.v1.Gadget': { type: 'object', 'x-kubernetes-group-version-kind': [gvk('Gadget')] },
      'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
        type: 'object',
        properties: { name: { type: 'string' } },
      },
    },
  },
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinds-sources-'));
  mkdirSync(join(folder, 'crds'));
  writeFileSync(join(folder, 'crds/one.yaml'), CRD('Thing'));
  writeFileSync(join(folder, 'crds/many.yaml'), CRD('Thing') + CRD('Other'));
  writeFileSync(join(folder, 'crds/api.json'), JSON.stringify(OPENAPI));
});
afterAll(() => rmSync(folder, { recursive: true }));

function source(kinds: Source['kinds']): Source {
  return {
    door: 'thing',
    module: 'example.org/thing',
    version: 'v1.2.3',
    sum: 'h1:x',
    licence: 'Apache-2.0',
    folder: 'crds',
    kinds,
  };
}

test('readCrds() keeps names, scope, origin and structure', () => {
  expect(
    readCrds(source([{ file: 'one.yaml', version: 'v1', docs: 'https://example.org' }]), folder, {}),
  ).toEqual([
    {
      origin: {
        module: 'example.org/thing',
        version: 'v1.2.3',
        path: 'crds/one.yaml',
        licence: 'Apache-2.0',
      },
      door: 'thing',
      docs: 'https://example.org',
      group: 'example.org',
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
      scope: 'Cluster',
      schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } },
        required: ['spec'],
      },
    },
  ]);
});

test('readCrds() picks a kind from a file of several', () => {
  const [kind] = readCrds(
    source([{ file: 'many.yaml', version: 'v1', docs: '', kind: 'Other' }]),
    folder,
    {},
  );
  expect(kind?.plural).toBe('others');
});

test.for([
  [{ file: 'one.yaml', version: 'v2', docs: '' }, 'no version "v2"'],
  [{ file: 'many.yaml', version: 'v1', docs: '', kind: 'Gone' }, 'no CRD of kind "Gone"'],
] as const)('readCrds() says what a source lacks', ([entry, says]) => {
  expect(() => readCrds(source([entry]), folder, {})).toThrow(says);
});

test('readCoreKinds() takes plural and scope from the paths', () => {
  const from = source([
    { file: 'api.json', kind: 'Widget', docs: '' },
    { file: 'api.json', kind: 'Gadget', docs: '' },
  ]);
  const definitions = readDefinitions(from, folder);
  const kinds = readCoreKinds(from, folder, definitions);
  expect(kinds.map((k) => [k.group, k.kind, k.plural, k.scope])).toEqual([
    ['apps', 'Widget', 'widgets', 'Namespaced'],
    ['apps', 'Gadget', 'gadgetries', 'Cluster'],
  ]);
  const metadata: Schema = { $ref: 'k8s:io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  expect(kinds[0]?.schema).toEqual({ type: 'object', properties: { metadata } });
  expect(Object.keys(definitionsFile(kinds, from, definitions).definitions), 'only what is reached').toEqual([
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  ]);
  expect(() =>
    readCoreKinds(source([{ file: 'api.json', kind: 'Gone', docs: '' }]), folder, definitions),
  ).toThrow('Cannot read "Gone"');
});
