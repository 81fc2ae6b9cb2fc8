import { expect, test } from 'vitest';
import { foldCore, referencedDefinitions } from './fold-core.ts';
import type { Schema } from './kind-file.ts';

const fields = (count: number): Record<string, Schema> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, { type: 'string' }]));
const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';
const definitions = { [POD_SPEC]: { type: 'object', properties: fields(20) } };

const cases = {
  Same: { reason: 'all fields of a pod spec', schema: { properties: fields(20) }, folded: true },
  Older: { reason: 'built against an older Kubernetes', schema: { properties: fields(17) }, folded: true },
  Smaller: {
    reason: 'a chosen few fields are a type of their own',
    schema: { properties: fields(5) },
    folded: false,
  },
  Foreign: {
    reason: 'a field that core lacks must not be lost',
    schema: { properties: { ...fields(20), own: {} } },
    folded: false,
  },
};
test.for(Object.entries(cases))('foldCore() %s', ([, tc]) => {
  const notes: string[] = [];
  const out = foldCore({ properties: { template: { type: 'object', ...tc.schema } } }, definitions, notes);
  expect(out.properties?.template?.$ref, tc.reason).toBe(tc.folded ? `k8s:${POD_SPEC}` : undefined);
  expect(notes, 'each replacement is recorded').toHaveLength(tc.folded ? 1 : 0);
});

test('foldCore() looks into items and map values and says where', () => {
  const notes: string[] = [];
  const pod = { type: 'object', properties: fields(20) };
  foldCore({ properties: { list: { items: pod }, map: { additionalProperties: pod } } }, definitions, notes);
  expect(notes.map((n) => n.split(':')[0])).toEqual(['list[]', 'map.*']);
});

test('referencedDefinitions() follows chains and ends on a recursive type', () => {
  const core: Record<string, Schema> = {
    a: { properties: { b: { $ref: 'k8s:b' } } },
    b: { properties: { self: { items: { $ref: 'k8s:b' } } } },
    unused: {},
  };
  expect([...referencedDefinitions({ $ref: 'k8s:a' }, core).keys()]).toEqual(['a', 'b']);
  expect(() => referencedDefinitions({ $ref: 'k8s:gone' }, core)).toThrow('no such definition');
});
