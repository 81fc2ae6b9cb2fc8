import { expect, test } from 'vitest';
import { Checks } from './checks.ts';
import { checkDecoding, withoutNulls } from './decode.ts';

const QUANTITY = { $ref: 'k8s:io.k8s.apimachinery.pkg.api.resource.Quantity' };
const cases = {
  Int32: {
    reason: 'a field of 32 bits',
    schema: { type: 'integer', format: 'int32' },
    value: 2 ** 31,
    wrong: true,
  },
  Int64: {
    reason: 'a field of 64 bits',
    schema: { type: 'integer', format: 'int64' },
    value: 2 ** 31,
    wrong: false,
  },
  IntOrString: {
    reason: 'its number has 32 bits',
    schema: { 'x-kubernetes-int-or-string': true },
    value: -(2 ** 40),
    wrong: true,
  },
  Quantity: { reason: 'half a gibibyte', schema: QUANTITY, value: '0.5Gi', wrong: false },
  Number: { reason: 'a quantity may be a number', schema: QUANTITY, value: 1.5, wrong: false },
  NoQuantity: { reason: 'there is no such suffix', schema: QUANTITY, value: '5GB', wrong: true },
  Sign: { reason: 'Kubernetes reads a sign alone as zero', schema: QUANTITY, value: '-', wrong: false },
  Base64: {
    reason: 'a line break is no matter',
    schema: { type: 'string', format: 'byte' },
    value: 'aGVs\nbG8=',
    wrong: false,
  },
  NoBase64: {
    reason: 'four characters are three bytes',
    schema: { type: 'string', format: 'byte' },
    value: 'hello',
    wrong: true,
  },
  Time: {
    reason: 'a day is no time',
    schema: { type: 'string', format: 'date-time' },
    value: '2024-05-06',
    wrong: true,
  },
};

test.for(Object.entries(cases))('checkDecoding() %s', ([, { reason, schema, value, wrong }]) => {
  const checks = new Checks(35);
  const root = { properties: { list: { items: schema } } };
  checkDecoding(checks, root, { list: [value] }, '', () => undefined);
  expect(
    checks.issues.map((i) => i.path),
    reason,
  ).toEqual(wrong ? ['list[0]'] : []);
});

test('withoutNulls() leaves out what is null, and copies only what has such', () => {
  const clean = { a: { b: [1] } };
  expect(withoutNulls(clean)).toBe(clean);
  expect(withoutNulls({ a: null, b: { c: null, d: [null, { e: null }] } })).toEqual({ b: { d: [{}, {}] } });
});
