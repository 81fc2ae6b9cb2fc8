import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONFIG_FORMATS, matchesConfigFormat, matchesKubeFormat } from './formats.ts';
import { compileConfig, parseConfigSchema, toStructural, validateStructural } from './index.ts';
import { compileRe2 } from './re2.ts';

/** [format, value, accepted, why] */
const rows: readonly [string, string, boolean, string][] = [
  ['date', '2024-02-29', true, 'a leap year'],
  ['date', '2023-02-29', false, 'not a leap year'],
  ['date', '1900-02-29', false, 'a century is none'],
  ['date', '2000-02-29', true, 'but every fourth is'],
  ['date', '2024-04-31', false, 'April has 30 days'],
  ['date', '2024-4-1', false, 'two digits each'],
  ['date-time', '2024-02-29T23:59:59Z', true, 'RFC 3339'],
  ['date-time', '2024-02-29T23:59:59.123+02:00', true, 'fraction and offset'],
  ['date-time', '2024-02-29 23:59:59Z', false, 'Go wants the T'],
  ['date-time', '2024-02-29T23:59:60Z', false, 'Go knows no leap second'],
  ['date-time', '2024-02-29T23:59:59', false, 'the offset is required'],
  ['email', 'a.b+c@example.com', true, 'plain address'],
  ['email', 'Bob <bob@example.com>', false, 'Go would take it, JSON Schema not'],
  ['email', 'a..b@example.com', false, 'Go refuses empty atoms'],
  ['hostname', 'a-b.example.com', true, 'RFC 1123'],
  ['hostname', '-a.example.com', false, 'label starts with a dash'],
  ['hostname', 'a_b', false, 'no underscore'],
  ['hostname', `${'a'.repeat(64)}.com`, false, 'label of 64'],
  ['ipv4', '10.0.0.255', true, 'dotted quad'],
  ['ipv4', '10.0.0.256', false, 'octet above 255'],
  ['ipv4', '010.0.0.1', false, 'leading zero is octal to some'],
  ['ipv6', '2001:db8::1', true, 'compressed'],
  ['ipv6', '::ffff:10.0.0.1', true, 'IPv4 mapped'],
  ['ipv6', '1::2::3', false, 'two gaps'],
  ['ipv6', 'fe80::1%eth0', false, 'a zone is not an address'],
  ['cidr', '10.0.0.0/8', true, 'IPv4'],
  ['cidr', '2001:db8::/129', false, 'above 128'],
  ['uri', 'https://example.com:8443/a?b=c#d', true, 'whole'],
  ['uri', 'mailto:a@example.com', true, 'without authority'],
  ['uri', '/path', false, 'Go would take a path, JSON Schema not'],
  ['uri', 'https://example.com/%zz', false, 'broken escape'],
  ['uri', 'https://exa mple.com', false, 'space'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', true, 'with dashes'],
  ['uuid', '123e4567e89b12d3a456426614174000', false, 'Go would take it, JSON Schema not'],
  ['byte', 'aGVsbG8=', true, 'base64'],
  ['byte', 'aGVsbG8', false, 'padding is required'],
  ['mac', '00:1a:2b:3c:4d:5e', true, 'colons'],
  ['password', '', true, 'says how to show it, not what it is'],
];

test.for(rows)('%s %j is accepted: %s (%s)', ([format, value, accepted, reason]) => {
  const { schema, issues } = parseConfigSchema({
    type: 'object',
    properties: { a: { type: 'string', format } },
  });
  expect(issues).toEqual([]);
  expect(compileConfig(schema)({ a: value }).length === 0, reason).toBe(accepted);
  expect(validateStructural(toStructural(schema), { a: value }).length === 0, `${reason} (structural)`).toBe(
    accepted,
  );
  // What the structural schema names as format, Kubernetes checks too: it must not be stricter than the pattern.
  if (accepted) expect(matchesKubeFormat(format, value), `${reason} (kube-apiserver)`).toBe(true);
});

const kube: readonly [string, string, boolean][] = [
  ['duration', '1h30m', true],
  ['duration', '-1.5h', true],
  ['duration', '2 days', true],
  ['duration', 'PT1H', false],
  ['duration', '', false],
  ['uuid', '123e4567e89b12d3a456426614174000', true],
  ['uri', '/path', true],
  ['made-up', 'anything', true],
];
test.for(kube)('kube-apiserver: %s %j is %s', ([format, value, accepted]) => {
  expect(matchesKubeFormat(format, value)).toBe(accepted);
});

const numbers: readonly [object, unknown, boolean, string][] = [
  [{ type: 'integer' }, 1, true, '1.0 and 1 are the same number in JSON'],
  [{ type: 'integer' }, 1.5, false, 'a fraction'],
  [{ type: 'integer' }, 2 ** 53, false, 'would reach compose changed'],
  [{ type: 'integer', format: 'int32' }, 2 ** 31, false, 'Kubernetes names int32 but does not check it'],
  [{ type: 'integer', format: 'int32' }, 2 ** 31 - 1, true, 'the largest'],
  [{ type: 'integer', minimum: 2.5 }, 2, false, 'Kubernetes alone would cut the bound to 2'],
  [{ type: 'number', minimum: 0.5 }, 0, false, 'Kubernetes alone would cut the bound to 0'],
  [{ type: 'number', exclusiveMaximum: 2.5 }, 2, true, 'Kubernetes alone would refuse 2'],
];
test.for(numbers)('%j judges %s as %s: %s', ([property, value, accepted, reason]) => {
  const { schema, issues } = parseConfigSchema({ type: 'object', properties: { a: property } });
  expect(issues).toEqual([]);
  expect(compileConfig(schema)({ a: value }).length === 0, reason).toBe(accepted);
  expect(validateStructural(toStructural(schema), { a: value }).length === 0, reason).toBe(accepted);
});

test.for([...CONFIG_FORMATS])('%s is judged as RE2 judges it', ([format, pattern]) => {
  const engine = compileRe2(pattern);
  const samples = rows.filter(([of]) => of === format).map(([, value]) => value);
  // A sample with a few characters changed, doubled or left out is where an expression may be wrong.
  const piece = fc.constantFrom(
    '',
    '.',
    '-',
    '@',
    ':',
    '0',
    '9',
    'a',
    'Z',
    '_',
    '\n',
    'é',
    'T',
    '1.1',
    'a.b',
  );
  const near = fc
    .tuple(fc.constantFrom(...samples, ''), fc.nat(), fc.nat(3), piece)
    .map(([text, at, out, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + out);
    });
  const check = (text: string): void => {
    expect(matchesConfigFormat(format, text), text).toBe(engine.test(text));
  };
  fc.assert(fc.property(near, check), { seed: 7, numRuns: 500 });
});

test.for([
  ['email', `${'a.'.repeat(20_000)}!`],
  ['email', `a@${'a-'.repeat(499)}`],
  ['hostname', `${'a.'.repeat(20_000)}_`],
  ['uuid', '0'.repeat(50_000)],
] as const)('a long %s that is none is refused', ([format, text]) => {
  expect(matchesConfigFormat(format, text)).toBe(false);
});
