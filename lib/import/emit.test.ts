import { expect, test } from 'vitest';
import { coreNames, emitDoor } from './emit.ts';
import type { DefinitionsFile, KindFile, Schema } from './kind-file.ts';

const origin = {
  module: 'example.org/thing',
  version: 'v1.2.3',
  path: 'crds/things.yaml',
  licence: 'Apache-2.0',
};
const core: DefinitionsFile = {
  origin,
  definitions: {
    'io.k8s.api.core.v1.PodSpec': { type: 'object', properties: { hostname: { type: 'string' } } },
    'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
      type: 'object',
      properties: { name: { type: 'string' } },
    },
  },
};

function kind(name: string, properties: Record<string, Schema>, more: Partial<KindFile> = {}): KindFile {
  const head = {
    origin,
    door: 'thing',
    docs: 'https://example.org/docs',
    group: 'example.org',
    version: 'v1',
  };
  const meta = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return {
    ...head,
    kind: name,
    plural: `${name.toLowerCase()}s`,
    scope: 'Namespaced',
    schema: { type: 'object', properties: { ...meta, ...properties } },
    ...more,
  };
}

const style = {
  header: '// Generated.\n',
  resource: '../resource.ts',
  types: '../types.ts',
  core: './core.ts',
};

function emit(...kinds: KindFile[]): string {
  return emitDoor('thing', kinds, core, coreNames(core, kinds), style);
}

/** The line that declares a field, in a door whose only kind has this spec. */
function field(name: string, schema: Schema, required = false): string {
  const text = emit(
    kind('Thing', {
      spec: { type: 'object', properties: { [name]: schema }, ...(required ? { required: [name] } : {}) },
    }),
  );
  const body = /export interface ThingSpec \{\n([\s\S]*?)\n\}/.exec(text)?.[1] ?? text;
  return body.trim();
}

const cases = {
  Optional: {
    reason: 'undefined is dropped from the manifest, so it may be passed',
    schema: { type: 'string' },
    want: 'readonly f?: string | undefined;',
  },
  Required: {
    reason: 'as the CRD says',
    schema: { type: 'integer' },
    required: true,
    want: 'readonly f: number;',
  },
  Defaulted: {
    reason: 'the apiserver fills the default in before it asks for required fields',
    schema: { type: 'string', default: 'x' },
    required: true,
    want: '/** @default "x" */\n  readonly f?: string | undefined;',
  },
  IntOrString: {
    reason: 'both are taken',
    schema: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }] },
    required: true,
    want: 'readonly f: number | string;',
  },
  Enum: {
    reason: 'a typo is a type error',
    schema: { type: 'string', enum: ['A', "b'c"] },
    required: true,
    want: "readonly f: 'A' | 'b\\'c';",
  },
  EnumList: {
    reason: 'the union is one item type',
    schema: { type: 'array', items: { type: 'string', enum: ['A', 'B'] } },
    required: true,
    want: "readonly f: readonly ('A' | 'B')[];",
  },
  NestedList: {
    reason: 'readonly binds to the outermost list only',
    schema: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
    required: true,
    want: 'readonly f: readonly (readonly string[])[];',
  },
  Map: {
    reason: 'keys are free',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    required: true,
    want: 'readonly f: { readonly [key: string]: string };',
  },
  Open: {
    reason: 'unknown fields are kept',
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    required: true,
    want: 'readonly f: OpenObject;',
  },
  AnyValue: {
    reason: 'no type at all',
    schema: { 'x-kubernetes-preserve-unknown-fields': true },
    required: true,
    want: 'readonly f: OpenValue;',
  },
  Empty: {
    reason: 'presence is the message',
    schema: { type: 'object' },
    required: true,
    want: 'readonly f: EmptyObject;',
  },
  Nullable: {
    reason: 'null is a value of its own here',
    schema: { type: 'string', nullable: true },
    required: true,
    want: 'readonly f: string | null;',
  },
  CoreType: {
    reason: 'inlined pod specs come from the core door',
    schema: { $ref: 'k8s:io.k8s.api.core.v1.PodSpec' },
    required: true,
    want: 'readonly f: PodSpec;',
  },
  Quantity: {
    reason: 'a definition that is no structure is written out',
    schema: { $ref: 'k8s:io.k8s.apimachinery.pkg.api.resource.Quantity' },
    required: true,
    want: 'readonly f: string | number;',
  },
  Bounds: {
    reason: 'what the type cannot say',
    schema: { type: 'integer', minimum: 1, maximum: 9 },
    required: true,
    want: '/** 1 to 9 */\n  readonly f: number;',
  },
  Pattern: {
    reason: 'a pattern must not end the comment',
    schema: { type: 'string', pattern: '^a*/b$' },
    required: true,
    want: '/** Pattern `^a*\\/b$` */\n  readonly f: string;',
  },
};
test.for(Object.entries(cases))('a field: %s', ([, tc]) => {
  expect(field('f', tc.schema, 'required' in tc), tc.reason).toBe(tc.want);
});

