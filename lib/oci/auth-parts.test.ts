import { expect, test } from 'vitest';
import { forbiddenHop } from './address.ts';
import { parseChallenges } from './challenge.ts';
import { mergeScopes } from './scope.ts';

const challenges: Record<
  string,
  { reason: string; in: string | undefined; want: [string, Record<string, string>][] }
> = {
  None: { reason: 'no header', in: undefined, want: [] },
  Quotes: {
    reason: 'a comma inside quotes does not separate',
    in: 'BEARER realm="https://a/t",service="r, s",scope="repository:a:pull,push"',
    want: [['bearer', { realm: 'https://a/t', service: 'r, s', scope: 'repository:a:pull,push' }]],
  },
  Several: {
    reason: 'several challenges in one header',
    in: 'Basic realm="x", Bearer realm="y" , Negotiate',
    want: [
      ['basic', { realm: 'x' }],
      ['bearer', { realm: 'y' }],
      ['negotiate', {}],
    ],
  },
  Escapes: { reason: 'quoted pairs', in: 'Basic realm="a\\"b"', want: [['basic', { realm: 'a"b' }]] },
  Bare: {
    reason: 'values without quotes',
    in: 'Bearer realm=https://a/t',
    want: [['bearer', { realm: 'https://a/t' }]],
  },
  Garbage: { reason: 'what cannot be read is left out', in: '"" = ,,;', want: [] },
  Empty: { reason: 'a scheme without parameters', in: 'Basic', want: [['basic', {}]] },
};
test.for(Object.entries(challenges))('parseChallenges() %s', ([, tc]) => {
  expect(
    parseChallenges(tc.in).map((c) => [c.scheme, Object.fromEntries(c.parameters)]),
    tc.reason,
  ).toEqual(tc.want);
});

test('parseChallenges() ends on long nonsense', () => {
  expect(parseChallenges('a '.repeat(100_000)).length).toBeLessThan(20);
  expect(parseChallenges(`Basic realm="${'\\'.repeat(100_000)}`).length).toBeLessThan(20);
});

test('mergeScopes() unites actions and puts pushing first', () => {
  expect(
    mergeScopes(['repository:a:pull'], ['repository:b:pull,push', 'repository:a:delete', 'nonsense']),
  ).toEqual(['repository:b:pull,push', 'repository:a:delete,pull']);
});

test.for([
  ['https://auth.example/t', 'https://ghcr.io', undefined],
  ['http://auth.example/t', 'https://ghcr.io', 'it would leave TLS'],
  ['https://127.0.0.1/t', 'https://ghcr.io', 'it is a private or link-local address'],
  ['https://localhost/t', 'https://ghcr.io', 'it is a private or link-local address'],
  ['https://[::ffff:169.254.169.254]/t', 'https://ghcr.io', 'it is a private or link-local address'],
  ['https://2852039166/t', 'https://ghcr.io', 'it is a private or link-local address'], // 169.254.169.254 as one number
  ['https://0x7f.1/t', 'https://ghcr.io', 'it is a private or link-local address'],
  ['https://10.1.2.3/t', 'https://10.1.2.3:5000', undefined], // the registry itself, on another port
  ['http://127.0.0.1:2/t', 'http://localhost:1', undefined],
  ['http://10.1.2.3/t', 'http://10.1.2.4', 'it is a private or link-local address'],
] as const)('forbiddenHop() %s from %s', ([to, registry, want]) => {
  expect(forbiddenHop(new URL(to), new URL(registry))).toBe(want);
});
