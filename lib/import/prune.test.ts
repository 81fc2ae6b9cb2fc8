import { describe, expect, test } from 'vitest';
import { pruneDefinition, pruneSchema, withoutStatus } from './prune.ts';

describe('pruneSchema()', () => {
  const cases = {
    Prose: {
      reason: 'descriptions, titles and examples are upstream prose, not structure',
      in: { type: 'string', description: 'words', title: 'T', example: 'e', maxLength: 3 },
      want: { maxLength: 3, type: 'string' },
    },
    PropertyNamedLikeAKeyword: {
      reason: 'a property called description or title is a field, not prose',
      in: {
        type: 'object',
        properties: { title: { type: 'string' }, description: { type: 'string', description: 'x' } },
      },
      want: { type: 'object', properties: { description: { type: 'string' }, title: { type: 'string' } } },
    },
    Extensions: {
      reason: 'what the apiserver reads stays, what kubectl reads goes',
      in: {
        type: 'array',
        items: { type: 'string', description: 'x' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-validations': [{ rule: 'self.size() > 0', message: 'must not be empty' }],
      },
      want: {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-validations': [{ rule: 'self.size() > 0', message: 'must not be empty' }],
      },
    },
    Nested: {
      reason: 'alternatives and map values are schemas too',
      in: {
        additionalProperties: { description: 'x', type: 'number' },
        anyOf: [{ description: 'y', required: ['a'] }],
      },
      want: { additionalProperties: { type: 'number' }, anyOf: [{ required: ['a'] }] },
    },
    Reference: {
      reason: 'OpenAPI v3 wraps references to put words and a zero default beside them',
      in: { allOf: [{ $ref: '#/components/schemas/a.b.C' }], default: {}, description: 'x' },
      want: { $ref: 'k8s:a.b.C' },
    },
    CrdDefaults: {
      reason: 'a default in a CRD is one that the apiserver applies, also when it is false',
      in: { type: 'boolean', default: false },
      want: { type: 'boolean', default: false },
    },
  };
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    expect(pruneSchema(tc.in), tc.reason).toEqual(tc.want);
  });

  test('sorts keywords and properties, so that an upstream reshuffle is no diff', () => {
    const one = pruneSchema({ type: 'object', properties: { b: { type: 'string' }, a: { type: 'string' } } });
    const two = pruneSchema({ properties: { a: { type: 'string' }, b: { type: 'string' } }, type: 'object' });
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
  });
});

describe('pruneDefinition()', () => {
  const cases = {
    IntOrString: {
      reason: 'the published document spells it as a format, a CRD as an extension',
      in: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
      want: { 'x-kubernetes-int-or-string': true },
    },
    RawExtension: {
      reason: 'an object without fields is open in the core API',
      in: { type: 'object', description: 'anything' },
      want: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    AnyValue: {
      reason: 'JSON has no type at all',
      in: { description: 'x' },
      want: { 'x-kubernetes-preserve-unknown-fields': true },
    },
    ZeroDefaults: {
      reason: "Go's zero values are printed as defaults; a real one is kept",
      in: {
        type: 'object',
        properties: { name: { type: 'string', default: '' }, protocol: { type: 'string', default: 'TCP' } },
      },
      want: {
        type: 'object',
        properties: { name: { type: 'string' }, protocol: { type: 'string', default: 'TCP' } },
      },
    },
  };
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    expect(pruneDefinition(tc.in), tc.reason).toEqual(tc.want);
  });
});

test('withoutStatus() drops the field and the requirement', () => {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object' }, status: { type: 'object' } },
    required: ['status'],
  };
  expect(withoutStatus(schema)).toEqual({ type: 'object', properties: { spec: { type: 'object' } } });
});
