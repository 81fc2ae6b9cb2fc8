import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import {
  buildPredicate,
  evaluatePredicate,
  formatPredicate,
  type Predicate,
  type PredicateBuilder,
  parsePredicate,
} from './predicate.ts';

interface Config {
  readonly database: { readonly mode: string; readonly port?: number };
  readonly gpu: { readonly enabled: boolean };
  readonly is: string;
}

const built: Readonly<Record<string, { reason: string; in: PredicateBuilder<Config>; text: string }>> = {
  Text: {
    reason: "the platform's own example",
    in: (config) => config.database.mode.is('embedded'),
    text: "{{ .config.database.mode == 'embedded' }}",
  },
  Boolean: {
    reason: 'toggles',
    in: (config) => config.gpu.enabled.is(true),
    text: '{{ .config.gpu.enabled == true }}',
  },
  Number: {
    reason: 'optional fields can be compared too',
    in: (config) => config.database.port.isNot(5432),
    text: '{{ .config.database.port != 5432 }}',
  },
  Application: {
    reason: 'the application is the other subject',
    in: (_config, application) => application.namespace.isNot('default'),
    text: "{{ .application.namespace != 'default' }}",
  },
  FieldCalledIs: {
    reason: 'only the last name is the verb',
    in: (config) => config.is.is('x'),
    text: "{{ .config.is == 'x' }}",
  },
};

test.for(Object.entries(built))('buildPredicate() %s', ([, tc]) => {
  const predicate = buildPredicate(tc.in);
  expect(formatPredicate(predicate), tc.reason).toBe(tc.text);
  expect(parsePredicate(tc.text), tc.reason).toEqual(predicate);
});

// What a plain JavaScript author, or a cast, could hand over.
const unbuildable: Readonly<Record<string, { reason: string; in: unknown }>> = {
  NotCompared: { reason: 'a field is no condition', in: (c: Config) => c.database.mode },
  PlainBoolean: { reason: 'it would be decided while nothing is known yet', in: () => true },
  Nothing: { reason: 'a forgotten return', in: () => undefined },
  OtherVerb: {
    reason: 'the grammar has two verbs',
    in: (c: { a: { equals(x: string): unknown } }) => c.a.equals('x'),
  },
  ObjectValue: { reason: 'only constants', in: (c: { a: { is(x: object): unknown } }) => c.a.is({}) },
  NotANumber: {
    reason: 'NaN equals nothing',
    in: (c: { a: { is(x: number): unknown } }) => c.a.is(Number.NaN),
  },
  Whole: { reason: 'the config itself is no field', in: (c: { is(x: string): unknown }) => c.is('x') },
  HandMadeOperator: {
    reason: 'no third operator',
    in: () => ({ subject: ['config', 'a'], operator: '<', value: 1 }),
  },
  HandMadeRoot: {
    reason: 'no third subject',
    in: () => ({ subject: ['env', 'a'], operator: '==', value: 1 }),
  },
  HandMadeValue: { reason: 'braces', in: () => ({ subject: ['config', 'a'], operator: '==', value: '}}' }) },
};

test.for(Object.entries(unbuildable))('buildPredicate() refuses %s', ([, tc]) => {
  expect(() => buildPredicate(tc.in as PredicateBuilder<Config>), tc.reason).toThrow(
    expect.objectContaining({ name: 'ToolkitError', code: 'invalid' }),
  );
});

test.for(["o'brien", 'a\\b', '{{x}}', 'a\nb', 'a\rb'])(
  'refuses %j as a value: the grammar has no escapes',
  (value) => {
    expect(() => buildPredicate<Config>((c) => c.database.mode.is(value))).toThrow(/not in the grammar/);
  },
);

test.for([1e21, -1e-7, Number.MAX_VALUE])('refuses %d as a value: it prints with an exponent', (value) => {
  expect(() => buildPredicate<Config>((c) => c.database.port.is(value))).toThrow(/no exponents/);
});

