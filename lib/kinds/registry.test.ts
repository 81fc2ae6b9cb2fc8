import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findKind, listKinds, loadDefinition, loadSchema } from './registry.ts';

describe('findKind()', () => {
  const cases = {
    Crd: {
      reason: 'a custom kind',
      of: ['helm.toolkit.fluxcd.io/v2', 'HelmRelease'],
      want: {
        scope: 'Namespaced',
        plural: 'helmreleases',
        group: 'helm.toolkit.fluxcd.io',
        version: 'v2',
        door: 'flux',
      },
    },
    Core: {
      reason: 'the core group has no name',
      of: ['v1', 'Namespace'],
      want: { scope: 'Cluster', plural: 'namespaces', group: '' },
    },
    CoreNamespaced: {
      reason: 'read from the paths',
      of: ['v1', 'Service'],
      want: { scope: 'Namespaced', plural: 'services' },
    },
    CoreGroup: {
      reason: 'a named group of core',
      of: ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
      want: { scope: 'Cluster' },
    },
    Irregular: {
      reason: 'plurals are not guessed',
      of: ['networking.k8s.io/v1', 'NetworkPolicy'],
      want: { plural: 'networkpolicies' },
    },
    XrdV2: {
      reason: 'the version that has scope',
      of: ['apiextensions.crossplane.io/v2', 'CompositeResourceDefinition'],
      want: { scope: 'Cluster' },
    },
  } as const;
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    expect(findKind(tc.of[0], tc.of[1]), tc.reason).toMatchObject({
      ...tc.want,
      apiVersion: tc.of[0],
      kind: tc.of[1],
    });
  });

  test.for([
    ['helm.toolkit.fluxcd.io/v2beta1', 'HelmRelease'],
    ['v1', 'helmrelease'],
    ['', ''],
    ['__proto__', 'constructor'],
  ] as const)('knows nothing of %s %s', ([apiVersion, kind]) => {
    expect(findKind(apiVersion, kind)).toBeUndefined();
  });
});

test('every listed kind has a readable schema and an existing door', () => {
  for (const info of listKinds()) {
    const schema = loadSchema(info);
    expect(schema.type, info.schemaFile).toBe('object');
    expect(Object.keys(schema.properties as object), info.schemaFile).not.toContain('status');
    expect(existsSync(join(import.meta.dirname, `${info.door}.ts`)), info.door).toBe(true);
  }
  expect(new Set(listKinds().map((k) => `${k.apiVersion} ${k.kind}`)).size).toBe(listKinds().length);
});

test('every reference of every schema resolves', () => {
  const missing: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key !== '$ref' || typeof value !== 'string') walk(value);
      else if (!value.startsWith('k8s:') || loadDefinition(value.slice(4)) === undefined) missing.push(value);
    }
  };
  for (const info of listKinds()) walk(loadSchema(info));
  walk(JSON.parse(JSON.stringify(loadDefinition('io.k8s.api.core.v1.PodSpec'))));
  expect(missing).toEqual([]);
});

test('the schema keeps what the apiserver judges by', () => {
  const release = findKind('helm.toolkit.fluxcd.io/v2', 'HelmRelease');
  const schema = release && loadSchema(release);
  expect(schema).toMatchObject({
    properties: {
      spec: {
        required: ['interval'],
        properties: { interval: { pattern: expect.stringContaining('ms|s|m|h') } },
      },
    },
  });
  expect(JSON.stringify(schema)).toContain('x-kubernetes-validations');
});

test('a port can hold the files elsewhere', () => {
  const info = findKind('v1', 'Service');
  const files = new Map([
    ['core/v1/Service.json', '{"schema":{"type":"object"}}'],
    ['definitions.json', '{"definitions":{"a":{"type":"string"}}}'],
  ]);
  const read = (path: string): string => files.get(path) ?? '{}';
  expect(info && loadSchema(info, read)).toEqual({ type: 'object' });
  expect(loadDefinition('a', read)).toEqual({ type: 'string' });
  expect(loadDefinition('__proto__', read)).toBeUndefined();
  expect(() => info && loadSchema(info, () => '{}')).toThrow('has no "schema"');
});
