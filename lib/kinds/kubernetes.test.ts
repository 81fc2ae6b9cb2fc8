import { describe, expect, test } from 'vitest';
import {
  KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
  kubernetesKinds,
  parseKubernetesVersion,
} from './kubernetes.ts';
import { findKind, listKinds } from './registry.ts';

const POD = 'io.k8s.api.core.v1.PodSpec';
const fieldsOf = (version: string, name: string): readonly string[] =>
  Object.keys(kubernetesKinds(version).definition(name)?.properties ?? {});

test('at least three minor versions are at hand, the newest first', () => {
  expect(KUBERNETES_VERSIONS.length).toBeGreaterThanOrEqual(3);
  expect(KUBERNETES_VERSIONS).toContain(KUBERNETES_VERSION);
  const minors = KUBERNETES_VERSIONS.map((version) => Number(version.split('.')[1]));
  expect(minors).toEqual(minors.toSorted((a, b) => b - a));
});

describe('parseKubernetesVersion()', () => {
  const cases = {
    Minor: { reason: 'as it is listed', of: '1.34', want: '1.34' },
    Patch: { reason: 'patches of a minor have one API', of: 'v1.34.2', want: '1.34' },
    Distribution: { reason: 'as kubectl version prints it', of: 'v1.33.5+k3s1', want: '1.33' },
  };
  test.for(Object.entries(cases))('%s', ([, { reason, of, want }]) => {
    expect(parseKubernetesVersion(of), reason).toBe(want);
  });

  test.for(['1.2', 'latest', '', '1.34.x', '../../etc', '1.34 '])(
    '%j is not known, and says what is',
    (text) => {
      expect(() => parseKubernetesVersion(text)).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining(KUBERNETES_VERSION) }),
      );
    },
  );
});

test('versions differ where Kubernetes does', () => {
  expect(fieldsOf('1.35', POD)).toContain('workloadRef');
  expect(fieldsOf('1.34', POD), 'it came with 1.35').not.toContain('workloadRef');
  expect(fieldsOf('1.34', POD)).toContain('containers');
});

test.for(KUBERNETES_VERSIONS)('every definition that the kinds of %s refer to is there', (version) => {
  const kinds = kubernetesKinds(version);
  const seen = new Set<string>();
  const follow = (value: unknown, from: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && typeof item === 'string' && !seen.has(item)) {
        seen.add(item);
        const definition = kinds.definition(item.replace(/^k8s:/, ''));
        expect(definition, `${item}, from ${from}`).toBeDefined();
        follow(definition, item);
      } else follow(item, from);
    }
  };
  for (const info of listKinds().filter((k) => k.door === 'core')) follow(kinds.schema(info), info.kind);
  expect(seen.size).toBeGreaterThan(150);
});

test('a kind that a version does not serve has no schema there', () => {
  const info = findKind('v1', 'Service');
  const files = {
    'kubernetes/1.0.json': JSON.stringify({ kinds: { 'core/v1/Service.json': null }, definitions: {} }),
    'core/v1/Service.json': '{"schema":{}}',
  };
  const read = (path: string): string => files[path as keyof typeof files];
  expect(info && kubernetesKinds('1.0', read).schema(info)).toBeUndefined();
});