test('property names that are no identifiers are quoted', () => {
  expect(field('x-odd.name', { type: 'string' }, true)).toBe("readonly 'x-odd.name': string;");
  expect(field("it's", { type: 'string' }, true)).toBe("readonly 'it\\'s': string;");
});

test('nested objects are named by their path, equal ones within a kind share the shortest', () => {
  const ref: Schema = { type: 'object', properties: { key: { type: 'string' } } };
  const deep: Schema = { type: 'object', properties: { 'dashed-name': ref } };
  const text = emit(
    kind('Thing', {
      spec: { type: 'object', properties: { auth: ref, list: { type: 'array', items: deep } } },
    }),
  );
  expect(text).toContain('readonly list?: readonly ThingSpecList[] | undefined;');
  expect(text).toContain("readonly 'dashed-name'?: ThingSpecAuth | undefined;");
  expect(text.match(/^export interface \w+/gm)).toEqual([
    'export interface ThingProps',
    'export interface ThingSpec',
    'export interface ThingSpecAuth',
    'export interface ThingSpecList',
  ]);
});

test('kinds share a whole spec, never a part of it', () => {
  const part: Schema = { type: 'object', properties: { key: { type: 'string' } } };
  const spec: Schema = { type: 'object', properties: { part } };
  const text = emit(
    kind('ClusterThing', { spec }),
    kind('Thing', { spec: structuredClone(spec) }),
    kind('Other', {
      spec: { type: 'object', properties: { own: structuredClone(part), x: { type: 'string' } } },
    }),
  );
  expect(text).toContain('readonly spec?: ThingSpec | undefined;');
  expect(text).not.toContain('ClusterThingSpec');
  expect(text).toContain('readonly own?: OtherSpecOwn | undefined;');
});

test('names that collide get a number', () => {
  const one: Schema = { type: 'object', properties: { a: { type: 'string' } } };
  const two: Schema = { type: 'object', properties: { b: { type: 'string' } } };
  const text = emit(kind('Thing', { spec: { type: 'object', properties: { 'a-b': one, aB: two } } }));
  expect(text).toContain("readonly 'a-b'?: ThingSpecAB | undefined;");
  expect(text).toContain('readonly aB?: ThingSpecAB2 | undefined;');
});

test('the class carries its type, its scope, its origin and its page', () => {
  const text = emit(
    kind('Thing', { spec: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] } }),
  );
  expect(text).toContain('ThingProps) {');
  expect(text).toContain('readonly spec: ThingSpec;');
  expect(text).toContain("static readonly apiVersion = 'example.org/v1';");
  expect(text).toContain('Structure as of example.org/thing v1.2.3.');
  expect(text).toContain('@see https://example.org/docs');
});

test('a kind without required fields needs no props', () => {
  expect(emit(kind('Thing', { data: { type: 'string' } }))).toContain('props: ThingProps = {}');
});

test('a Secret takes no values', () => {
  const text = emit(
    kind(
      'Secret',
      { data: { type: 'string' }, stringData: { type: 'string' }, type: { type: 'string' } },
      { group: '', version: 'v1' },
    ),
  );
  expect(text).toContain('readonly type?: string');
  expect(text).not.toMatch(/readonly (?:data|stringData)/);
});

test('definitions of one name in two groups, or of the name of a class, stay apart', () => {
  const struct = { type: 'object', properties: { a: {} } };
  const file = {
    origin,
    definitions: {
      'io.k8s.api.core.v1.Claim': struct,
      'x.apis.aregistration.v1.Ref': struct,
      'x.apis.bregistration.v1.Ref': struct,
    },
  };
  const names = coreNames(file, [kind('Claim', {}, { door: 'core' })]);
  expect([...names.values()]).toEqual(['ObjectMeta', 'ClaimObject', 'Ref', 'BregistrationRef']);
});