describe('parsePredicate()', () => {
  const texts: Readonly<Record<string, { reason: string; in: string; want: Predicate | undefined }>> = {
    Spaces: {
      reason: 'space is free around the parts',
      in: "  {{.config.a=='x'}} ",
      want: { subject: ['config', 'a'], operator: '==', value: 'x' },
    },
    EmptyText: {
      reason: 'an empty text is a value',
      in: "{{ .config.a != '' }}",
      want: { subject: ['config', 'a'], operator: '!=', value: '' },
    },
    Decimal: {
      reason: 'numbers may be negative and broken',
      in: '{{ .config.a == -1.5 }}',
      want: { subject: ['config', 'a'], operator: '==', value: -1.5 },
    },
    QuotedTrue: {
      reason: 'a quoted true is a text',
      in: "{{ .config.a == 'true' }}",
      want: { subject: ['config', 'a'], operator: '==', value: 'true' },
    },
    DoubleQuotes: {
      reason: 'only single quotes are in the grammar',
      in: '{{ .config.a == "x" }}',
      want: undefined,
    },
    Conjunction: {
      reason: 'one comparison only',
      in: "{{ .config.a == 'x' && .config.b == 'y' }}",
      want: undefined,
    },
    Function: { reason: 'a template function', in: "{{ eq .config.a 'x' }}", want: undefined },
    OtherRoot: { reason: 'secrets are out of reach', in: "{{ .secrets.a == 'x' }}", want: undefined },
    RootAlone: { reason: 'a field is needed', in: "{{ .config == 'x' }}", want: undefined },
    Index: { reason: 'lists cannot be compared', in: "{{ .config.a[0] == 'x' }}", want: undefined },
    TwoTemplates: {
      reason: 'text behind it',
      in: "{{ .config.a == 'x' }}{{ .config.b == 'y' }}",
      want: undefined,
    },
    LineBreak: { reason: 'no line breaks in a value', in: "{{ .config.a == 'x\ny' }}", want: undefined },
    HugeNumber: {
      reason: 'it would not be written back',
      in: `{{ .config.a == ${'9'.repeat(400)} }}`,
      want: undefined,
    },
    Empty: { reason: 'nothing', in: '', want: undefined },
  };

  test.for(Object.entries(texts))('%s', ([, tc]) => {
    if (tc.want !== undefined) expect(parsePredicate(tc.in), tc.reason).toEqual(tc.want);
    else expect(() => parsePredicate(tc.in), tc.reason).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('a hostile text of a megabyte is refused with a short message', () => {
    for (const text of [
      `{{ .config${'.a'.repeat(500_000)}`,
      `{{${' '.repeat(1_000_000)}x`,
      "'".repeat(1_000_000),
    ]) {
      const error = caught(() => parsePredicate(text));
      expect(isToolkitError(error) && error.message.length).toBeLessThan(300);
    }
  });
});

test('parse undoes format', () => {
  const segment = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,12}$/);
  const value = fc.oneof(
    fc.boolean(),
    fc.integer(),
    fc.stringMatching(/^-?[1-9]\d{0,8}\.\d{0,4}[1-9]$/).map(Number),
    fc.string({ unit: 'grapheme' }).filter((s) => !/['\\{}\r\n]/.test(s)),
  );
  const predicate = fc.record({
    subject: fc
      .tuple(fc.constantFrom('config', 'application'), fc.array(segment, { minLength: 1, maxLength: 5 }))
      .map(([root, rest]) => [root, ...rest]),
    operator: fc.constantFrom('==' as const, '!=' as const),
    value,
  });
  fc.assert(
    fc.property(predicate, (p) => {
      expect(parsePredicate(formatPredicate(p))).toEqual(p);
    }),
    { seed: 3 },
  );
});

describe('evaluatePredicate()', () => {
  const scope = {
    config: { mode: 'embedded', replicas: 3, on: true, off: null },
    application: { name: 'shop', namespace: 'apps' },
  };
  const rows = [
    ["{{ .config.mode == 'embedded' }}", true, 'equal'],
    ["{{ .config.mode != 'embedded' }}", false, 'the negation'],
    ["{{ .config.replicas == '3' }}", false, 'a text is not a number'],
    ['{{ .config.replicas == 3 }}', true, 'numbers'],
    ['{{ .config.on == true }}', true, 'booleans'],
    ['{{ .config.off == false }}', false, 'null is not false'],
    ["{{ .config.absent == 'x' }}", false, 'absent equals nothing'],
    ["{{ .config.absent != 'x' }}", true, 'absent differs from everything'],
    ["{{ .config.mode.length != 'x' }}", true, 'no properties of texts'],
    ["{{ .config.constructor.name == 'Object' }}", false, 'nothing inherited'],
    ["{{ .application.name == 'shop' }}", true, 'the application'],
  ] as const;
  test.for(rows)('%s is %s: %s', ([text, want, reason]) => {
    expect(evaluatePredicate(parsePredicate(text), scope), reason).toBe(want);
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
